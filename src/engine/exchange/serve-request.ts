// What the listener hands on, by method and path: liveness, the tools' start-up probes, loops, and the exchanges.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { replyJson, replyWithError } from '../listener/reply.ts'
import { headOf } from '../listener/request-head.ts'
import type { RequestHead } from '../protocols/protocol.ts'
import { matchProtocol, servedRequests } from '../protocols/protocols.ts'
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
  const head = headOf(request)
  const { method, path } = head
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
  if (asksForWebSocket(request)) {
    // RFC 9110 §15.5.22: a 426 names what to speak instead.
    response.setHeader('upgrade', 'HTTP/1.1')
    response.setHeader('connection', 'upgrade, close')
    replyWithError(response, new ProxyError('upgrade-refused', webSocketRefused(head), { shouldRetry: false }))
    return
  }
  const matched = matchProtocol(head)
  if (matched === null) {
    replyWithError(response, new ProxyError('path-unknown', notServed(head), { shouldRetry: false }))
    return
  }
  await handleExchange(request, response, { matched, room })
}

/** Codex's built-in provider tries one first and falls back to HTTP at once on 426; on 404 it tries six more for 6 s. */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return (
    headers.upgrade
      ?.toLowerCase()
      .split(/[\s,]+/)
      .includes('websocket') === true
  )
}

function webSocketRefused({ method, path }: RequestHead): string {
  return `${method} ${shown(path)}: WebSockets are not served. Ask over plain HTTP: ${served()}.`
}

function notServed(head: RequestHead): string {
  const { method, path } = head
  const what = `${method} ${shown(path)} is not served.`
  // The commonest mistake with OpenAI's tools, whose base URL includes the version.
  if (matchProtocol({ ...head, path: `/v1${path}` }) !== null) {
    return `${what} ${method} /v1${path} is: let the base URL of the tool end in /v1.`
  }
  return `${what} Served are ${served()}.`
}

function served(): string {
  return `${servedRequests().join(', ')} and GET /health`
}

const PATH_CHARACTERS_MAX = 200

function shown(path: string): string {
  return path.slice(0, PATH_CHARACTERS_MAX)
}
