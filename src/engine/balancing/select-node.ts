// Chooses a node and takes a lease on it: the best candidate whose breaker gives a permit.
import type { Lease } from '../nodes/lease.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import { poolThrough } from '../routing/route.ts'
import { type Candidate, type CandidateQuery, candidacyOf } from './candidacy.ts'
import { type OrderContext, orderCandidates } from './order-candidates.ts'

export type Selection = {
  readonly lease: Lease
  /** The model as it is sent. */
  readonly model: string
  /** Through which the node was reached. */
  readonly pool: string
  /** Why this node, for the records. */
  readonly reason: string
}
export type SelectionResult =
  | {
      readonly ok: true
      readonly selection: Selection
      /** Another node could take over. */
      readonly othersEligible: boolean
    }
  | { readonly ok: false }

export type SelectOptions = {
  readonly query: CandidateQuery
  readonly order: OrderContext
  readonly nowMs: number
}

export function selectNode(nodes: readonly LiveNode[], { query, order, nowMs }: SelectOptions): SelectionResult {
  const eligible = nodes.flatMap((node) => {
    const candidacy = candidacyOf(node, query, nowMs)
    return candidacy.eligible ? [candidacy.candidate] : []
  })
  const ordered = orderCandidates(eligible, order)
  for (const [place, candidate] of ordered.candidates.entries()) {
    const lease = candidate.node.acquire(firstKey(candidate), { force: false })
    if (lease !== null) {
      const reason = place === 0 ? ordered.reason : 'the breakers before it are open'
      const selection = selectionOf(candidate, lease, { reason, order })
      return { ok: true, selection, othersEligible: eligible.length > 1 }
    }
  }
  const forced = forcedCandidate(ordered.candidates)
  const lease = forced?.candidate.node.acquire(firstKey(forced.candidate), { force: true }) ?? null
  if (forced !== null && lease !== null) {
    const selection = selectionOf(forced.candidate, lease, { reason: forced.reason, order })
    return { ok: true, selection, othersEligible: eligible.length > 1 }
  }
  return { ok: false }
}

type Choice = { readonly reason: string; readonly order: OrderContext }

function selectionOf({ node, model }: Candidate, lease: Lease, { reason, order }: Choice): Selection {
  return { lease, model, pool: poolThrough(node.node, order.route.pools), reason }
}

/**
 * One candidate passes whatever its breaker says; of several whose breakers are all open, the one due next gets one
 * request at a time. For selection and explain, when no breaker gave a permit.
 */
export function forcedCandidate(
  candidates: readonly Candidate[],
): { readonly candidate: Candidate; readonly reason: string } | null {
  const only = candidates.length === 1
  if (!only && candidates.some(({ breaker }) => breaker.probeOut)) return null
  const candidate = candidates.toSorted((a, b) => openUntil(a) - openUntil(b))[0]
  if (candidate === undefined) return null
  return {
    candidate,
    reason: only ? 'the only candidate, though its breaker is open' : 'all breakers are open and it is due next',
  }
}

function openUntil(candidate: Candidate): number {
  return candidate.breaker.openUntilMs ?? 0
}

function firstKey(candidate: Candidate): Candidate['keys'][number] {
  return candidate.keys[0] ?? null
}
