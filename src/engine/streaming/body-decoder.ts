// Decodes a compressed body piece by piece, bounded: a node may compress although it was asked not to.
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Transform } from 'node:stream'

export type BodyDecoder =
  | {
      /** The plain bytes that came out for this chunk. Rejects when the coding is broken or out of bounds. */
      readonly decode: (chunk: Buffer) => Promise<Buffer>
      readonly close: () => void
    }
  | 'unknown'
  | null

/** More than this out of one chunk is a bomb, not an answer. */
const PLAIN_BYTES_PER_CHUNK_MAX = 16 * 1024 * 1024

/** Null: nothing to decode. 'unknown': a coding we cannot read. */
export function createBodyDecoder(contentEncoding: string | null): BodyDecoder {
  switch (contentEncoding) {
    case null:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return decoderOf(createGunzip())
    case 'deflate':
      return decoderOf(createInflate())
    case 'br':
      return decoderOf(createBrotliDecompress())
    case 'zstd':
      return decoderOf(createZstdDecompress())
    default:
      return 'unknown'
  }
}

function decoderOf(transform: Transform): Exclude<BodyDecoder, null | 'unknown'> {
  let pieces: Buffer[] = []
  let plainBytes = 0
  let failure: Error | null = null
  let onFailure: ((error: Error) => void) | null = null
  const fail = (error: Error) => {
    failure ??= error
    onFailure?.(failure)
    transform.destroy()
  }
  transform.on('data', (piece: Buffer) => {
    pieces.push(piece)
    plainBytes += piece.length
    if (plainBytes > PLAIN_BYTES_PER_CHUNK_MAX) fail(new Error('the decoded body is out of bounds'))
  })
  transform.on('error', fail)
  return {
    decode: (chunk) =>
      new Promise((resolve, reject) => {
        if (failure !== null) {
          reject(failure)
          return
        }
        onFailure = reject
        pieces = []
        plainBytes = 0
        transform.write(chunk, () => {
          onFailure = null
          if (failure === null) resolve(Buffer.concat(pieces))
          else reject(failure)
        })
      }),
    close: () => transform.destroy(),
  }
}
