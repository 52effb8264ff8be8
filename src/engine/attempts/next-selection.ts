// Where an exchange goes next: another node at once, the second round after a back-off, a short wait for a node that named
// its time, or nowhere.
import type { Candidacy, CandidateQuery } from '../balancing/candidacy.ts'
import { candidacyOf } from '../balancing/candidacy.ts'
import { type SelectionResult, selectNode } from '../balancing/select-node.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import type { AttemptHistory } from './attempt-history.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import { backoffDelayMs } from './backoff.ts'

export type NextStep =
  | { readonly kind: 'try'; readonly found: Extract<SelectionResult, { ok: true }> }
  /** Wait, then ask again; `prepare` opens what the wait was for. The retry budget must grant it. */
  | { readonly kind: 'wait'; readonly delayMs: number; readonly prepare: () => void }
  | { readonly kind: 'give-up' }

export function nextSelection(job: AttemptJob, history: AttemptHistory, room: AttemptRoom): NextStep {
  const settings = room.settings()
  const nowMs = room.clock.monotonicMs()
  const giveUp: NextStep = { kind: 'give-up' }
  if (nowMs - job.startedMs >= settings.beforeContentTotalMs) return giveUp
  if (history.costly >= settings.retryMaxAttempts) return giveUp
  const found = select(job, history, { room })
  if (found.ok) return { kind: 'try', found }
  // A node's own 4xx waits to be passed on: it gets one other opinion, not a second round.
  if (history.refusal !== null) return giveUp
  return secondRound(history, room) ?? shortWait(job, history, room) ?? giveUp
}

/** `alsoTried` adds to the history's, for nodes whose attempt is still on its way. */
export function select(
  job: AttemptJob,
  history: AttemptHistory,
  { room, alsoTried = none }: { readonly room: AttemptRoom; readonly alsoTried?: ReadonlySet<string> },
): SelectionResult {
  const nowMs = room.clock.monotonicMs()
  const query = queryOf(job, history)
  const left = beyondLimit(job, history, room)
  const plain = alsoTried.size === 0 && left.size === 0
  return selectNode(job.nodes(), {
    query: plain ? query : { ...query, tried: query.tried.union(alsoTried).union(left) },
    order: { failedLastTime: room.failedNodes.of(job.sessionId, nowMs), route: job.clientKey },
    nowMs,
  })
}

/** For a second connect: what connects to the same proxy or host would most likely wait there with the first. */
export function selectElsewhere(
  job: AttemptJob,
  history: AttemptHistory,
  { room, connecting }: { readonly room: AttemptRoom; readonly connecting: ReadonlySet<string> },
): SelectionResult {
  const nodes = job.nodes()
  const placeOf = ({ way }: LiveNode) => room.upstreams.placeOf(way)
  const silent = new Set(nodes.filter(({ node }) => connecting.has(node.id)).map(placeOf))
  const there = nodes.filter((node) => silent.has(placeOf(node))).map(({ node }) => node.id)
  const elsewhere = select(job, history, { room, alsoTried: connecting.union(new Set(there)) })
  return elsewhere.ok ? elsewhere : select(job, history, { room, alsoTried: connecting })
}

/** Could the exchange still move to another node? Takes no lease. */
export function anyLeft(
  job: AttemptJob,
  history: AttemptHistory,
  { room, alsoTried }: { readonly room: AttemptRoom; readonly alsoTried: ReadonlySet<string> },
): boolean {
  const query = queryOf(job, history)
  const tried = query.tried.union(alsoTried).union(beyondLimit(job, history, room))
  const nowMs = room.clock.monotonicMs()
  return job.nodes().some((node) => candidacyOf(node, { ...query, tried }, nowMs).eligible)
}

const none: ReadonlySet<string> = new Set()

/** Once an exchange has tried as many nodes as it may, only those are left to it: their next key, their second round. */
function beyondLimit(job: AttemptJob, history: AttemptHistory, room: AttemptRoom): ReadonlySet<string> {
  if (history.nodesTried < room.settings().maxNodesPerExchange || history.refusal !== null) return none
  return new Set(job.nodes().flatMap(({ node }) => (history.wasTried(node.id) ? [] : [node.id])))
}

function queryOf(job: AttemptJob, history: AttemptHistory): CandidateQuery {
  return {
    protocol: job.protocol.id,
    model: job.facts.model,
    tried: history.tried,
    triedKeys: history.triedKeys,
    exceptOrigin: history.refusal?.attempt.selection.lease.way.base.origin ?? null,
  }
}

function secondRound(history: AttemptHistory, room: AttemptRoom): NextStep | null {
  if (history.secondRoundNodes().length === 0) return null
  const { retryBackoffMinMs: minMs, retryBackoffMaxMs: maxMs } = room.settings()
  return {
    kind: 'wait',
    delayMs: backoffDelayMs({ minMs, maxMs }, history.records.length - 1, room.random),
    prepare: () => history.startSecondRound(),
  }
}

/** Nodes that are due within two seconds are waited for, once, when there is nobody else. */
function shortWait(job: AttemptJob, history: AttemptHistory, room: AttemptRoom): NextStep | null {
  if (history.waited) return null
  const nowMs = room.clock.monotonicMs()
  const limitMs = nowMs + room.settings().waitForRetryAfterMs
  const query = { ...queryOf(job, history), tried: beyondLimit(job, history, room), triedKeys: new Set<string>() }
  const due = job.nodes().flatMap((node) => dueOf(candidacyOf(node, query, nowMs)) ?? [])
  const soon = due.filter(({ dueMs }) => dueMs <= limitMs)
  if (soon.length === 0) return null
  return {
    kind: 'wait',
    delayMs: Math.max(0, Math.min(...soon.map(({ dueMs }) => dueMs)) - nowMs),
    prepare: () => history.startAfterWait(soon.map(({ nodeId }) => nodeId)),
  }
}

function dueOf(candidacy: Candidacy): { readonly nodeId: string; readonly dueMs: number } | null {
  if (candidacy.eligible || candidacy.dueMs === null) return null
  return { nodeId: candidacy.node.node.id, dueMs: candidacy.dueMs }
}
