// Asks an HTTP proxy for a tunnel: CONNECT, for plain http nodes too. One way for both, and the proxy sees no request.
import { request } from 'node:http'
import type { Socket } from 'node:net'
import type { ProxyRoute } from '../ports.ts'
import { authorityOf } from './proxy-url.ts'
import { type Destination, proxyClosed, proxyRefused, proxySpeaksOtherwise } from './way-failure.ts'

/** Rejects with a WayFailed; the socket is then the caller's to end. No timer: the attempt has one over everything. */
export function httpTunnel(socket: Socket, route: ProxyRoute, destination: Destination): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const authority = authorityOf(destination.host, destination.port)
  const asking = request({
    method: 'CONNECT',
    path: authority,
    createConnection: () => socket,
    headers: { host: authority, ...credentials(route) },
  })
  // Node's own would say `close`, which some proxies take for the tunnel.
  asking.removeHeader('connection')
  asking.on('connect', ({ statusCode = 0 }, tunnel, head) => {
    if (statusCode < 200 || statusCode > 299) {
      reject(proxyRefused(route, statusCode, destination))
      return
    }
    if (head.length > 0) tunnel.unshift(head)
    resolve(socket)
  })
  asking.on('error', (error: NodeJS.ErrnoException) => {
    reject(error.code?.startsWith('HPE_') === true ? proxySpeaksOtherwise(route) : proxyClosed(route))
  })
  asking.end()
  return promise
}

function credentials({ username, password }: ProxyRoute): Readonly<Record<string, string>> {
  if (username === null) return {}
  const pair = Buffer.from(`${username}:${password ?? ''}`, 'utf8').toString('base64')
  return { 'proxy-authorization': `Basic ${pair}` }
}
