// Which name a model has at a node, or that the node does not have it.
import { globMatches } from '../../shared/glob.ts'
import type { Node } from '../../shared/model/node.ts'

/** Exact mapping, then the longest glob, then the node's own list (empty: any model), then the default mapping `*`. Null: not served. */
export function sentModelOf(node: Pick<Node, 'models' | 'modelMap'>, model: string): string | null {
  const exact = node.modelMap.find(({ from }) => from === model)
  if (exact !== undefined) return exact.to
  const glob = node.modelMap
    .filter(({ from }) => from !== '*' && from.includes('*') && globMatches(from, model))
    .toSorted((a, b) => b.from.length - a.from.length)[0]
  if (glob !== undefined) return glob.to
  if (node.models.some((pattern) => pattern === model || globMatches(pattern, model))) return model
  const fallback = node.modelMap.find(({ from }) => from === '*')
  if (fallback !== undefined) return fallback.to
  return node.models.length === 0 ? model : null
}
