// What the database said when it did not take records, and whether a stop tries once more.
import type { Clock } from '../../engine/ports.ts'
import { assertNever } from '../../shared/assert-never.ts'
import { StorageError, type StorageErrorCode } from '../../storage/storage.ts'
import { messageOf } from '../host-error.ts'
import type { LedgerRecord } from './record-queue.ts'

/** Halving a batch down to one record takes eight. */
const STOP_TRIES = 12
/** Long enough for a backup program to let go of the database, short enough for the service managers that wait for us. */
const STOP_DEADLINE_MS = 20_000
const STOP_RETRY_MS = 500
/** What may pass by itself, or by somebody's hand, before the deadline; a damaged database stays damaged. */
const PASSING: ReadonlySet<StorageErrorCode> = new Set(['busy', 'full', 'read-only'])

/** Whether it may be about one record and not about the database, and if not, whether it may pass. */
type RefusalKind = 'perhaps-a-record' | 'passing' | 'lasting'
export type Refusal = { readonly kind: RefusalKind; readonly message: string }

export function refusalOf(error: unknown, records: readonly LedgerRecord[]): Refusal {
  return { kind: refusalKind(error, records), message: messageOf(error) }
}

function refusalKind(error: unknown, records: readonly LedgerRecord[]): RefusalKind {
  if (!(error instanceof StorageError)) return 'lasting'
  if (error.code === 'failed' && records.length > 0) return 'perhaps-a-record'
  return PASSING.has(error.code) ? 'passing' : 'lasting'
}

/** Of one stop: resolves with whether another try makes sense, after the pause that it needs. */
export function createStopPatience(clock: Clock): (refusal: Refusal | null) => Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + STOP_DEADLINE_MS
  let triesOfRecords = 1
  return async (refusal) => {
    // Nothing was refused: a record came in during the last write.
    if (refusal === null) return true
    const { kind } = refusal
    switch (kind) {
      case 'perhaps-a-record':
        // While the database answers and only some records offend, smaller batches still save the others.
        triesOfRecords += 1
        return triesOfRecords <= STOP_TRIES
      case 'passing':
        if (clock.monotonicMs() >= deadlineMs) return false
        await new Promise<void>((resolve) => void clock.startTimer(STOP_RETRY_MS, resolve))
        return true
      case 'lasting':
        return false
      default:
        return assertNever(kind)
    }
  }
}
