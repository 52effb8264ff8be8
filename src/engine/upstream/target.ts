// Where a request goes: the node's own origin, by concatenation on its parsed base. No part of a request can choose a host.

/** A node's base URL, taken apart once. */
export type UpstreamBase = {
  readonly origin: string
  /** Without a trailing slash; empty for a bare origin. */
  readonly path: string
}

export function upstreamBase(baseUrl: string): UpstreamBase {
  const { origin, pathname } = new URL(baseUrl)
  return { origin, path: pathname.replace(/\/$/, '') }
}

export function samePlace(a: UpstreamBase, b: UpstreamBase): boolean {
  return a.origin === b.origin && a.path === b.path
}

/** The request target at the node. The connection is bound to the base's origin, so a path is all that a request can say. */
export function upstreamTarget(base: UpstreamBase, pathAndQuery: string): string {
  // The listener's target check saw to this; asserted, because a key travels along.
  if (!pathAndQuery.startsWith('/') || pathAndQuery.startsWith('//'))
    throw new Error('the request target is not a path')
  return base.path + pathAndQuery
}

/** `query` with its question mark; empty: none. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) }
}

/** A client's query without `key`, which is a place of a credential; the rest byte for byte. */
export function withoutKeyParameter(pathAndQuery: string): string {
  const { path, query } = splitTarget(pathAndQuery)
  if (query === '') return pathAndQuery
  const kept = query
    .slice(1)
    .split('&')
    // Decoded, for `%6bey=` is read as `key=` by whoever serves it.
    .filter((pair) => !new URLSearchParams(pair).has('key'))
    .join('&')
  return path + (kept === '' ? '' : `?${kept}`)
}
