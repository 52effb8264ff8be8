// The proxy settings of macOS, as `scutil --proxy` prints them.
import type { ProxyRoute } from '../../engine/ports.ts'
import { bypassOf } from './bypass.ts'
import { type ProxyReading, readProxy } from './proxy-rules.ts'

export function readMacosProxy(printed: string): ProxyReading {
  const values = new Map(
    [...printed.matchAll(/^ {2}(\w+) : (.+)$/gm)].map(([, key, value]) => [key ?? '', value ?? '']),
  )
  const problems: string[] = []

  function proxy(name: 'HTTP' | 'HTTPS' | 'SOCKS'): ProxyRoute | null {
    const host = values.get(`${name}Proxy`)
    if (values.get(`${name}Enable`) !== '1' || host === undefined) return null
    const port = values.get(`${name}Port`)
    const address = host.includes(':') ? `[${host}]` : host
    const found = readProxy(
      `${name === 'SOCKS' ? 'socks5' : 'http'}://${address}${port === undefined ? '' : `:${port}`}`,
    )
    if (found.ok) return found.route
    problems.push(`The ${name} proxy of the system is not used. ${found.message}`)
    return null
  }

  const socks = proxy('SOCKS')
  const rules = { https: proxy('HTTPS') ?? socks, http: proxy('HTTP') ?? socks }
  if (values.get('ProxyAutoConfigEnable') === '1' && rules.https === null) {
    problems.push(
      'The system takes its proxy from a script (PAC), which Switchyard does not run: nodes without a proxy of their own are reached straight.',
    )
  }
  const exceptions = [...printed.matchAll(/^ {4}\d+ : (.+)$/gm)].map(([, entry]) => entry ?? '')
  const simple = values.get('ExcludeSimpleHostnames') === '1' ? ['<local>'] : []
  return { rules: { ...rules, bypasses: bypassOf([...exceptions, ...simple], { names: 'exact' }) }, problems }
}
