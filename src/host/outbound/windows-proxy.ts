// The proxy settings of Windows, as `reg query` prints the user's Internet Settings.
import type { ProxyRoute } from '../../engine/ports.ts'
import { bypassOf } from './bypass.ts'
import { type ProxyReading, readProxy, straight } from './proxy-rules.ts'

export function readWindowsProxy(printed: string): ProxyReading {
  const values = new Map(
    [...printed.matchAll(/^ {4}(\w+) {4}REG_\w+(?: {4}(.*?))?\r?$/gm)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  )
  if (Number(values.get('ProxyEnable') ?? 0) !== 1) {
    const script = values.get('AutoConfigURL') ?? ''
    const problems =
      script === ''
        ? []
        : [
            'The system takes its proxy from a script (PAC), which Switchyard does not run: nodes without a proxy of their own are reached straight.',
          ]
    return { rules: straight, problems }
  }
  const problems: string[] = []
  // Either one proxy for all, or `http=…;https=…;socks=…`.
  const server = values.get('ProxyServer') ?? ''
  const each = new Map(
    server.split(';').map((part) => {
      const [, scheme = 'all', address = ''] = /^(?:(\w+)=)?(.*)$/.exec(part.trim()) ?? []
      return [scheme.toLowerCase(), address] as const
    }),
  )

  function proxy(name: 'http' | 'https' | 'socks'): ProxyRoute | null {
    const address = each.get(name) ?? ''
    if (address === '') return null
    return read(name === 'socks' && !address.includes('://') ? `socks5://${address}` : address)
  }

  function read(address: string): ProxyRoute | null {
    const found = readProxy(address)
    if (found.ok) return found.route
    problems.push(`The proxy of the system is not used. ${found.message}`)
    return null
  }

  const all = each.get('all') ?? ''
  const fallback = all === '' ? proxy('socks') : read(all)
  const bypasses = bypassOf((values.get('ProxyOverride') ?? '').split(';'), { names: 'exact' })
  return { rules: { https: proxy('https') ?? fallback, http: proxy('http') ?? fallback, bypasses }, problems }
}
