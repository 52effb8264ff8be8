// Where the requests of a client key may go: its pinned node, and the nodes of its pools in their order.
import type { PinnedNode } from '../../shared/model/client-key.ts'
import type { Node } from '../../shared/model/node.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import { type Registry, withoutSimulatedBesideReal } from '../registry/registry.ts'

/** As a client key has it. */
export type Route = { readonly pools: readonly string[]; readonly pinned: PinnedNode | null }

/**
 * Each node once. A pool that is not there has none. The usual key, one pool and no pin, gets the registry's own list:
 * this is asked for every attempt.
 */
export function nodesOfRoute(route: Route, registry: Pick<Registry, 'node' | 'nodesOf'>): readonly LiveNode[] {
  const { pools, pinned } = route
  if (pinned === null && pools.length === 1) return registry.nodesOf(pools[0] ?? '')
  const pin = pinnedNode(route, registry)
  if (pinned?.strict === true) return pin === null ? [] : [pin]
  const nodes = new Set<LiveNode>(pin === null ? [] : [pin])
  for (const pool of pools) for (const node of registry.nodesOf(pool)) nodes.add(node)
  // Each pool is without them where it has a real node; a real one of another pool, or the pinned one, counts as well.
  return withoutSimulatedBesideReal([...nodes])
}

/** Null: none, or it was removed. A pin names a node, whatever its pools. Simulated nodes come and go by themselves: no pin holds them. */
export function pinnedNode({ pinned }: Route, registry: Pick<Registry, 'node'>): LiveNode | null {
  const node = pinned === null ? null : registry.node(pinned.nodeId)
  return node?.node.simulated === true ? null : node
}

/** The place of the first of the pools that has the node: 0 for the first pool, `pools.length` for none of them (pinned). */
export function placeInPools(node: Node, pools: readonly string[]): number {
  // Every comparison of two candidates asks; with one pool there is nothing to tell apart.
  if (pools.length < 2) return 0
  for (let place = 0; place < pools.length; place++) if (node.pools.includes(pools[place] ?? '')) return place
  return pools.length
}

/** The pool through which the node is reached, for the records; the first for a pinned node that is in none of them. */
export function poolThrough(node: Node, pools: readonly string[]): string {
  return pools[placeInPools(node, pools)] ?? pools[0] ?? ''
}

/** For people: "pool default", "pools team, default". */
export function wordsForPools(pools: readonly string[]): string {
  return `${pools.length === 1 ? 'pool' : 'pools'} ${pools.join(', ')}`
}
