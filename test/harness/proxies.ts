// Real proxies that remember what was asked of them and can be told to fail: HTTP with CONNECT, the same over TLS, SOCKS5.
// Every name they are asked for is this machine, so a node can be called node.test and never be loopback.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { serverTls } from './certificates.ts'
import { type Condition, createCondition } from './condition.ts'
import { listenOnFreePort } from './listen.ts'
import { negotiateConnect } from './proxy-connect.ts'
import { negotiateSocks } from './proxy-socks.ts'

export type Credentials = { readonly user: string; readonly password: string }

/** What a proxy does with the next requests for a tunnel. `close-after`: says yes and closes. */
export type ProxyFault =
  | { readonly fault: 'hang' | 'close' | 'garbage' | 'close-after' }
  /** HTTP status, or reply code of SOCKS5. */
  | { readonly fault: 'answer'; readonly code: number }

export type AskedTunnel = {
  /** Host and port as the client wrote them. */
  readonly destination: string
  readonly credentials: Credentials | null
}

export type TestProxy = {
  readonly port: number
  /** What a node's `proxy` says. */
  readonly url: string
  readonly asked: readonly AskedTunnel[]
  /** Sockets accepted so far, and those that still stand. */
  readonly connections: () => number
  readonly openConnections: () => number
  readonly closed: (open?: number) => Promise<void>
  readonly connected: (connections: number) => Promise<void>
  readonly fail: (fault: ProxyFault | null) => void
  /** Breaks every standing tunnel, with FIN or RST, on the client's side. */
  readonly cut: (how: 'fin' | 'reset') => void
  /** Nobody listens any more: whoever connects is refused. Tunnels that stand are broken. */
  readonly kill: () => Promise<void>
}

export type TestProxyOptions = {
  readonly kind: 'http' | 'https' | 'socks5'
  /** Asks for these and refuses everybody else. */
  readonly credentials?: Credentials
}

/** What a negotiation is given: it answers on the socket and says where to go, or null when it has refused. */
export type Negotiation = {
  readonly expected: Credentials | null
  readonly fault: () => ProxyFault | null
  readonly record: (asked: AskedTunnel) => void
}
export type Agreed = { readonly port: number; readonly accept: () => void }

/** Gone when the test ends. */
export async function startProxy(options: TestProxyOptions): Promise<TestProxy> {
  const asked: AskedTunnel[] = []
  const clients = new Set<Socket>()
  const changed = createCondition()
  let connections = 0
  let fault: ProxyFault | null = null
  const negotiate = options.kind === 'socks5' ? negotiateSocks : negotiateConnect

  function serve(client: Socket): void {
    connections++
    clients.add(client)
    client.on('error', () => undefined) // Broken connections are what is tested.
    client.on('close', () => {
      clients.delete(client)
      changed.poke()
    })
    changed.poke()
    const negotiation: Negotiation = {
      expected: options.credentials ?? null,
      fault: () => fault,
      record: (one) => {
        asked.push(one)
        changed.poke()
      },
    }
    negotiate(client, negotiation)
      .then((agreed) => {
        if (agreed !== null) join(client, agreed, fault)
        // Somebody must read what it still sends, or its end is never seen.
        else client.resume()
      })
      .catch(() => client.destroy()) // It left in the middle of its words.
  }

  const server = options.kind === 'https' ? createTlsServer(serverTls, serve) : createServer(serve)
  server.on('tlsClientError', () => undefined)
  const port = await listenOnFreePort(server)
  const kill = (): Promise<void> => stop(server, clients)
  onTestFinished(kill)
  return {
    port,
    url: `${options.kind}://127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    openConnections: () => clients.size,
    closed: (open = 0) => untilTrue(changed, () => clients.size === open, `${open} open sockets at the proxy`),
    connected: (count) => untilTrue(changed, () => connections >= count, `${count} connections at the proxy`),
    fail: (next) => {
      fault = next
    },
    cut: (how) => {
      for (const client of clients) {
        if (how === 'fin') client.end()
        else client.resetAndDestroy()
      }
    },
    kill,
  }
}

function untilTrue(changed: Condition, holds: () => boolean, what: string): Promise<void> {
  return changed
    .until(
      () => (holds() ? true : undefined),
      () => what,
    )
    .then(() => undefined)
}

async function stop(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  for (const client of clients) client.destroy()
  await closed
}

function join(client: Socket, agreed: Agreed, fault: ProxyFault | null): void {
  const node = connect({ host: '127.0.0.1', port: agreed.port })
  node.once('error', () => client.destroy())
  node.once('connect', () => {
    agreed.accept()
    if (fault?.fault === 'close-after') {
      client.end()
      client.resume()
      node.destroy()
      return
    }
    client.pipe(node)
    node.pipe(client)
    client.once('close', () => node.destroy())
    node.once('close', () => client.destroy())
  })
}
