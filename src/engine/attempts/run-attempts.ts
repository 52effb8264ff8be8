// The loop of an exchange: try a node, read how it ended, move on, until an answer may go to the client or nobody is left.
import type { AttemptRecord } from '../../shared/model/exchange.ts'
import type { SelectionResult } from '../balancing/select-node.ts'
import type { Verdict } from '../classify/verdict.ts'
import type { ProxyError } from '../proxy-error.ts'
import type { CommittedAnswer, ErrorAnswer } from './answer.ts'
import { type Attempt, type ConnectRace, closeAttempt, openAttempt } from './attempt.ts'
import { AttemptHistory } from './attempt-history.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import { awaitAnswer } from './await-answer.ts'
import { connect } from './connect.ts'
import { logChoice, logNoNode } from './distributor-log.ts'
import { finalError } from './final-error.ts'
import { anyLeft, nextSelection, selectElsewhere } from './next-selection.ts'
import { noteAttempt, type Place } from './note-attempt.ts'
import type { RetryGrant } from './retry-budget.ts'
import { settleAttempt } from './settle-attempt.ts'
import { waitOrCancel } from './wait-or-cancel.ts'

export type AttemptsResult = {
  /** Every attempt that is over, in order. A committed one is recorded by whoever relays it. */
  readonly records: readonly AttemptRecord[]
  readonly ending:
    | { readonly kind: 'committed'; readonly answer: CommittedAnswer }
    /** A node's own error, word for word. */
    | { readonly kind: 'passed-on'; readonly answer: ErrorAnswer; readonly attempt: Attempt }
    | { readonly kind: 'failed'; readonly error: ProxyError }
    | { readonly kind: 'cancelled' }
}
type Ending = AttemptsResult['ending']

export async function runAttempts(job: AttemptJob, room: AttemptRoom, inFlight: () => number): Promise<AttemptsResult> {
  const history = new AttemptHistory()
  let grant: RetryGrant | null = null
  try {
    for (;;) {
      if (job.cancellation.reason() !== null) return result(history, { kind: 'cancelled' })
      const step = nextSelection(job, history, room)
      switch (step.kind) {
        case 'give-up':
          return result(history, giveUp(job, history, room))
        case 'wait':
          grant ??= room.retryBudget.acquire(inFlight())
          if (grant === null) return result(history, giveUp(job, history, room))
          await waitOrCancel(step.delayMs, room.clock, job.cancellation)
          step.prepare()
          break
        case 'try': {
          logChoice(job, step.found.selection, room)
          const ending = await tryNode(job, history, { room, found: step.found })
          if (ending !== null) return result(history, ending)
          break
        }
      }
    }
  } finally {
    grant?.release()
  }
}

function result(history: AttemptHistory, ending: Ending): AttemptsResult {
  return { records: history.records.toSorted((a, b) => a.number - b.number), ending }
}

function giveUp(job: AttemptJob, history: AttemptHistory, room: AttemptRoom): Ending {
  if (history.refusal !== null) return { kind: 'passed-on', ...history.refusal }
  const error = finalError(job, history, room)
  logNoNode(job, error, room)
  return { kind: 'failed', error }
}

type Try = {
  readonly room: AttemptRoom
  readonly found: Extract<SelectionResult, { ok: true }>
}

/** Null: go on with the next. */
async function tryNode(job: AttemptJob, history: AttemptHistory, { room, found }: Try): Promise<Ending | null> {
  let next = { selection: found.selection, number: history.nextNumber(), freshSocket: false }
  const open = (race: ConnectRace, { selection, number, freshSocket }: typeof next): Attempt => {
    try {
      const body = bodyFor(selection.lease.node.node.id, job, { history, room })
      const attempt = openAttempt({ job, room, number, selection, race, body, freshSocket })
      history.opened(attempt)
      return attempt
    } catch (error) {
      // A fault of ours must not keep a place on the node, or the only probe of its breaker.
      selection.lease.settle('none')
      throw error
    }
  }
  for (;;) {
    const race: ConnectRace = { winner: null }
    const connecting = new Set([next.selection.lease.node.node.id])
    const connected = await connect(open(race, next), {
      room,
      race,
      openAnother: () => {
        const another = selectElsewhere(job, history, { room, connecting })
        if (!another.ok) return null
        connecting.add(another.selection.lease.node.node.id)
        return open(race, { selection: another.selection, number: history.nextNumber(), freshSocket: false })
      },
      settleLate: (ended) => void settleAttempt(ended, job, room),
    })
    for (const ended of connected.ended) noteAttempt(ended, job, { history, room })
    if (connected.kind === 'cancelled') return { kind: 'cancelled' }
    if (connected.kind === 'failed') return null
    const { attempt } = connected
    const lastCostly = history.costly + 1 >= room.settings().retryMaxAttempts
    // Those that joined the race are out of it now, so the selection's own answer holds only without one.
    const raced = connected.ended.length > 0
    const others = raced ? anyLeft(job, history, { room, alsoTried: connecting }) : found.othersEligible
    const othersEligible = others && !lastCostly
    const options = { job, room, reusedSocket: connected.reusedSocket, othersEligible }
    const awaited = await awaitAnswer(attempt, options).catch((error: unknown) => {
      closeAttempt(attempt)
      attempt.selection.lease.settle('none')
      throw error
    })
    switch (awaited.kind) {
      case 'committed':
        // Committed by time or size without any content is no success of a probe yet.
        if (attempt.marks.firstContentMs !== null) attempt.selection.lease.firstContent()
        return awaited
      case 'stale-socket':
        closeAttempt(attempt)
        next = { selection: attempt.selection, number: attempt.number, freshSocket: true }
        break
      case 'ended': {
        closeAttempt(attempt)
        const verdict = noteAttempt({ attempt, end: awaited.end }, job, { history, room })
        return endingOf(verdict, awaited, { attempt, job, history, room })
      }
    }
  }
}

type AttemptPlace = Place & { readonly attempt: Attempt; readonly job: AttemptJob }

function endingOf(
  verdict: Verdict,
  awaited: { readonly errorAnswer: ErrorAnswer | null },
  { attempt, job, history, room }: AttemptPlace,
): Ending | null {
  if (verdict.outcome === 'cancelled') return { kind: 'cancelled' }
  // Another origin had its say about a node's 4xx; only a node that could not even be reached had none.
  if (history.refusal !== null && (verdict.costly || verdict.outcome !== 'network')) {
    return { kind: 'passed-on', ...history.refusal }
  }
  switch (verdict.move) {
    case 'next-node':
    case 'next-key':
      return null
    case 'stop':
      return giveUp(job, history, room)
    case 'rectify':
      if (
        !history.rectifiedFor.has(attempt.selection.lease.node.node.id) &&
        (job.protocol.rectify?.(job.body) ?? null) !== null
      ) {
        history.rectify(attempt)
        room.signatures.refused(job.sessionId, attempt.selection.lease.node.node.id)
        room.decisions.record({
          kind: 'signature-rectified',
          nodeId: attempt.selection.lease.node.node.id,
          exchangeId: job.exchangeId,
          text: `${attempt.selection.lease.node.node.name} refused a thinking signature of another node: sent again without that thinking`,
        })
        return null
      }
      return passOn(awaited.errorAnswer, attempt)
    case 'other-origin-once':
      if (awaited.errorAnswer !== null) history.refuse({ attempt, answer: awaited.errorAnswer })
      return null
    case 'pass-on':
      return passOn(awaited.errorAnswer, attempt)
  }
}

/** An error that broke off before its end cannot be passed on; the next node may do better. */
function passOn(answer: ErrorAnswer | null, attempt: Attempt): Ending | null {
  return answer === null ? null : { kind: 'passed-on', answer, attempt }
}

function bodyFor(nodeId: string, job: AttemptJob, { history, room }: Place): Buffer {
  if (!history.rectifiedFor.has(nodeId) && !room.signatures.mustStrip(job.sessionId, nodeId)) return job.body
  return job.protocol.rectify?.(job.body) ?? job.body
}
