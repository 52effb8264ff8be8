// The proxy settings of GNOME, as `gsettings list-recursively org.gnome.system.proxy` prints them.
import type { ProxyRoute } from '../../engine/ports.ts'
import { bypassOf } from './bypass.ts'
import { type ProxyReading, readProxy, straight } from './proxy-rules.ts'

export function readGnomeProxy(printed: string): ProxyReading {
  const values = new Map<string, string>()
  for (const line of printed.split('\n')) {
    const [, schema = '', key = '', value = ''] =
      /^org\.gnome\.system\.proxy(?:\.(\S+))? (\S+) (.*)$/.exec(line.trim()) ?? []
    if (key !== '') values.set(schema === '' ? key : `${schema}.${key}`, value)
  }
  const mode = unquoted(values.get('mode'))
  if (mode === 'auto') {
    return {
      rules: straight,
      problems: [
        'The desktop takes its proxy from a script (PAC), which Switchyard does not run: nodes without a proxy of their own are reached straight.',
      ],
    }
  }
  if (mode !== 'manual') return { rules: straight, problems: [] }
  const problems: string[] = []

  function proxy(name: 'http' | 'https' | 'socks'): ProxyRoute | null {
    const host = unquoted(values.get(`${name}.host`))
    const port = Number(values.get(`${name}.port`) ?? 0)
    if (host === '' || port === 0) return null
    const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
    const found = readProxy(`${name === 'socks' ? 'socks5' : 'http'}://${authority}`)
    if (!found.ok) {
      problems.push(`The ${name} proxy of the desktop is not used. ${found.message}`)
      return null
    }
    return name !== 'socks' && values.get('http.use-authentication') === 'true' ? withUser(found.route) : found.route
  }

  function withUser(route: ProxyRoute): ProxyRoute {
    const username = unquoted(values.get('http.authentication-user'))
    const password = unquoted(values.get('http.authentication-password'))
    return username === '' ? route : { ...route, username, password }
  }

  const socks = proxy('socks')
  const ignored = [...(values.get('ignore-hosts') ?? '').matchAll(/'([^']*)'/g)].map(([, host]) => host ?? '')
  const bypasses = bypassOf(ignored, { names: 'exact' })
  return { rules: { https: proxy('https') ?? socks, http: proxy('http') ?? socks, bypasses }, problems }
}

function unquoted(value: string | undefined): string {
  return (value ?? '').replace(/^'(.*)'$/, '$1')
}
