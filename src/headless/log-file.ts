// The daemon's log file, opened at its first line; lines of level error go to stderr as well, as text.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import type { Shell } from './leaf-command.ts'

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

export function logPath(dataDirectory: string): string {
  return join(dataDirectory, 'logs', 'switchyard.log')
}

/** Lines are written together: one call per line would cost more than making it. An error is written at once. */
const LINES_TOGETHER_MS = 100
const LINES_TOGETHER_CHARACTERS = 64 * 1024

/** A disk that takes no more loses log lines, not requests: it is said once, on stderr. */
export function createLogFile(path: string, { io, text: words }: Shell): Writable {
  const stderr = (line: string) => io.stderr(`switchyard: ${line}\n`)
  let file: Promise<FileHandle> | undefined
  let isBroken = false
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const text = lines
    lines = ''
    if (text === '') return written
    // Not at start: the host checks the data directory before anything may be written there.
    file ??= openPrivately(path)
    const opened = file
    written = written
      .then(async () => (await opened).appendFile(text))
      .catch((error: unknown) => {
        if (!isBroken) stderr(words.say('serve.log-broken', { path, reason: String(error) }))
        isBroken = true
      })
    return written
  }

  return new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      const line = String(chunk)
      lines += line
      const text = errorText(line)
      if (text !== null) stderr(text)
      // The next line waits only for a flush that is due by size: a slow disk must not let lines pile up.
      if (lines.length >= LINES_TOGETHER_CHARACTERS) return void flush().finally(() => done())
      if (text !== null) void flush()
      else timer ??= setTimeout(() => void flush(), LINES_TOGETHER_MS)
      done()
    },
    final: (done) => {
      flush()
        .then(async () => (await file)?.close())
        .catch(() => undefined)
        .finally(() => done())
    },
  })
}

async function openPrivately(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants
  // Windows has no O_NOFOLLOW.
  const handle = await open(path, O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), FILE_MODE)
  await handle.chmod(FILE_MODE)
  return handle
}

function errorText(line: string): string | null {
  if (!line.includes('"level":"error"') && !line.includes('"level":"fatal"')) return null
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : null
  } catch {
    return null
  }
}
