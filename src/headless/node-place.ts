// What a change of a node means: when it is tried, and beside which others.
import type { NodeView } from '../shared/model/node-status.ts'
import type { Text } from './text/text.ts'

export type NodePlace = {
  readonly node: NodeView
  /** All nodes, the node itself included. */
  readonly nodes: readonly NodeView[]
}

/** One sentence for each pool of the node. */
export function nodePlaceSentences(place: NodePlace, text: Text): readonly string[] {
  const { node } = place
  if (!node.enabled) return [text.say('node-place.disabled')]
  if (node.weight === 0) return [text.say('node-place.drained')]
  return node.pools.map((pool) => placeInPool(place, pool, text))
}

function placeInPool({ node, nodes }: NodePlace, pool: string, text: Text): string {
  // Nodes of another protocol are no help to a request that this one could take.
  const rivals = nodes.filter(
    (other) =>
      other.id !== node.id &&
      other.enabled &&
      other.weight > 0 &&
      !other.simulated &&
      other.protocol === node.protocol &&
      other.pools.includes(pool),
  )
  if (rivals.length === 0) return text.say('node-place.only', { pool, protocol: node.protocol })
  const before = rivals.filter((other) => other.priority < node.priority).toSorted((a, b) => a.priority - b.priority)
  const equal = rivals.filter((other) => other.priority === node.priority)
  const parameters = { pool, place: before.length + 1, total: rivals.length + 1, before: names(before, text) }
  const where = text.say(before.length === 0 ? 'node-place.first' : 'node-place.after', parameters)
  return equal.length === 0 ? where : `${where} ${text.say('node-place.shared', { others: names(equal, text) })}`
}

const NAMES_SHOWN = 3

function names(nodes: readonly NodeView[], text: Text): string {
  const shown = nodes.slice(0, NAMES_SHOWN).map((node) => node.name)
  const rest = nodes.length - shown.length
  const list = shown.join(', ')
  return rest === 0 ? list : text.say('node-place.and-more', { names: list, count: rest })
}
