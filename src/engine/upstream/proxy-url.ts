// What may be the URL of a proxy, and how it is written down and spoken of. Addresses behind names are checked at connect time.
import { isIP } from 'node:net'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import type { ProxyRoute } from '../ports.ts'
import { refusedAddress } from './address-check.ts'
import { isLoopbackHost } from './base-url.ts'

export type ProxyEndpoint = Pick<ProxyRoute, 'kind' | 'host' | 'port'>

export type ProxyUrl = {
  readonly ok: true
  /** As it is stored: scheme, host and port, always with the port. */
  readonly url: string
  readonly endpoint: ProxyEndpoint
}
export type BadProxyUrl = { readonly ok: false; readonly refusal: Spoken }

/** socks5 and socks5h are one: the proxy resolves the node's name in either, for it may know names that we do not. */
const kinds: ReadonlyMap<string, ProxyRoute['kind']> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['socks5', 'socks5'],
  ['socks5h', 'socks5'],
])
const defaultPorts: Readonly<Record<ProxyRoute['kind'], number>> = { http: 80, https: 443, socks5: 1080 }

/** `ownPorts`: ports of this Switchyard on loopback. A refusal never repeats userinfo. */
export function parseProxyUrl(text: string, options: { readonly ownPorts: readonly number[] }): ProxyUrl | BadProxyUrl {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z0-9]+):\/\/([^/?#]*)(.*)$/is.exec(text) ?? []
  const kind = kinds.get(scheme.toLowerCase())
  if (kind === undefined || /[\s\\\p{Cc}]/u.test(text)) return refuse(speak('proxy-url-unreadable'))
  if (authority.includes('@')) return refuse(speak('proxy-url-credentials'))
  if (rest !== '' && rest !== '/') return refuse(speak('proxy-url-more'))
  // As http, for only of schemes it knows does URL write the host in one form (127.1, punycode, upper case).
  const hostname = URL.parse(`http://${authority}`)?.hostname ?? ''
  // Of the text, for URL leaves out the port 80, which is not the default of every kind.
  const port = Number(/:(\d+)$/.exec(authority)?.[1] ?? defaultPorts[kind])
  if (hostname === '' || port === 0) return refuse(speak('proxy-url-unreadable'))
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && refusedAddress(host) !== null) return refuse(speak('proxy-url-address', { host }))
  const endpoint = { kind, host, port }
  const url = proxyLabel(endpoint)
  if (isLoopbackHost(host) && options.ownPorts.includes(port)) {
    return refuse(speak('proxy-url-own-port', { proxy: url, port }))
  }
  return { ok: true, url, endpoint }
}

function refuse(refusal: Spoken): BadProxyUrl {
  return { ok: false, refusal }
}

/** How messages and settings name a proxy; nobody's user name or password is in it. */
export function proxyLabel({ kind, host, port }: ProxyEndpoint): string {
  return `${kind}://${authorityOf(host, port)}`
}

/** Host and port as they stand in a URL and behind CONNECT. */
export function authorityOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
