// Lists of hosts that are reached straight, in the forms that NO_PROXY and the systems' settings have in use.
import { BlockList, isIP, isIPv6 } from 'node:net'
import { globMatches } from '../../shared/glob.ts'

export type Bypass = (host: string, port: number) => boolean

export type BypassOptions = {
  /** Does `example.com` stand for the hosts under it too? In NO_PROXY it does, in the systems' settings it does not. */
  readonly names: 'with-subdomains' | 'exact'
}

/**
 * Entries: `*`; a name; `.name` and `*.name` (the name's own included for the first); `127.*` and other globs; an address;
 * an address range (10.0.0.0/8, or 169.254/16 as macOS writes it); `<local>` for names without a dot; each but the ranges
 * with `:port` behind it. What cannot be read matches nothing.
 */
export function bypassOf(entries: readonly string[], options: BypassOptions): Bypass {
  const rules = entries.flatMap((entry) => ruleOf(entry.trim().toLowerCase(), options) ?? [])
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, '')
    return rules.some((rule) => rule(name, port))
  }
}

function ruleOf(entry: string, options: BypassOptions): Bypass | null {
  // Windows lets a scheme stand in front.
  const text = entry.replace(/^[a-z]+:\/\//, '')
  if (text === '') return null
  if (text === '*') return () => true
  if (text === '<local>') return (host) => !host.includes('.') && isIP(host) === 0
  const range = rangeOf(text)
  if (range !== null) return range
  const { name, port } = withoutPort(text)
  const matches = hostRule(name, options)
  return (host, asked) => (port === null || port === asked) && matches(host)
}

function hostRule(name: string, options: BypassOptions): (host: string) => boolean {
  if (name.startsWith('.')) return (host) => host === name.slice(1) || host.endsWith(name)
  if (name.includes('*')) return (host) => globMatches(name, host)
  if (options.names === 'exact' || isIP(name) !== 0) return (host) => host === name
  return (host) => host === name || host.endsWith(`.${name}`)
}

function withoutPort(text: string): { readonly name: string; readonly port: number | null } {
  // A bare IPv6 address is all colons.
  if (isIPv6(text)) return { name: text, port: null }
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  return { name: bracketed ?? plain ?? text, port: port === undefined ? null : Number(port) }
}

function rangeOf(text: string): Bypass | null {
  const [, address = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(text) ?? []
  if (address === '') return null
  const net = isIPv6(address)
    ? address
    : [...address.split('.').filter((part) => part !== ''), '0', '0', '0'].slice(0, 4).join('.')
  const family = isIP(net)
  const prefix = Number(bits)
  if (family === 0 || prefix > (family === 4 ? 32 : 128)) return () => false
  const list = new BlockList()
  list.addSubnet(net, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return (host) => {
    const asked = isIP(host)
    return asked !== 0 && list.check(host, asked === 4 ? 'ipv4' : 'ipv6')
  }
}
