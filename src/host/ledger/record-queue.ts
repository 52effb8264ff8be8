// Records that wait for the database, oldest first, bounded.
import type { Decision } from '../../shared/model/decision.ts'
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import type { LedgerBatch } from '../../storage/storage.ts'

export type LedgerRecord =
  | { readonly kind: 'exchange'; readonly record: ExchangeRecord }
  | { readonly kind: 'decision'; readonly record: Decision }

export type RecordQueue = {
  readonly size: () => number
  /** Returns how many were dropped to make room: the oldest go first. */
  readonly push: (record: LedgerRecord) => number
  /** They stay until `remove`: a write that fails has lost nothing. */
  readonly first: (count: number) => readonly LedgerRecord[]
  readonly remove: (records: readonly LedgerRecord[]) => void
  /** To the end of the line. */
  readonly postpone: (records: readonly LedgerRecord[]) => void
}

export function createRecordQueue(max: number): RecordQueue {
  // A Set keeps the order of arrival and removes from anywhere at no cost, unlike an array of 10,000.
  const records = new Set<LedgerRecord>()

  return {
    size: () => records.size,
    push: (record) => {
      records.add(record)
      if (records.size <= max) return 0
      for (const oldest of records) {
        records.delete(oldest)
        break
      }
      return 1
    },
    first: (count) => [...records.values().take(count)],
    remove: (written) => {
      for (const record of written) records.delete(record)
    },
    postpone: (late) => {
      // One that was dropped meanwhile does not come back.
      for (const record of late) if (records.delete(record)) records.add(record)
    },
  }
}

export function toBatch(records: readonly LedgerRecord[]): LedgerBatch {
  return {
    exchanges: records.flatMap((entry) => (entry.kind === 'exchange' ? [entry.record] : [])),
    decisions: records.flatMap((entry) => (entry.kind === 'decision' ? [entry.record] : [])),
  }
}
