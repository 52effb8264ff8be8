// What a change of a node means: when it is tried, and beside which others.
import type { NodeView } from '../shared/model/node-status.ts'

/** One sentence for each pool of the node. `nodes` holds all nodes, the node itself included. */
export function nodePlaceSentences(node: NodeView, nodes: readonly NodeView[]): readonly string[] {
  if (!node.enabled) return ['It is disabled: it gets no requests.']
  if (node.weight === 0) return ['Its weight is 0: it gets no new requests.']
  return node.pools.map((pool) => placeInPool(node, pool, nodes))
}

function placeInPool(node: NodeView, pool: string, nodes: readonly NodeView[]): string {
  const rivals = nodes.filter(
    (other) =>
      other.id !== node.id && other.enabled && other.weight > 0 && !other.simulated && other.pools.includes(pool),
  )
  if (rivals.length === 0) {
    return `It is the only node of the pool ${pool}: add a second one, so that there is something to fail over to.`
  }
  const before = rivals.filter((other) => other.priority < node.priority).toSorted((a, b) => a.priority - b.priority)
  const equal = rivals.filter((other) => other.priority === node.priority)
  const total = rivals.length + 1
  const after = before.length === 0 ? 'first' : `after ${names(before)}`
  if (equal.length === 0) return `In the pool ${pool} it is tried ${after} (place ${before.length + 1} of ${total}).`
  return `In the pool ${pool} it is tried ${after} (place ${before.length + 1} of ${total}, shared by weight with ${names(equal)}).`
}

const NAMES_SHOWN = 3

function names(nodes: readonly NodeView[]): string {
  const shown = nodes.slice(0, NAMES_SHOWN).map((node) => node.name)
  const rest = nodes.length - shown.length
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`
}
