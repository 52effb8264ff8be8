// Reads piped input to its end, bounded in size and time.
import type { Readable } from 'node:stream'
import { failure, usageError } from '../cli-error.ts'

/** A hundred keys of the longest kind fit. */
const STDIN_BYTES_MAX = 512 * 1024
/** A pipe that nobody writes to must not hang a script for ever. */
const STDIN_TIMEOUT_MS = 60_000

export async function readStdin(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const timer = setTimeout(() => stdin.destroy(failure('STDIN_TIMEOUT', 'stdin.timeout')), STDIN_TIMEOUT_MS)
  try {
    for await (const chunk of stdin) {
      const piece = toBytes(chunk)
      bytes += piece.length
      if (bytes > STDIN_BYTES_MAX) throw usageError('stdin.too-large')
      chunks.push(piece)
    }
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

// A stream is typed as giving anything; without an encoding it gives buffers.
function toBytes(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
}
