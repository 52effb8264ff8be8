// Opens the socket of a node through a proxy: to the proxy, through it, and TLS with the node inside the tunnel. The
// connect timer of the attempt covers all three, and giving up ends whichever is under way.
import { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import type { ProxyRoute } from '../ports.ts'
import { type Connector, type ConnectorOptions, createConnector, createOpener, refusedTarget } from './connector.ts'
import { httpTunnel } from './http-tunnel.ts'
import { socksTunnel } from './socks-tunnel.ts'
import { failedBehindProxy, proxyNotReached } from './way-failure.ts'

type Target = buildConnector.Options
type Callback = buildConnector.Callback

export function createProxyConnector(route: ProxyRoute, options: ConnectorOptions): Connector {
  // The proxy's own address is checked as a node's is; loopback and private ones, where proxies live, pass.
  const toProxy = createConnector(options)
  const secure = createOpener(options)
  const ask = route.kind === 'socks5' ? socksTunnel : httpTunnel

  return (target, callback) => {
    // The name of a node is the proxy's to resolve, but a literal address is what it is.
    const refused = refusedTarget(target)
    if (refused !== null) {
      callback(refused, null)
      return () => undefined
    }
    let givenUp = false
    let giveUp: () => void = () => undefined

    async function open(): Promise<Socket> {
      const socket = await opened(
        (back) => {
          giveUp = toProxy(proxyTarget(route), back)
        },
        (error) => proxyNotReached(route, error),
      )
      giveUp = () => socket.destroy()
      try {
        const tunnel = await ask(socket, route, destinationOf(target))
        if (target.protocol !== 'https:') return tunnel
        return await opened(
          (back) => endsInTime(secure({ ...target, httpSocket: tunnel }, back), back),
          (error) => failedBehindProxy(route, error),
        )
      } catch (error) {
        socket.destroy()
        throw error
      }
    }

    async function tell(): Promise<void> {
      let socket: Socket
      try {
        socket = await open()
      } catch (error) {
        if (!givenUp) callback(error instanceof Error ? error : new Error(String(error)), null)
        return
      }
      if (givenUp) socket.destroy()
      else callback(null, socket)
    }

    void tell()
    return () => {
      givenUp = true
      giveUp()
    }
  }
}

/** As a promise; `said` makes of the error what people are told. */
function opened(start: (back: Callback) => void, said: (error: Error) => Error): Promise<Socket> {
  return new Promise((resolve, reject) => {
    start((...result) => {
      const [error, socket] = result
      if (error === null) resolve(socket)
      else reject(said(error))
    })
  })
}

/** A tunnel that closes without an error would leave TLS waiting for good. */
function endsInTime(opening: unknown, back: Callback): void {
  if (!(opening instanceof Socket)) return
  opening.once('close', () => back(new TunnelClosed('the connection was closed before TLS stood'), null))
}

class TunnelClosed extends Error {
  readonly code = 'ECONNRESET'
}

function proxyTarget({ kind, host, port }: ProxyRoute): Target {
  const protocol = kind === 'https' ? 'https:' : 'http:'
  return { hostname: host, host, protocol, port: String(port) }
}

function destinationOf(target: Target): { readonly host: string; readonly port: number } {
  const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80))
  return { host: target.hostname.replace(/^\[|\]$/g, ''), port }
}
