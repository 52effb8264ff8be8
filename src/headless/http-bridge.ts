// The control plane over HTTP: one loopback server that guards, checks the token and hands over to the router.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { ORPCError, onError } from '@orpc/server'
import type { ControlRouter } from '../host/host.ts'
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { type GuardNames, guardNames } from '../shared/http-guard.ts'
import { answerMalformed } from './answer-malformed.ts'
import { controlRefusals, responseHeaders, sendRefusal } from './control-error.ts'
import { changesState, checkControlRequest, isJson } from './control-guard.ts'
import { type ControlTokenCheck, createControlTokenCheck } from './control-token-check.ts'
import { readJsonBody } from './read-json-body.ts'

export const CONTROL_API_PREFIX = '/admin/api'

const LOOPBACK = '127.0.0.1'
const HEADER_BYTES_MAX = 32 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const SOCKETS_MAX = 256
/** How long open answers (event streams) get to end by themselves when the host has stopped. */
const CLOSE_GRACE_MS = 500

export type HttpBridgeOptions = {
  readonly router: ControlRouter
  /** Asked at each /health. */
  readonly status: () => Pick<DaemonStatus, 'draining' | 'version' | 'instanceId' | 'pid'>
  readonly token: string
  /** 0 picks a free one. */
  readonly port: number
  /** Told of errors of the bridge itself; the client gets a 500 without their text. */
  readonly onError: (error: unknown) => void
}

export type HttpBridge = {
  readonly port: number
  readonly url: string
  /** No new requests; open answers get a moment, then their sockets are closed. Idempotent. */
  readonly close: () => Promise<void>
}

/** Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
export async function openHttpBridge(options: HttpBridgeOptions): Promise<HttpBridge> {
  const handler = new OpenAPIHandler(options.router, { interceptors: [onError(reportInternal(options.onError))] })
  const hasToken = createControlTokenCheck(options.token)
  // The port is known after the bind, and the first request comes after it.
  let names: GuardNames = guardNames(options.port)
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // A missing Host is answered by our guard, with 421.
      requireHostHeader: false,
    },
    (request, response) => {
      answer({ request, response, names, hasToken, handler, status: options.status }).catch((error: unknown) => {
        options.onError(error)
        sendRefusal(response, controlRefusals.internal)
      })
    },
  )
  server.maxConnections = SOCKETS_MAX
  server.on('clientError', answerMalformed)
  const port = await listen(server, options.port)
  // A connection that could not be taken (no descriptor left); without a listener it would end the process.
  server.on('error', options.onError)
  names = guardNames(port)
  let closing: Promise<void> | undefined
  return {
    port,
    url: `http://${LOOPBACK}:${port}`,
    close: () => {
      closing ??= close(server)
      return closing
    },
  }
}

type Work = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly names: GuardNames
  readonly hasToken: ControlTokenCheck
  readonly handler: OpenAPIHandler<Record<never, never>>
  readonly status: HttpBridgeOptions['status']
}

async function answer({ request, response, names, hasToken, handler, status }: Work): Promise<void> {
  const refusal = checkControlRequest(request, names)
  if (refusal !== null) return sendRefusal(response, refusal)

  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  if (path === '/health' && !changesState(request)) return sendHealth(response, status())
  if (!path.startsWith(`${CONTROL_API_PREFIX}/`)) return sendRefusal(response, controlRefusals.notFound)
  if (!hasToken(request.headers.authorization)) return sendRefusal(response, controlRefusals.unauthorized)

  for (const [name, value] of Object.entries(responseHeaders)) response.setHeader(name, value)
  if (!changesState(request)) return route(request, response, handler)
  if (!isJson(request)) return sendRefusal(response, controlRefusals.needsJson)
  const body = await readJsonBody(request)
  if (!body.ok) return sendRefusal(response, body.refusal)
  // The adapter takes a parsed body from here instead of reading the stream again.
  return route(Object.assign(request, { body: body.value ?? {} }), response, handler)
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  handler: OpenAPIHandler<Record<never, never>>,
): Promise<void> {
  const { matched } = await handler.handle(request, response, { prefix: CONTROL_API_PREFIX, context: {} })
  if (!matched) sendRefusal(response, controlRefusals.notFound)
}

/** The words of the proxy's /health (engine/exchange/serve-request.ts). */
function sendHealth(response: ServerResponse, status: ReturnType<HttpBridgeOptions['status']>): void {
  const { draining, version, instanceId, pid } = status
  response.writeHead(200, { ...responseHeaders, 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ status: draining ? 'stopping' : 'ok', product: 'switchyard', version, instanceId, pid }),
  )
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The literal address: a name could resolve to something the network reaches.
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the control port has no address'))
      else resolve(address.port)
    })
  })
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed
  clearTimeout(grace)
}

// What a procedure threw is logged by the host; what the library makes of a broken contract is not.
function reportInternal(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    if (error instanceof ORPCError && error.code === 'INTERNAL_SERVER_ERROR') report(error)
  }
}
