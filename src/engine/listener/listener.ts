// The data plane's HTTP server: binds loopback, refuses before routing what security.md names, hands on the rest.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { guardNames } from '../../shared/http-guard.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { Log } from '../ports.ts'
import { ProxyError } from '../proxy-error.ts'
import { checkRequest } from './guard.ts'
import { answerMalformed, endSoon } from './malformed.ts'
import { replyWithError } from './reply.ts'

export type Listener = {
  readonly port: number
  /** No new connections; resolves when the last one is gone. Idle ones are closed at once. */
  readonly close: () => Promise<void>
  /** Closes what is left. */
  readonly destroyConnections: () => void
}

export type ListenerOptions = {
  readonly host: string
  readonly port: number
  readonly settings: () => Settings
  readonly log: Log
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

const HEADER_BYTES_MAX = 32 * 1024
/** How often Node looks for clients that take too long with their headers. */
const CHECK_INTERVAL_MS = 1000

export async function listen(options: ListenerOptions): Promise<Listener> {
  const { settings } = options
  const sockets = new Set<Socket>()
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: settings().clientHeadersTimeoutMs,
    // Bodies have their own idle timer (read-body.ts), answers may take ten minutes.
    requestTimeout: 0,
    keepAliveTimeout: settings().clientKeepAliveMs,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    // The guard answers a missing Host with 421 itself.
    requireHostHeader: false,
    noDelay: true,
  })
  server.on('connection', (socket: Socket) => {
    // Node reads both of the server: the first every second, the other at the end of each answer.
    server.headersTimeout = settings().clientHeadersTimeoutMs
    server.keepAliveTimeout = settings().clientKeepAliveMs
    // Node's own limit does not see the sockets that come by ::1.
    if (sockets.size >= settings().socketsMax) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.on('clientError', (error, socket) => {
    // Bytes behind a request whose answer has begun: a second answer inside the first would be read as part of it.
    if (answering.get(socket)?.headersSent === true) socket.end(() => socket.destroy())
    else answerMalformed(error, socket)
  })
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    // The server has let go of this socket: without a listener a client that resets it would end the process.
    socket.on('error', () => undefined)
    endSoon(socket, 'HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  await bind(server, options)
  const port = boundPort(server)
  const beside = options.host === LOOPBACK ? await bindBeside(server, port) : null
  const names = guardNames(port)
  const accept = (request: IncomingMessage, response: ServerResponse) => {
    answering.set(request.socket, response)
    server.keepAliveTimeout = settings().clientKeepAliveMs
    response.on('close', () => answering.delete(request.socket))
    const refusal = checkRequest(request, names)
    if (refusal !== null) {
      replyWithError(response, refusal)
      return
    }
    options.handle(request, response).catch((error: unknown) => {
      // A fault of ours must not take the other requests down with it; the client gets an answer it can retry.
      options.log('error', 'listener', 'a request failed inside Switchyard', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
      replyWithError(
        response,
        new ProxyError('internal', 'something went wrong inside Switchyard; its log has the details.'),
      )
    })
  }
  server.on('request', accept)
  // An expectation nobody knows is no reason to fail a request; without this Node answers 417 before the guard is asked.
  server.on('checkExpectation', accept)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // "100 Continue" only after the guard: a refused request's body is not even asked for.
    if (checkRequest(request, names) === null) response.writeContinue()
    accept(request, response)
  })
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        beside?.close()
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
    destroyConnections: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function bind(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const LOOPBACK = '127.0.0.1'

/** The same port on `::1`, for tools that read "localhost" that way. Null where there is no IPv6, or somebody else has the port. */
function bindBeside(server: Server, port: number): Promise<NetServer | null> {
  const beside = createNetServer({ noDelay: true }, (socket) => server.emit('connection', socket))
  return new Promise((resolve) => {
    beside.once('error', () => resolve(null))
    beside.listen({ host: '::1', port, ipv6Only: true }, () => resolve(beside))
  })
}

function boundPort(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  return address.port
}
