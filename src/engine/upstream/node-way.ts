// How a node is reached: its base, the proxy in between and the certificates its TLS may end in, taken apart once.
import type { KeyedNode, ProxyRoute } from '../ports.ts'
import { isLoopbackHost } from './base-url.ts'
import { parseProxyUrl } from './proxy-url.ts'
import { type UpstreamBase, upstreamBase } from './target.ts'

export type NodeWay = {
  readonly base: UpstreamBase
  readonly origin: URL
  /** Null: straight. `global`: asked at every call. `unreadable`: never straight instead, for somebody wanted a proxy. */
  readonly proxy: ProxyRoute | 'global' | 'unreadable' | null
  /** PEM; null: the well-known ones. */
  readonly ca: string | null
}

type WayFields = Pick<KeyedNode, 'proxyPassword'> & {
  readonly node: Pick<KeyedNode['node'], 'baseUrl' | 'proxy' | 'proxyUser' | 'ca'>
}

/** `known` is given back when nothing of it has changed: who keeps something by a way then finds it again. */
export function nodeWay(keyed: WayFields, known: { readonly of: WayFields; readonly way: NodeWay } | null): NodeWay {
  if (known !== null && sameWay(known.of, keyed)) return known.way
  const base = upstreamBase(keyed.node.baseUrl)
  const origin = new URL(base.origin)
  return { base, origin, proxy: proxyOf(keyed, origin), ca: keyed.node.ca }
}

function proxyOf({ node, proxyPassword }: WayFields, origin: URL): NodeWay['proxy'] {
  // A proxy elsewhere would take loopback for its own, and one on this machine is a detour.
  if (node.proxy === 'none' || isLoopbackHost(origin.hostname.replace(/^\[|\]$/g, ''))) return null
  if (node.proxy === 'global') return 'global'
  // A proxy that is Switchyard itself is refused at connect, when the ports are known.
  const parsed = parseProxyUrl(node.proxy, { ownPorts: [] })
  if (!parsed.ok) return 'unreadable'
  return { ...parsed.endpoint, username: node.proxyUser, password: proxyPassword }
}

function sameWay(a: WayFields, b: WayFields): boolean {
  return (
    a.node.baseUrl === b.node.baseUrl &&
    a.node.proxy === b.node.proxy &&
    a.node.proxyUser === b.node.proxyUser &&
    a.node.ca === b.node.ca &&
    a.proxyPassword === b.proxyPassword
  )
}
