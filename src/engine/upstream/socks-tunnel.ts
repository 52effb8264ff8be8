// Asks a SOCKS5 proxy for a connection to the node. The proxy resolves the node's name: it may know names that we do not.
import type { Socket } from 'node:net'
import { SocksClient } from 'socks'
import type { ProxyRoute } from '../ports.ts'
import {
  type Destination,
  proxyClosed,
  proxySpeaksOtherwise,
  proxyWantsCredentials,
  socksRefused,
  WayFailed,
} from './way-failure.ts'

/**
 * The package never clears its timer, which keeps the socket in memory: so it is short, though longer than the longest
 * connect the settings allow (30 s). The attempt's own timer is the one that counts.
 */
const PACKAGE_TIMEOUT_MS = 40_000
/** One byte holds the length of each (RFC 1928 §4, RFC 1929 §2); beyond it the package throws where nobody catches. */
const FIELD_BYTES_MAX = 255

/** Rejects with a WayFailed; the socket is then the caller's to end. */
export async function socksTunnel(socket: Socket, route: ProxyRoute, destination: Destination): Promise<Socket> {
  const { username, password } = route
  for (const field of [destination.host, username ?? '', password ?? '']) {
    if (Buffer.byteLength(field) > FIELD_BYTES_MAX) {
      throw new WayFailed('SOCKS5 takes host name, user name and password of at most 255 bytes each')
    }
  }
  try {
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      proxy: {
        type: 5,
        host: route.host,
        port: route.port,
        ...(username === null ? {} : { userId: username, password: password ?? '' }),
      },
      destination,
      timeout: PACKAGE_TIMEOUT_MS,
    })
    return socket
  } catch (error) {
    throw spoken(route, error instanceof Error ? error.message : '', destination)
  }
}

/** The package's error carries the password in its options, so only what its message says goes on. */
function spoken(route: ProxyRoute, message: string, destination: Destination): WayFailed {
  const reply = /^Socks5 proxy rejected connection - (\w+)$/.exec(message)?.[1]
  if (reply !== undefined) return socksRefused(route, reply, destination)
  if (message.includes('Authentication failed')) return proxyWantsCredentials(route, 'did not let us in')
  if (message.includes('no accepted authentication')) return proxyWantsCredentials(route, 'did not let us in')
  if (message.includes('invalid')) return proxySpeaksOtherwise(route)
  return proxyClosed(route)
}
