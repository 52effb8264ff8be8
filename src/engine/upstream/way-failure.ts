// The errors of a connect that failed on the way to the node, before the node had anything to say: at its proxy. Never a
// user name or a password in them.
import type { ProxyRoute } from '../ports.ts'
import { errorCode } from './error-code.ts'
import { authorityOf, proxyLabel } from './proxy-url.ts'

/** Code of an error whose message is all there is to say. */
export const WAY_FAILED = 'SY_WAY_FAILED'

export class WayFailed extends Error {
  readonly code = WAY_FAILED
}

/** Of an error that keeps its own code, for the code says whose fault it is: no route to a proxy is no route. */
class FailedOnTheWay extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** No connection to the proxy, or no TLS with it. */
export function proxyNotReached(route: ProxyRoute, error: Error): Error {
  const code = errorCode(error)
  const proxy = `the proxy ${proxyLabel(route)}`
  switch (code) {
    case 'ECONNREFUSED':
      return new WayFailed(`${proxy} refused the connection`)
    case 'ENOTFOUND':
      return new WayFailed(`${proxy} has a host name that nobody knows`)
    case 'ECONNRESET':
    case 'EPIPE':
      return new WayFailed(`${proxy} closed the connection`)
    default:
      return new FailedOnTheWay(code, `${proxy} cannot be reached: ${error.message}`)
  }
}

/** The tunnel stands; what failed is between us and the node. */
export function failedBehindProxy(route: ProxyRoute, error: Error): Error {
  return new FailedOnTheWay(errorCode(error), `${error.message}, through the proxy ${proxyLabel(route)}`)
}

export type Destination = { readonly host: string; readonly port: number }

export function proxyClosed(route: ProxyRoute): WayFailed {
  return new WayFailed(`the proxy ${proxyLabel(route)} closed the connection before it answered`)
}

/** It speaks, but not what the scheme of its URL says. */
export function proxySpeaksOtherwise(route: ProxyRoute): WayFailed {
  const expected = route.kind === 'socks5' ? 'a SOCKS5' : 'an HTTP'
  return new WayFailed(
    `the proxy ${proxyLabel(route)} does not answer as ${expected} proxy does: look at scheme and port`,
  )
}

export function proxyWantsCredentials(route: ProxyRoute, answered: string): WayFailed {
  const why = route.username === null ? 'it wants a user name and a password' : 'user name or password wrong'
  return new WayFailed(`the proxy ${proxyLabel(route)} ${answered}: ${why}`)
}

/** Whose answer to CONNECT was not 2xx. */
export function proxyRefused(route: ProxyRoute, status: number, { host, port }: Destination): WayFailed {
  const proxy = `the proxy ${proxyLabel(route)}`
  const node = authorityOf(host, port)
  if (status === 407) return proxyWantsCredentials(route, 'answered 407')
  if (status === 502 || status === 503 || status === 504) {
    return new WayFailed(`${proxy} could not reach the host ${node} (${status})`)
  }
  if (status === 403) return new WayFailed(`${proxy} does not allow the host ${node} (403)`)
  return new WayFailed(`${proxy} did not open a way to ${node}: it answered ${status}`)
}

/** Reply codes of SOCKS5 (RFC 1928 §6), as the socks package names them. */
const socksReplies: Readonly<Record<string, string>> = {
  Failure: 'failed without saying why, on the way to',
  NotAllowed: 'does not allow',
  NetworkUnreachable: 'has no network on the way to',
  HostUnreachable: 'could not reach',
  ConnectionRefused: 'was refused by',
  TTLExpired: 'lost its way to',
  CommandNotSupported: 'opens no connections, not even to',
  AddressNotSupported: 'does not take this form of address:',
}

export function socksRefused(route: ProxyRoute, reply: string, { host, port }: Destination): WayFailed {
  const what = socksReplies[reply] ?? 'did not open a way to'
  const known = reply in socksReplies ? '' : ' (reply code unknown)'
  return new WayFailed(`the proxy ${proxyLabel(route)} ${what} ${authorityOf(host, port)}${known}`)
}
