// One socket pool per way: origin, proxy with its credentials, certificates. Made when first needed; closed when no node
// goes that way any more.
import { createHash } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { GlobalProxy, ProxyRoute } from '../ports.ts'
import { parseCertificates, trusting } from './certificates.ts'
import { type Connector, type ConnectorOptions, createConnector } from './connector.ts'
import type { NodeWay } from './node-way.ts'
import { createProxyConnector } from './proxy-connector.ts'
import { proxyLabel } from './proxy-url.ts'
import { createSocketPool, type SocketPool } from './socket-pool.ts'
import { WayFailed } from './way-failure.ts'

export type Upstreams = {
  /** The pool of the way as it is now; a changed proxy counts for the next call. */
  readonly poolOf: (way: NodeWay) => SocketPool
  /** What a connect of that way goes to first: the proxy, or the node's own origin. */
  readonly placeOf: (way: NodeWay) => string
  /** Closes the pools of all other ways: idle sockets at once, running calls end on theirs. */
  readonly keepOnly: (ways: readonly NodeWay[]) => void
  readonly destroy: () => void
}

export type UpstreamsOptions = {
  readonly addressAttemptTimeoutMs: () => number
  readonly ownPorts: () => readonly number[]
  readonly globalProxy: GlobalProxy
} & Pick<ConnectorOptions, 'resolve'>

type Route = ProxyRoute | 'unreadable' | null
type Keyed = { readonly route: Route; readonly key: string }

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const pools = new Map<string, SocketPool>()
  /** Nobody finds these any more; their last calls still run. */
  const retired = new Set<SocketPool>()
  /** By identity, for a key costs a digest and this is asked for every call. */
  const keys = new WeakMap<NodeWay, Keyed>()

  function keyOf(way: NodeWay): Keyed {
    const route = way.proxy === 'global' ? options.globalProxy(way.origin) : way.proxy
    const known = keys.get(way)
    if (known?.route === route) return known
    const keyed = { route, key: digest(way, route) }
    keys.set(way, keyed)
    return keyed
  }

  function connectorOf(way: NodeWay, route: Route): Connector {
    if (route === 'unreadable') return failing('the URL of its proxy cannot be read: set its proxy again')
    const trust = way.ca === null ? null : trustOf(way.ca)
    if (trust === 'unreadable') return failing('its own certificates cannot be read: set them again')
    const connecting: ConnectorOptions = {
      addressAttemptTimeoutMs: options.addressAttemptTimeoutMs,
      ownPorts: options.ownPorts,
      trust,
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    }
    return route === null ? createConnector(connecting) : createProxyConnector(route, connecting)
  }

  return {
    poolOf: (way) => {
      const { key, route } = keyOf(way)
      const known = pools.get(key)
      if (known !== undefined) return known
      const pool = createSocketPool(way.base.origin, connectorOf(way, route), labelOf(route))
      pools.set(key, pool)
      return pool
    },
    placeOf: (way) => labelOf(keyOf(way).route) ?? way.base.origin,
    keepOnly: (ways) => {
      const kept = new Set(ways.map((way) => keyOf(way).key))
      for (const [key, pool] of pools) {
        if (kept.has(key)) continue
        pools.delete(key)
        retired.add(pool)
        pool.retire(() => retired.delete(pool))
      }
    },
    destroy: () => {
      for (const pool of [...pools.values(), ...retired]) pool.destroy()
      pools.clear()
    },
  }
}

/** The control plane lets none in; what lies in the database may still be bad, and must not fail as a fault of ours. */
function trustOf(ca: string): SecureContext | 'unreadable' {
  const parsed = parseCertificates(ca)
  return parsed.ok ? trusting(parsed.pem) : 'unreadable'
}

function labelOf(route: Route): string | null {
  return route === null || route === 'unreadable' ? null : proxyLabel(route)
}

function failing(message: string): Connector {
  return (_target, callback) => {
    callback(new WayFailed(message), null)
    return () => undefined
  }
}

/** Nodes that go the same way share its sockets. A digest, so that no password lies in the keys of a map. */
function digest(way: NodeWay, route: Route): string {
  const { origin } = way.base
  // As most nodes go.
  if (route === null && way.ca === null) return origin
  const parts =
    route === null || route === 'unreadable'
      ? [route]
      : [route.kind, route.host, route.port, route.username, route.password]
  return createHash('sha256')
    .update(JSON.stringify([origin, way.ca, ...parts]))
    .digest('hex')
}
