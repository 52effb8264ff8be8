// Decodes a compressed body piece by piece, bounded: a node may compress although it was asked not to.

import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

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

/** Asked for every plain piece; its error ends the decoding and is what `decode` rejects with. */
export type AdmitPlain = (pieceBytes: number) => Error | null

/** Null: nothing to decode. 'unknown': a coding we cannot read. Without `admit` each chunk has the bound of an answer's. */
export function createBodyDecoder(contentEncoding: string | null, admit?: AdmitPlain): BodyDecoder {
  switch (contentEncoding) {
    case null:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return decoderOf(createGunzip(), admit)
    case 'deflate':
      return decoderOf(createInflate(), admit)
    case 'br':
      return decoderOf(createBrotliDecompress(), admit)
    case 'zstd':
      return decoderOf(createZstdDecompress(), admit)
    default:
      return 'unknown'
  }
}

function decoderOf(transform: Transform, admit: AdmitPlain | undefined): Exclude<BodyDecoder, null | 'unknown'> {
  let pieces: Buffer[] = []
  let plainBytes = 0
  let failure: Error | null = null
  let onFailure: ((error: Error) => void) | null = null
  const fail = (error: Error) => {
    pieces = []
    failure ??= error
    onFailure?.(failure)
    transform.destroy()
  }
  transform.on('data', (piece: Buffer) => {
    pieces.push(piece)
    plainBytes += piece.length
    const refused = admit === undefined ? beyondChunk(plainBytes) : admit(piece.length)
    if (refused !== null) fail(refused)
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

function beyondChunk(plainBytes: number): Error | null {
  return plainBytes > PLAIN_BYTES_PER_CHUNK_MAX ? new Error('the decoded body is out of bounds') : null
}
