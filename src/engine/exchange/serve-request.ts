// What the listener hands on, by method and path: liveness, the tools' start-up probes, loops, and the exchanges.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { replyJson, replyWithError } from '../listener/reply.ts'
import { matchProtocol } from '../protocols/protocols.ts'
import { ProxyError } from '../proxy-error.ts'
import { LOOP_HEADER } from '../upstream/request-headers.ts'
import type { ExchangeRoom } from './exchange-room.ts'
import { handleExchange } from './handle-exchange.ts'

/** Claude Code's first call; older ones ask for `/`. Best effort there, so always 200 here. */
const startProbes: ReadonlySet<string> = new Set(['/', '/api/hello'])

export type ServeRoom = { readonly exchanges: ExchangeRoom; readonly version: string }

export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { exchanges: room, version }: ServeRoom,
): Promise<void> {
  const method = request.method ?? 'GET'
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  if (path === '/health' && (method === 'GET' || method === 'HEAD')) {
    const status = room.open.stopping() ? 'stopping' : 'ok'
    replyJson(
      response,
      200,
      JSON.stringify({ status, product: 'switchyard', version, instanceId: room.instanceId, pid: process.pid }),
    )
    return
  }
  if (method === 'HEAD' && startProbes.has(path)) {
    response.writeHead(200).end()
    return
  }
  const via = request.headers[LOOP_HEADER]
  if (typeof via === 'string' && via.split(',').some((one) => one.trim() === room.instanceId)) {
    const message =
      'this request came back to where it was: a node points, perhaps through another gateway, at this Switchyard.'
    replyWithError(response, new ProxyError('loop', message, { shouldRetry: false }))
    return
  }
  const matched = matchProtocol(method, path)
  if (matched === null) {
    const message = `${method} ${path.slice(0, 200)} is not served. Served are POST /v1/messages, POST /v1/messages/count_tokens, GET /v1/models and GET /health.`
    replyWithError(response, new ProxyError('path-unknown', message, { shouldRetry: false }))
    return
  }
  await handleExchange(request, response, { matched, room })
}
