// Reads a node's error answer: its text decides the class, its bytes may be passed on word for word.
import { createBodyDecoder } from '../streaming/body-decoder.ts'
import { headerMap, headerOf } from '../upstream/response-headers.ts'
import type { Attempt } from './attempt.ts'
import type { AttemptRoom } from './attempt-job.ts'
import { type Awaited, ended, type Head } from './awaited.ts'

/** A longer one is not an API's error; what arrived is classified, nothing is passed on. */
const ERROR_BYTES_MAX = 1024 * 1024
const CLASSIFIED_BYTES_MAX = 64 * 1024
/** An error that dribbles must not hold the request: it is classified by what is there. */
const ERROR_BODY_TIMEOUT_MS = 5000

export async function readErrorAnswer(attempt: Attempt, head: Head, room: AttemptRoom): Promise<Awaited> {
  attempt.timers.cancelAll()
  attempt.timers.start('silence', ERROR_BODY_TIMEOUT_MS)
  const body = await collect(attempt)
  if (body === 'cancelled') return ended({ kind: 'cancelled' })
  const encoding = headerOf(head.rawHeaders, 'content-encoding')?.toLowerCase() ?? null
  const plain = await decoded(body.bytes, encoding)
  room.log('debug', 'upstream', 'a node answered with an error', { status: head.status, bodyBytes: body.bytes.length })
  return ended(
    {
      kind: 'status',
      status: head.status,
      headers: headerMap(head.rawHeaders),
      body: plain.toString('utf8', 0, CLASSIFIED_BYTES_MAX),
    },
    body.complete ? { status: head.status, rawHeaders: head.rawHeaders, body: body.bytes } : null,
  )
}

type Collected = { readonly bytes: Buffer; readonly complete: boolean }

async function collect(attempt: Attempt): Promise<Collected | 'cancelled'> {
  const chunks: Buffer[] = []
  let length = 0
  for (;;) {
    const event = await attempt.call.next()
    switch (event.type) {
      case 'data':
        chunks.push(event.chunk)
        length += event.chunk.length
        if (length > ERROR_BYTES_MAX) return { bytes: Buffer.concat(chunks), complete: false }
        break
      case 'end':
        return { bytes: Buffer.concat(chunks), complete: true }
      case 'error':
        return { bytes: Buffer.concat(chunks), complete: false }
      case 'timer':
        if (event.timer === 'silence') return { bytes: Buffer.concat(chunks), complete: false }
        break
      case 'cancelled':
        return 'cancelled'
      case 'sent':
      case 'head':
        throw new Error(`a call began again (${event.type}) inside its body`)
    }
  }
}

/** Whatever cannot be decoded is classified by its status alone. */
export async function decoded(bytes: Buffer, contentEncoding: string | null): Promise<Buffer> {
  const decoder = createBodyDecoder(contentEncoding)
  if (decoder === null) return bytes
  if (decoder === 'unknown') return Buffer.alloc(0)
  try {
    return await decoder.decode(bytes)
  } catch {
    return Buffer.alloc(0)
  } finally {
    decoder.close()
  }
}
