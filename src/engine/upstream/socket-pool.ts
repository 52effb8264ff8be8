// The connections to one origin. One undici Client holds one socket; idle ones are taken newest first, because the
// youngest is the least likely to have gone stale. undici's own Pool searches all its sockets for every request and
// cannot say whether a socket was used before, which the stale-socket rule (policies §2) needs to know.
import { Client, type Dispatcher } from 'undici'
import type { Connector } from './connector.ts'
import { type MayStart, UpstreamCall } from './upstream-call.ts'

export type UpstreamRequest = {
  readonly method: string
  /** Path and query, starting with a slash. */
  readonly path: string
  /** Name and value in turn. */
  readonly headers: string[]
  readonly body: Buffer | null
}

export type SocketPool = {
  /** URL of the proxy in between; null: straight. */
  readonly proxy: string | null
  /** `freshSocket`: do not reuse an idle one. Never throws: failures arrive as events. */
  readonly call: (request: UpstreamRequest, options: { freshSocket: boolean; mayStart: MayStart }) => UpstreamCall
  /** Idle sockets are closed at once, running calls are broken off. */
  readonly destroy: () => void
  /** Idle sockets are closed at once, others when their call ends; `emptied` is called once, when none is left. */
  readonly retire: (emptied: () => void) => void
}

/** Shorter than what servers keep (Node 5 s says so in a header, nginx 75 s, most gateways 60 s). */
const IDLE_SOCKET_MS = 30_000
const IDLE_SOCKETS_MAX = 256

type Connection = {
  readonly client: Client
  /** Requests written on the present socket. */
  served: number
  connected: boolean
  /** A call is under way; undici itself reconnects for one that was not written yet. */
  busy: boolean
  /** undici destroys only a socket that stands: one that never does would stay until the kernel gives up. */
  abandonConnect: () => void
}

export function createSocketPool(origin: string, connector: Connector, proxy: string | null = null): SocketPool {
  const idle: Connection[] = []
  const all = new Set<Connection>()
  let retired: (() => void) | null = null

  function open(): Connection {
    const client = new Client(origin, {
      connect: (target, callback) => {
        connection.abandonConnect = connector(target, callback)
      },
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_SOCKET_MS,
      maxHeaderSize: 64 * 1024,
    })
    const connection: Connection = { client, served: 0, connected: false, busy: false, abandonConnect: () => undefined }
    all.add(connection)
    client.on('connect', () => {
      connection.connected = true
      connection.served = 0
    })
    client.on('disconnect', () => {
      connection.connected = false
      if (!connection.busy) drop(connection)
    })
    return connection
  }

  function drop(connection: Connection): void {
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    // What a destroyed client still has to say reaches its call as an error event.
    if (!all.delete(connection)) return
    if (!connection.connected) connection.abandonConnect()
    void connection.client.destroy().catch(() => undefined)
    if (all.size === 0) retired?.()
  }

  function giveBack(connection: Connection): void {
    connection.busy = false
    if (!all.has(connection)) return
    if (!connection.connected || retired !== null) {
      drop(connection)
      return
    }
    idle.push(connection)
    const oldest = idle.length > IDLE_SOCKETS_MAX ? idle[0] : undefined
    if (oldest !== undefined) drop(oldest)
  }

  return {
    proxy,
    call: (request, { freshSocket, mayStart }) => {
      const connection = (freshSocket ? undefined : idle.pop()) ?? open()
      connection.busy = true
      const call = new UpstreamCall({
        mayStart,
        reusedSocket: () => connection.served++ > 0,
        // undici is still busy with the end of this request; the socket is free one turn later.
        onClosed: (end) => (end === 'clean' ? setImmediate(giveBack, connection) : drop(connection)),
        abandonConnect: () => drop(connection),
      })
      connection.client.dispatch(dispatchOptions(request), call)
      return call
    },
    destroy: () => {
      for (const connection of all) drop(connection)
    },
    retire: (emptied) => {
      retired = emptied
      if (all.size === 0) emptied()
      for (const connection of all) if (!connection.busy) drop(connection)
    },
  }
}

function dispatchOptions(request: UpstreamRequest): Dispatcher.DispatchOptions {
  return {
    method: methodOf(request.method),
    path: request.path,
    headers: request.headers,
    body: request.body,
    // Decided by us alone: undici must not hold one request back for another.
    blocking: false,
  }
}

function methodOf(method: string): 'GET' | 'HEAD' | 'POST' {
  return method === 'GET' || method === 'HEAD' ? method : 'POST'
}
