// The order in which a request tries its candidates (policies §3b): the first rule that tells two of them apart decides.
import type { Candidate } from './candidacy.ts'

export type OrderContext = {
  /** Nodes that failed the session's last exchange. */
  readonly failedLastTime: ReadonlySet<string>
}

type Rule = {
  /** Smaller goes first. */
  readonly rank: (candidate: Candidate, context: OrderContext) => number
  /** Why the first one is first, when this rule decided. */
  readonly reason: string
}

/**
 * Places kept for what is not built yet, in this order between "failed last time" and "priority":
 * the client key's pinned node, the pool's manual pin, the session's node, the share of a switchover, healthy first, the active node.
 */
const rules: readonly Rule[] = [
  { rank: ({ node }) => (node.unansweredConnects > 0 ? 1 : 0), reason: 'the other does not answer its connect' },
  {
    rank: ({ node }, { failedLastTime }) => (failedLastTime.has(node.node.id) ? 1 : 0),
    reason: "another failed this session's last request",
  },
  { rank: ({ node }) => node.node.priority, reason: 'first in order' },
]

export type Ordered = { readonly candidates: readonly Candidate[]; readonly reason: string }

export function orderCandidates(candidates: readonly Candidate[], context: OrderContext): Ordered {
  if (candidates.length < 2) return { candidates, reason: 'the only candidate' }
  const ordered = candidates.toSorted((a, b) => compare(a, b, context))
  const [first, second] = ordered
  const deciding =
    first === undefined || second === undefined
      ? undefined
      : rules.find(({ rank }) => rank(first, context) !== rank(second, context))
  return { candidates: ordered, reason: deciding?.reason ?? 'first in order' }
}

function compare(a: Candidate, b: Candidate, context: OrderContext): number {
  for (const { rank } of rules) {
    const difference = rank(a, context) - rank(b, context)
    if (difference !== 0) return difference
  }
  // Equal in every rule: by age, so that the order is the same for every request.
  return a.node.node.createdAtMs - b.node.node.createdAtMs || (a.node.node.id < b.node.node.id ? -1 : 1)
}
