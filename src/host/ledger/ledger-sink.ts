// Takes records from the engine at once and brings them to the database in batches, also when it is away for a while.
import type { Clock, LedgerSink, Timer } from '../../engine/ports.ts'
import type { PersistedBreaker } from '../../shared/model/breaker.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { Storage } from '../../storage/storage.ts'
import { messageOf } from '../host-error.ts'
import type { HostLog } from '../logs/create-log.ts'
import { createRecordQueue, type LedgerRecord, toBatch } from './record-queue.ts'
import { createStopPatience, type Refusal, refusalOf } from './refusal.ts'

/** Records of one commit (policies §9). */
const BATCH_RECORDS_MAX = 200
/** What memory keeps while the database does not take it (policies §9). */
const HELD_RECORDS_MAX = 10_000
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 30_000
/** A database that is away drops many; the log says it once per this many. */
const DROPS_PER_LOG_LINE = 1000

export type LedgerState = {
  /** Records that wait because the database does not take them. */
  readonly unwritten: number
  /** Given up, oldest first, because too many waited. */
  readonly dropped: number
  /** What the database said last; null when it takes records. */
  readonly failure: string | null
}

/** What a stop could not write; `text` says it in a sentence. Null when everything is in the database. */
export type LedgerLoss = { readonly records: number; readonly breakers: number; readonly text: string }

export type HostLedger = LedgerSink & {
  readonly state: () => LedgerState
  /** Resolves when everything taken so far is written or has been tried. Never rejects. */
  readonly flush: () => Promise<void>
  /**
   * Flushes, for up to 20 s while the database is locked, full or read-only, and stops its timer. What it then still
   * refuses is lost, logged, and told to the caller. Idempotent; never rejects.
   */
  readonly stop: () => Promise<LedgerLoss | null>
}

export type LedgerSinkOptions = {
  readonly storage: Pick<Storage, 'writeLedger' | 'saveBreakers'>
  readonly clock: Clock
  readonly settings: () => Settings
  readonly log: HostLog
}

export function createLedgerSink({ storage, clock, settings, log }: LedgerSinkOptions): HostLedger {
  const queue = createRecordQueue(HELD_RECORDS_MAX)
  /** Newest of each node: only the last state matters after a restart. */
  const breakers = new Map<string, PersistedBreaker>()
  let timer: Timer | null = null
  let writing: Promise<void> | null = null
  /** The last write's; null when it succeeded. */
  let refusal: Refusal | null = null
  let retryMs = RETRY_MIN_MS
  let batchMax = BATCH_RECORDS_MAX
  let dropped = 0
  let stopping: Promise<LedgerLoss | null> | null = null

  function take(record: LedgerRecord): void {
    if (queue.push(record) > 0) {
      dropped += 1
      if (dropped % DROPS_PER_LOG_LINE === 1) log('warn', 'ledger', droppedText(dropped))
    }
    wake()
  }

  /** Decides when the next write starts; called after everything that may change that. */
  function wake(): void {
    if (writing !== null || stopping !== null || isAllWritten()) return
    if (refusal !== null) return schedule(retryMs)
    if (!settings().batchUpdateEnabled || queue.size() >= BATCH_RECORDS_MAX) return startWriting()
    schedule(settings().batchUpdateIntervalMs)
  }

  function schedule(delayMs: number): void {
    timer ??= clock.startTimer(delayMs, startWriting)
  }

  function startWriting(): void {
    timer?.cancel()
    timer = null
    writing ??= writeSome().finally(() => {
      writing = null
      wake()
    })
  }

  /** Until nothing is left or the database refuses. One write at a time. Never rejects. */
  async function writeSome(): Promise<void> {
    do {
      const records = queue.first(settings().batchUpdateEnabled ? batchMax : 1)
      const saved = [...breakers.values()]
      try {
        // Breakers first: there are few, and a record that poisons its batch must not keep them from being saved.
        if (saved.length > 0) await storage.saveBreakers(saved)
        for (const breaker of saved) if (breakers.get(breaker.nodeId) === breaker) breakers.delete(breaker.nodeId)
        if (records.length > 0) await storage.writeLedger(toBatch(records))
      } catch (error) {
        return refused(error, records)
      }
      queue.remove(records)
      accepted()
    } while (!isAllWritten())
  }

  function isAllWritten(): boolean {
    return queue.size() === 0 && breakers.size === 0
  }

  function accepted(): void {
    if (refusal !== null) {
      log(
        'info',
        'ledger',
        `The database takes records again; ${queue.size()} are still to be written, ${dropped} were dropped.`,
      )
    }
    refusal = null
    retryMs = RETRY_MIN_MS
    batchMax = Math.min(batchMax * 2, BATCH_RECORDS_MAX)
  }

  function refused(error: unknown, records: readonly LedgerRecord[]): void {
    if (refusal === null) {
      log(
        'error',
        'ledger',
        `The database does not take records: ${messageOf(error)} They are kept in memory and tried again.`,
      )
    }
    retryMs = refusal === null ? RETRY_MIN_MS : Math.min(retryMs * 2, RETRY_MAX_MS)
    refusal = refusalOf(error, records)
    if (refusal.kind !== 'perhaps-a-record') return
    // Perhaps one record is the reason: smaller batches find it, and alone it goes to the end of the line.
    if (records.length > 1) batchMax = Math.ceil(records.length / 2)
    else queue.postpone(records)
  }

  async function flush(): Promise<void> {
    // A write under way took its records before this call; what came since needs another one.
    if (writing !== null) await writing
    if (isAllWritten()) return
    startWriting()
    await writing
  }

  async function stop(): Promise<LedgerLoss | null> {
    timer?.cancel()
    timer = null
    const mayTryAgain = createStopPatience(clock)
    await flush()
    while (!isAllWritten() && (await mayTryAgain(refusal))) await flush()
    if (isAllWritten()) return null
    const loss = { records: queue.size(), breakers: breakers.size }
    const text = lossText(loss, refusal)
    log('error', 'ledger', text)
    return { ...loss, text }
  }

  return {
    recordExchange: (record) => take({ kind: 'exchange', record }),
    recordDecision: (record) => take({ kind: 'decision', record }),
    saveBreaker: (breaker) => {
      breakers.set(breaker.nodeId, breaker)
      wake()
    },
    state: () => ({ unwritten: refusal === null ? 0 : queue.size(), dropped, failure: refusal?.message ?? null }),
    flush,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

function lossText({ records, breakers }: Pick<LedgerLoss, 'records' | 'breakers'>, refusal: Refusal | null): string {
  const parts = [counted(records, 'record'), counted(breakers, 'breaker')].filter((part) => part !== null)
  const [are, them] = records + breakers === 1 ? ['is', 'it'] : ['are', 'them']
  const text = `${parts.join(' and ')} ${are} lost: the database did not take ${them} before the end.`
  return refusal === null ? text : `${text} ${refusal.message}`
}

function counted(count: number, thing: string): string | null {
  if (count === 0) return null
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`
}

function droppedText(dropped: number): string {
  return `The database has been away so long that memory is full (${HELD_RECORDS_MAX} records): the oldest are dropped, ${dropped} so far. Free the disk or unlock the database.`
}
