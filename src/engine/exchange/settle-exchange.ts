// The end of an exchange: its record to the ledger, its facts to whoever follows, what its session learns from it.
import type { HashedClientKey } from '../../shared/model/client-key.ts'
import type { AttemptRecord, ExchangeOutcome, ExchangeRecord, TokenUsage } from '../../shared/model/exchange.ts'
import type { Protocol } from '../../shared/model/protocol.ts'
import type { RequestFacts } from '../protocols/protocol.ts'
import type { Arrival } from './arrival.ts'
import type { ExchangeRoom } from './exchange-room.ts'

export type ExchangeEnd = {
  readonly outcome: ExchangeOutcome
  readonly status: number | null
  readonly errorCode: string | null
  readonly attempts: readonly AttemptRecord[]
  readonly responseBytes: number
  readonly usage: TokenUsage | null
  /** The attempt whose answer the client got; null when it was ours. */
  readonly answeredBy: AttemptRecord | null
  /** Through which the answering node was reached. Left out where no node answered: then the record has the client key's first. */
  readonly pool?: string
}

/** What was known of the exchange when it ended; null where it did not get that far. */
export type KnownOfExchange = {
  readonly protocol: Protocol
  readonly operation: string
  readonly clientKey: HashedClientKey | null
  readonly facts: RequestFacts | null
  readonly sessionId: string | null
  readonly requestBytes: number
}

export type EndedExchange = { readonly arrival: Arrival; readonly known: KnownOfExchange; readonly end: ExchangeEnd }

export function settleExchange(ended: EndedExchange, room: ExchangeRoom): void {
  const { known } = ended
  const record = exchangeRecord(ended, room.clock.monotonicMs())
  const failed = record.attempts.filter(
    ({ outcome }) => outcome !== 'success' && outcome !== 'passed-over' && outcome !== 'cancelled',
  )
  room.counts.settled(record, failed.length > 0)
  if (record.outcome === 'failed' || record.outcome === 'truncated') {
    const untilMs = room.clock.monotonicMs() + room.settings().failedNodeMemoryMs
    room.failedNodes.remember(known.sessionId, new Set(failed.map(({ nodeId }) => nodeId)), untilMs)
  } else if (record.outcome === 'success') {
    room.failedNodes.remember(known.sessionId, new Set(), 0)
    if (record.nodeId !== null) room.signatures.served(known.sessionId, record.nodeId)
  }
  tellFailover(record, failed, room)
  room.ledger.recordExchange(record)
  room.events.tell({ type: 'exchangeSettled', exchange: record })
}

function tellFailover(record: ExchangeRecord, failed: readonly AttemptRecord[], room: ExchangeRoom): void {
  const first = failed.find(({ nodeId }) => nodeId !== record.nodeId)
  if (record.outcome !== 'success' || first === undefined || record.nodeName === null) return
  room.decisions.record({
    kind: 'failed-over',
    nodeId: record.nodeId,
    exchangeId: record.id,
    text: `a request moved from ${first.nodeName} to ${record.nodeName}: ${first.nodeName} ${first.message ?? 'failed'}`,
  })
}

function exchangeRecord({ arrival, known, end }: EndedExchange, nowMs: number): ExchangeRecord {
  const answered = end.answeredBy
  // An attempt's times count from its own start, the exchange's from its arrival.
  const offset = answered === null ? 0 : Math.max(0, answered.startedAtMs - arrival.startedWallMs)
  const fromArrival = (milliseconds: number | null | undefined) =>
    milliseconds === null || milliseconds === undefined ? null : milliseconds + offset
  return {
    id: arrival.id,
    startedAtMs: arrival.startedWallMs,
    clientKeyId: known.clientKey?.id ?? null,
    clientKeyName: known.clientKey?.name ?? null,
    client: arrival.client,
    sessionId: known.sessionId,
    protocol: known.protocol,
    operation: known.operation,
    pool: end.pool ?? known.clientKey?.pools[0] ?? null,
    model: known.facts?.model ?? null,
    stream: known.facts?.stream ?? false,
    outcome: end.outcome,
    status: end.status,
    errorCode: end.errorCode,
    nodeId: answered?.nodeId ?? null,
    nodeName: answered?.nodeName ?? null,
    firstByteMs: fromArrival(answered?.firstByteMs),
    firstContentMs: fromArrival(answered?.firstContentMs),
    totalMs: Math.max(0, Math.round((nowMs - arrival.startedMs) * 10) / 10),
    requestBytes: known.requestBytes,
    responseBytes: end.responseBytes,
    usage: end.usage,
    attempts: [...end.attempts],
  }
}
