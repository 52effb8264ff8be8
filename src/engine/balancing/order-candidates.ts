// The order in which a request tries its candidates (policies §3b): the first rule that tells two of them apart decides.
import { placeInPools, type Route } from '../routing/route.ts'
import type { Candidate } from './candidacy.ts'

export type OrderContext = {
  /** Nodes that failed the session's last exchange. */
  readonly failedLastTime: ReadonlySet<string>
  /** The client key's. */
  readonly route: Route
}

const PINNED = "the client key's pinned node"

type Rule = {
  /** Smaller goes first. */
  readonly rank: (candidate: Candidate, context: OrderContext) => number
  /** Why the first one is first, when this rule decided. */
  readonly reason: string
}

/**
 * Sorting asks these for every pair, so none of them makes anything.
 *
 * The first two go before the order of policies §3b, a pin and the pools' order included: they are failover that takes
 * two requests. A node whose connect is unanswered is passed over until it settles (§1), or it would cost a second each
 * time. And what a session sends after a lost request is, to its user, the same request again: the node that lost it was
 * tried, and had pins and pools the first word, a node that breaks off every answer would lose it until its breaker
 * opens, with a good one standing by. It is for one request: the next success makes the session forget.
 *
 * Places kept for what is not built yet, in this order between the pools and "priority": the pool's manual pin, the
 * session's node, the share of a switchover, healthy first, the active node. They belong to one pool each, so they
 * follow the pools.
 */
const doesNotAnswer: Rule = {
  rank: ({ node }) => (node.unansweredConnects > 0 ? 1 : 0),
  reason: 'the other does not answer its connect',
}
const failedLastTime: Rule = {
  rank: ({ node }, context) => (context.failedLastTime.has(node.node.id) ? 1 : 0),
  reason: "another failed this session's last request",
}
const byPriority: Rule = { rank: ({ node }) => node.node.priority, reason: 'first in order' }
const rules: readonly Rule[] = [
  doesNotAnswer,
  failedLastTime,
  { rank: ({ node }, { route }) => (isPinned(node.node.id, route) ? 0 : 1), reason: PINNED },
  { rank: ({ node }, { route }) => placeInPools(node.node, route.pools), reason: 'its pool comes first' },
  byPriority,
]
/** Of the usual client key, which has one pool and no pin: the other rules could tell no two of its nodes apart. */
const rulesOfOnePool = [doesNotAnswer, failedLastTime, byPriority]

export type Ordered = { readonly candidates: readonly Candidate[]; readonly reason: string }

export function orderCandidates(candidates: readonly Candidate[], context: OrderContext): Ordered {
  const ordered = candidates.length < 2 ? candidates : candidates.toSorted(comparison(context))
  return { candidates: ordered, reason: reasonOf(ordered, context) }
}

function reasonOf(ordered: readonly Candidate[], context: OrderContext): string {
  const { route } = context
  const first = ordered[0]
  const second = ordered[1]
  if (first === undefined) return 'the only candidate'
  if (isPinned(first.node.node.id, route)) return PINNED
  const deciding =
    second === undefined ? undefined : rules.find(({ rank }) => rank(first, context) !== rank(second, context))
  // Both may be of a later pool: then what matters is that nobody of the ones before it is there.
  const late = placeInPools(first.node.node, route.pools) > 0
  if (late && deciding !== doesNotAnswer && deciding !== failedLastTime)
    return 'the pools before it have no node for it'
  return second === undefined ? 'the only candidate' : (deciding?.reason ?? 'first in order')
}

function isPinned(nodeId: string, { pinned }: Route): boolean {
  return pinned !== null && pinned.nodeId === nodeId
}

function comparison(context: OrderContext): (a: Candidate, b: Candidate) => number {
  const { route } = context
  const asked = route.pinned === null && route.pools.length < 2 ? rulesOfOnePool : rules
  return (a, b) => {
    for (const { rank } of asked) {
      const difference = rank(a, context) - rank(b, context)
      if (difference !== 0) return difference
    }
    // Equal in every rule: by age, so that the order is the same for every request.
    return a.node.node.createdAtMs - b.node.node.createdAtMs || (a.node.node.id < b.node.node.id ? -1 : 1)
  }
}
