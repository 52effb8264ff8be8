// Where a request goes: the node's own origin, by concatenation on its parsed base. No part of a request can choose a host.

/** `pathAndQuery` starts with one slash and passed the listener's target check. */
export function targetOf(baseUrl: string, pathAndQuery: string): { readonly origin: string; readonly path: string } {
  const base = new URL(baseUrl)
  const path = `${base.pathname.replace(/\/$/, '')}${pathAndQuery}`
  const target = new URL(base.origin + path)
  // Asserted before connecting: whatever a parser made of the path, the key goes to the node's origin or nowhere.
  if (target.origin !== base.origin) throw new Error(`the target left the node's origin ${base.origin}`)
  return { origin: base.origin, path }
}

/** A client's query without `key`, which is a place of a credential; the rest byte for byte. */
export function withoutKeyParameter(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf('?')
  if (mark < 0) return pathAndQuery
  const kept = pathAndQuery
    .slice(mark + 1)
    .split('&')
    // Decoded, for `%6bey=` is read as `key=` by whoever serves it.
    .filter((pair) => !new URLSearchParams(pair).has('key'))
    .join('&')
  return pathAndQuery.slice(0, mark) + (kept === '' ? '' : `?${kept}`)
}
