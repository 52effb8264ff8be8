// For pools or a client key, and a model: why each node would or would not be chosen now. The same judgement as every selection's, without its lease.
import type { Explanation } from '../../shared/contract/explanation.ts'
import { type Candidacy, type Candidate, candidacyOf, ineligibilityText, openQuery } from '../balancing/candidacy.ts'
import { type Ordered, orderCandidates } from '../balancing/order-candidates.ts'
import { forcedCandidate } from '../balancing/select-node.ts'
import type { ExplainQuery } from '../engine-door.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import type { Clock } from '../ports.ts'
import type { Registry } from '../registry/registry.ts'
import { nodesOfRoute, pinnedNode } from './route.ts'

type ExplainedNode = Explanation['nodes'][number]

export function explain(registry: Pick<Registry, 'node' | 'nodesOf'>, route: ExplainQuery, clock: Clock): Explanation {
  const { pools, model, protocol } = route
  const nowMs = clock.monotonicMs()
  const query = openQuery(protocol, model)
  const judged = nodesOfRoute(route, registry).map((node) => candidacyOf(node, query, nowMs))
  const ordered = orderCandidates(
    judged.flatMap((one) => (one.eligible ? [one.candidate] : [])),
    { failedLastTime: new Set(), route },
  )
  const chosen = choiceOf(ordered)
  const wall = (monotonicMs: number | null) =>
    monotonicMs === null ? null : Math.round(clock.wallMs() + monotonicMs - nowMs)
  return {
    pools: [...pools],
    model,
    protocol,
    refused: null,
    chosen: chosen?.candidate.node.node.name ?? null,
    nodes: [
      ...judged.map((one) =>
        one.eligible ? explainCandidate(one.candidate, { chosen, wall }) : explainIneligible(one, { wall, nowMs }),
      ),
      ...explainForbidden(route, registry),
    ],
  }
}

/** What the pools of a strictly pinned key have beside its node. */
function explainForbidden(route: ExplainQuery, registry: Pick<Registry, 'node' | 'nodesOf'>): ExplainedNode[] {
  if (route.pinned?.strict !== true) return []
  const pin = pinnedNode(route, registry)
  const reason =
    pin === null
      ? 'the client key may use only its pinned node, and that was removed'
      : `the client key may use only ${pin.node.name}`
  return nodesOfRoute({ pools: route.pools, pinned: null }, registry)
    .filter((node) => node !== pin)
    .map((node) => leftOut(node, { reason, dueAtMs: null }))
}

function leftOut(node: LiveNode, why: Pick<ExplainedNode, 'reason' | 'dueAtMs'>): ExplainedNode {
  return { ...named(node), eligible: false, sentModel: null, ...why }
}

type Choice = { readonly candidate: Candidate; readonly reason: string }

/** As selectNode chooses, without taking anything. */
function choiceOf({ candidates, reason }: Ordered): Choice | null {
  const candidate = candidates.find(passes)
  if (candidate === undefined) return forcedCandidate(candidates)
  return { candidate, reason: candidate === candidates[0] ? reason : 'the breakers before it are open' }
}

type Wall = (monotonicMs: number | null) => number | null

function explainCandidate(
  candidate: Candidate,
  { chosen, wall }: { chosen: Choice | null; wall: Wall },
): ExplainedNode {
  const base = named(candidate.node)
  const due = wall(candidate.breaker.openUntilMs)
  if (candidate === chosen?.candidate) {
    return {
      ...base,
      eligible: true,
      reason: `would be chosen: ${chosen.reason}`,
      sentModel: candidate.model,
      dueAtMs: due,
    }
  }
  const reason = passes(candidate)
    ? 'eligible, comes later in the order'
    : `its circuit breaker is ${wordOf(candidate)}`
  return { ...base, eligible: passes(candidate), reason, sentModel: candidate.model, dueAtMs: due }
}

function explainIneligible(
  one: Extract<Candidacy, { eligible: false }>,
  { wall, nowMs }: { wall: Wall; nowMs: number },
): ExplainedNode {
  const seconds = one.dueMs === null ? null : Math.max(1, Math.ceil((one.dueMs - nowMs) / 1000))
  const until = seconds === null ? '' : ` for another ${seconds} s`
  const because = one.reason === null ? '' : `: ${one.reason}`
  return leftOut(one.node, { reason: `${ineligibilityText[one.why]}${until}${because}`, dueAtMs: wall(one.dueMs) })
}

function named({ node }: LiveNode): Pick<ExplainedNode, 'nodeId' | 'nodeName' | 'simulated'> {
  return { nodeId: node.id, nodeName: node.name, simulated: node.simulated }
}

/** Would get a permit: closed, or half-open with its probe place free. */
function passes({ breaker }: Candidate): boolean {
  return breaker.state === 'closed' || (breaker.state === 'half_open' && !breaker.probeOut)
}

function wordOf({ breaker }: Candidate): string {
  return breaker.state === 'open' ? 'open' : 'half-open and its probe is under way'
}
