// What the request asks for: model, stream, session; read from its bytes, which stay as they came.
import type { IncomingMessage } from 'node:http'
import { createBodyDecoder } from '../streaming/body-decoder.ts'
import { ProxyError } from '../proxy-error.ts'
import type { ProtocolModule, RequestFacts } from '../protocols/protocol.ts'

export type AskedRequest = {
  readonly facts: RequestFacts
  readonly sessionId: string | null
  readonly body: Buffer
  /** The body came compressed; it is sent on plain. */
  readonly bodyDecoded: boolean
}

/** Throws body-unreadable. */
export async function readRequest(
  request: IncomingMessage,
  bytes: Buffer,
  protocol: ProtocolModule,
): Promise<AskedRequest> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? null
  const body = await plainBody(bytes, encoding)
  const read = protocol.factsOf(body)
  if (!read.ok) throw new ProxyError('body-unreadable', read.message, { shouldRetry: false })
  const header = request.headers[protocol.sessionHeader]
  const sessionId = (typeof header === 'string' && header !== '' ? header : read.facts.sessionId)?.slice(0, 200) ?? null
  return { facts: read.facts, sessionId, body, bodyDecoded: body !== bytes }
}

async function plainBody(bytes: Buffer, encoding: string | null): Promise<Buffer> {
  const decoder = createBodyDecoder(encoding)
  if (decoder === null) return bytes
  const refuse = () =>
    new ProxyError('body-unreadable', `The request body cannot be decoded as ${encoding}.`, { shouldRetry: false })
  if (decoder === 'unknown') throw refuse()
  try {
    return await decoder.decode(bytes)
  } catch {
    throw refuse()
  } finally {
    decoder.close()
  }
}
