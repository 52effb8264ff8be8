// What a source of proxies says, whatever its own format: a proxy per scheme, and for whom there is none.
import type { ProxyRoute } from '../../engine/ports.ts'
import { parseProxyUrl } from '../../engine/upstream/proxy-url.ts'

export type ProxyRules = {
  /** For https origins and http origins; null: straight. */
  readonly https: ProxyRoute | null
  readonly http: ProxyRoute | null
  /** True: this origin is reached straight all the same. */
  readonly bypasses: (host: string, port: number) => boolean
}

/** `problems`: what could not be used, as sentences for the log, without values that may hold a password. */
export type ProxyReading = { readonly rules: ProxyRules; readonly problems: readonly string[] }

export const straight: ProxyRules = { https: null, http: null, bypasses: () => true }

export function routeBy(rules: ProxyRules, origin: URL): ProxyRoute | null {
  const secure = origin.protocol === 'https:'
  const route = secure ? rules.https : rules.http
  if (route === null) return null
  const port = origin.port === '' ? (secure ? 443 : 80) : Number(origin.port)
  return rules.bypasses(origin.hostname.replace(/^\[|\]$/g, ''), port) ? null : route
}

export type FoundProxy =
  | { readonly ok: true; readonly route: ProxyRoute }
  | { readonly ok: false; readonly message: string }

/**
 * A proxy as other programs write it: without a scheme it is http, `socks` is socks5, and the user name and password may
 * stand in front of the host, percent-encoded.
 */
export function readProxy(text: string): FoundProxy {
  const [, scheme = 'http', userinfo, rest = ''] = /^(?:([a-z0-9]+):\/\/)?(?:(.*)@)?(.*)$/is.exec(text.trim()) ?? []
  const kind = /^socks$/i.test(scheme) ? 'socks5' : scheme
  // Switchyard's own ports are refused when it connects.
  const parsed = parseProxyUrl(`${kind}://${rest}`, { ownPorts: [] })
  if (!parsed.ok) return { ok: false, message: parsed.refusal.text }
  if (userinfo === undefined || userinfo === '') {
    return { ok: true, route: { ...parsed.endpoint, username: null, password: null } }
  }
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(userinfo) ?? []
  return {
    ok: true,
    route: {
      ...parsed.endpoint,
      username: decoded(user),
      password: password === undefined ? null : decoded(password),
    },
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A bare % in a password that nobody encoded.
    return text
  }
}
