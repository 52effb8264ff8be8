// What the request asks for: model, stream, session; read from its bytes, which stay as they came.
import type { IncomingMessage } from 'node:http'
import { type HeldBody, tooLarge } from '../listener/read-body.ts'
import type { ProtocolModule, RequestFacts } from '../protocols/protocol.ts'
import { ProxyError } from '../proxy-error.ts'
import { createBodyDecoder } from '../streaming/body-decoder.ts'
import { withoutKeyParameter } from '../upstream/target.ts'

export type AskedRequest = {
  /** Path and query, without the query's `key`. */
  readonly target: string
  readonly facts: RequestFacts
  readonly sessionId: string | null
  readonly body: Buffer
  /** The body came compressed; it is sent on plain. */
  readonly bodyDecoded: boolean
}

export type ReadRequestOptions = { readonly protocol: ProtocolModule; readonly bodyBytesMax: number }

/** Throws body-unreadable; for a body that grows out of its compression also body-too-large and buffers-full. */
export async function readRequest(
  request: IncomingMessage,
  held: HeldBody,
  { protocol, bodyBytesMax }: ReadRequestOptions,
): Promise<AskedRequest> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? null
  const body = await plainBody(held, encoding, bodyBytesMax)
  const target = withoutKeyParameter(request.url ?? '/')
  const read = protocol.factsOf({ target, body })
  if (!read.ok) throw new ProxyError('body-unreadable', read.message, { shouldRetry: false })
  const named = protocol.sessionHeaders.map((name) => request.headers[name]).find(isText)
  const sessionId = (named ?? read.facts.sessionId)?.slice(0, 200) ?? null
  return { target, facts: read.facts, sessionId, body, bodyDecoded: body !== held.bytes }
}

function isText(value: string | readonly string[] | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

async function plainBody(held: HeldBody, encoding: string | null, bodyBytesMax: number): Promise<Buffer> {
  let plainBytes = 0
  const decoder = createBodyDecoder(encoding, (pieceBytes) => {
    plainBytes += pieceBytes
    return plainBytes > bodyBytesMax ? tooLarge(bodyBytesMax) : held.holdMore(pieceBytes)
  })
  if (decoder === null) return held.bytes
  const refuse = () =>
    new ProxyError('body-unreadable', `The request body cannot be decoded as ${encoding}.`, { shouldRetry: false })
  if (decoder === 'unknown') throw refuse()
  try {
    return await decoder.decode(held.bytes)
  } catch (error) {
    throw error instanceof ProxyError ? error : refuse()
  } finally {
    decoder.close()
  }
}
