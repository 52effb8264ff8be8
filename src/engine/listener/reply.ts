// Our own answers on the data plane: errors in the protocol's envelope, and small JSON bodies.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProtocolModule } from '../protocols/protocol.ts'
import { claimingProtocol } from '../protocols/protocols.ts'
import type { ProxyError } from '../proxy-error.ts'
import { headOf } from './request-head.ts'

/** How much of a refused request's body is read and thrown away, so that the client gets to read the answer. */
const DISCARDED_BYTES_MAX = 160 * 1024 * 1024
const DISCARD_IDLE_MS = 30_000

/**
 * Does nothing when headers are out already: after the commit only the connection can tell. Before the protocol is known it
 * is the one that claims the path.
 */
export function replyWithError(
  response: ServerResponse,
  error: ProxyError,
  protocol: ProtocolModule = claimingProtocol(headOf(response.req)),
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error.options.retryAfterSeconds !== undefined) response.setHeader('retry-after', error.options.retryAfterSeconds)
  if (error.options.shouldRetry === false) response.setHeader('x-should-retry', 'false')
  // RFC 9112 §6.1: after framing that two readers could take differently nothing on this connection can be trusted.
  if (error.code === 'stopping' || error.code === 'request-malformed') response.setHeader('connection', 'close')
  discardBody(response.req)
  replyJson(response, error.status, protocol.errorBody(error))
}

export function replyJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** A client that is still sending would see a reset instead of the answer if we closed now; one that never stops, or stalls, is cut. */
function discardBody(request: IncomingMessage): void {
  if (request.complete) return
  // Not request.setTimeout: Node sets that anew for its keep-alive when the answer is out.
  const idle = setTimeout(() => request.destroy(), DISCARD_IDLE_MS)
  request.once('close', () => clearTimeout(idle))
  let discarded = 0
  request.on('data', (chunk: Buffer) => {
    idle.refresh()
    discarded += chunk.length
    if (discarded > DISCARDED_BYTES_MAX) request.destroy()
  })
  request.resume()
}
