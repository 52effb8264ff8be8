// The control plane over HTTP: one loopback server that guards, checks the token and hands over to the router.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Server as NetServer } from 'node:net'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { ORPCError, onError } from '@orpc/server'
import type { ControlRouter } from '../host/host.ts'
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { httpContract } from '../shared/contract/session.ts'
import { type GuardNames, guardNames } from '../shared/http-guard.ts'
import { createAdminSessions } from './admin-session.ts'
import { answerMalformed } from './answer-malformed.ts'
import { controlRefusals, sendRefusal } from './control-error.ts'
import { answerControlRequest, CONTROL_API_PREFIX, type ControlRoom, OPENAPI_PATH } from './control-request.ts'
import { createMethodsOf, routesOf } from './control-routes.ts'
import { createControlTokenCheck } from './control-token-check.ts'
import { createSessionRouter, type RequestContext } from './session-router.ts'

const LOOPBACK = '127.0.0.1'
const HEADER_BYTES_MAX = 32 * 1024
/** Of a request that does not end. Node looks only every 30 s by itself, and a few sockets are all there are. */
const TIMEOUTS = { headersMs: 10_000, requestMs: 30_000, checkEveryMs: 1_000 }
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
  /** Shorter in tests. */
  readonly timeouts?: typeof TIMEOUTS
}

export type HttpBridge = {
  readonly port: number
  readonly url: string
  /** No new requests; open answers get a moment, then their sockets are closed. Idempotent. */
  readonly close: () => Promise<void>
}

/** Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
export async function openHttpBridge(options: HttpBridgeOptions): Promise<HttpBridge> {
  const sessions = createAdminSessions()
  // The port is known after the bind, and the first request comes after it.
  let names: GuardNames = guardNames(options.port)
  let url = ''
  let document: Promise<string> | null = null
  const room: Omit<ControlRoom, 'names'> = {
    hasToken: createControlTokenCheck(options.token, sessions),
    handler: new OpenAPIHandler<RequestContext>(
      { ...options.router, session: createSessionRouter({ sessions, url: () => url }) },
      { interceptors: [onError(reportInternal(options.onError))] },
    ),
    methodsOf: createMethodsOf([...routesOf(httpContract), { name: 'openapi', method: 'GET', path: OPENAPI_PATH }]),
    openApi: () => (document ??= makeDocument(options.status().version, url)),
    status: options.status,
  }
  const { headersMs, requestMs, checkEveryMs } = options.timeouts ?? TIMEOUTS
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkEveryMs,
    // A missing Host is answered by our guard, with 421.
    requireHostHeader: false,
  })
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    answerControlRequest({ request, response }, { ...room, names }).catch((error: unknown) => {
      // A client that went away in the middle of its body is no error of ours.
      if (request.errored !== null && request.socket.destroyed) return
      options.onError(error)
      sendRefusal(response, controlRefusals.internal)
    })
  }
  server.on('request', answer)
  // "Expect: 100-continue" asks whether the body is wanted; Node would say yes before the guard has looked.
  server.on('checkContinue', answer)
  server.maxConnections = SOCKETS_MAX
  server.on('clientError', answerMalformed)
  const port = await listen(server, options.port)
  const beside = await listenBeside(server, port, options.onError)
  // A connection that could not be taken (no descriptor left); without a listener it would end the process.
  server.on('error', options.onError)
  names = guardNames(port)
  url = `http://${LOOPBACK}:${port}`
  let closing: Promise<void> | undefined
  return {
    port,
    url,
    close: () => {
      closing ??= close(server, beside)
      return closing
    },
  }
}

/** Loaded when it is asked for: the generator is large, and most daemons are never asked. */
async function makeDocument(version: string, url: string): Promise<string> {
  const { openApiDocument } = await import('./openapi.ts')
  return JSON.stringify(await openApiDocument({ version, url: url + CONTROL_API_PREFIX }))
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

/**
 * The same port on `::1`: a browser may read "localhost" that way, and there another user's program must not wait for its
 * code or token. Null where there is no IPv6, or somebody has the port.
 */
function listenBeside(server: Server, port: number, report: HttpBridgeOptions['onError']): Promise<NetServer | null> {
  const beside = createNetServer((socket) => server.emit('connection', socket))
  beside.maxConnections = SOCKETS_MAX
  return new Promise((resolve) => {
    beside.once('error', () => resolve(null))
    beside.listen({ host: '::1', port, ipv6Only: true, exclusive: true }, () => {
      beside.on('error', report)
      resolve(beside)
    })
  })
}

async function close(server: Server, beside: NetServer | null): Promise<void> {
  beside?.close()
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
