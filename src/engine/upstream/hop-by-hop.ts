// Fields that belong to one connection and never pass a proxy, in either direction (RFC 9110 §7.6.1).

export const hopByHop: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]

/** Fields that any `Connection:` names are hop-by-hop too; null, as nearly always: none. `raw` is name and value in turn. */
export function connectionNamed(raw: readonly string[]): ReadonlySet<string> | null {
  let named: Set<string> | null = null
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== 'connection') continue
    const value = raw[at + 1] ?? ''
    if (/^(?:keep-alive|close)$/i.test(value)) continue
    named ??= new Set()
    for (const name of value.split(',')) named.add(name.trim().toLowerCase())
  }
  return named
}
