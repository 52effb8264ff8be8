// One try of an exchange on one node, from the dispatch to its record.
import type { AttemptRecord } from '../../shared/model/exchange.ts'
import type { AttemptOutcome } from '../../shared/model/outcome.ts'
import type { Selection } from '../balancing/select-node.ts'
import { requestHeaders } from '../upstream/request-headers.ts'
import { upstreamTarget } from '../upstream/target.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import { type AttemptTimers, createAttemptTimers } from './attempt-timers.ts'

/** Several attempts may connect at once; only the first that stands may send. */
export type ConnectRace = { winner: Attempt | null }

export type AttemptMarks = {
  /** HTTP status the node answered with, also when its body broke later. */
  status: number | null
  sentMs: number | null
  firstByteMs: number | null
  firstContentMs: number | null
}

export type Attempt = {
  readonly number: number
  readonly selection: Selection
  readonly call: UpstreamCall
  /** URL of the proxy in between; null: straight. */
  readonly proxy: string | null
  readonly timers: AttemptTimers
  /** Monotonic. */
  readonly startedMs: number
  readonly startedWallMs: number
  /** When its stages were reached, monotonic; written by whoever reads the call. */
  readonly marks: AttemptMarks
  /** Ends the subscription to the client's going away. */
  readonly unsubscribe: () => void
}

export type OpenAttempt = {
  readonly job: AttemptJob
  readonly room: AttemptRoom
  readonly number: number
  readonly selection: Selection
  readonly race: ConnectRace
  readonly body: Buffer
  readonly freshSocket: boolean
}

/** Dispatches; what happens then arrives in the call's mailbox. */
export function openAttempt(options: OpenAttempt): Attempt {
  const { job, room, race, selection } = options
  const { node } = selection.lease.node
  const asked = { target: job.pathAndQuery, body: options.body }
  const { target, body } = selection.model === job.facts.model ? asked : job.protocol.withModel(asked, selection.model)
  const pool = room.upstreams.poolOf(selection.lease.way)
  const call = pool.call(
    {
      method: job.method,
      path: upstreamTarget(selection.lease.way.base, job.protocol.upstreamTarget(target)),
      headers: requestHeaders({
        clientRawHeaders: job.clientRawHeaders,
        auth: node.auth,
        secret: selection.lease.key?.secret ?? null,
        identityEncoding: job.facts.stream,
        bodyDecoded: job.bodyDecoded,
        via: job.via,
      }),
      body,
    },
    {
      freshSocket: options.freshSocket,
      mayStart: () => {
        race.winner ??= attempt
        return race.winner === attempt
      },
    },
  )
  const attempt: Attempt = {
    number: options.number,
    selection,
    call,
    proxy: pool.proxy,
    timers: createAttemptTimers(room.clock, call),
    startedMs: room.clock.monotonicMs(),
    startedWallMs: Math.round(room.clock.wallMs()),
    marks: { status: null, sentMs: null, firstByteMs: null, firstContentMs: null },
    unsubscribe: job.cancellation.onCancel(() => call.post({ type: 'cancelled' })),
  }
  return attempt
}

/** Nothing of the attempt goes on after this, but for what its lease still has to say. */
export function closeAttempt(attempt: Attempt): void {
  attempt.timers.cancelAll()
  attempt.unsubscribe()
  attempt.call.abort()
}

export type AttemptSummary = {
  readonly outcome: AttemptOutcome
  /** Scrubbed; null for a success. */
  readonly message: string | null
  readonly nowMs: number
}

export function recordOf(attempt: Attempt, summary: AttemptSummary): AttemptRecord {
  const { lease, model, reason } = attempt.selection
  const since = (atMs: number | null) => (atMs === null ? null : round(atMs - attempt.startedMs))
  return {
    number: attempt.number,
    nodeId: lease.node.node.id,
    nodeName: lease.node.node.name,
    keyId: lease.key?.id ?? null,
    model,
    reason,
    probe: lease.probe,
    outcome: summary.outcome,
    status: attempt.marks.status,
    message: summary.message,
    startedAtMs: attempt.startedWallMs,
    connectMs: since(attempt.marks.sentMs),
    firstByteMs: since(attempt.marks.firstByteMs),
    firstContentMs: since(attempt.marks.firstContentMs),
    totalMs: round(summary.nowMs - attempt.startedMs),
  }
}

/** Tenths of a millisecond: finer is noise. */
function round(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 10) / 10)
}
