// The ledger in SQL: exchanges with their attempts, and decisions. Written in batches, read newest first.

import { type Decision, decisionSchema } from '../../shared/model/decision.ts'
import { type AttemptRecord, type ExchangeRecord, exchangeRecordSchema } from '../../shared/model/exchange.ts'
import type { Calls } from '../connection.ts'
import type { LedgerBatch } from '../storage.ts'
import { createRowParser, fromFlag, type Row, toFlag } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** More would hold the reader, and with it the registry, for longer than a request should wait. */
const MAX_RECENT = 10_000

type Column<T> = readonly [name: string, value: (record: T) => unknown]
type AttemptOfExchange = { readonly exchangeId: string; readonly attempt: AttemptRecord }

// Bound by position, not by name: half the time of a record.
const exchangeColumns: readonly Column<ExchangeRecord>[] = [
  ['id', ({ id }) => id],
  ['started_at_ms', ({ startedAtMs }) => startedAtMs],
  ['client_key_id', ({ clientKeyId }) => clientKeyId],
  ['client_key_name', ({ clientKeyName }) => clientKeyName],
  ['client', ({ client }) => client],
  ['session_id', ({ sessionId }) => sessionId],
  ['protocol', ({ protocol }) => protocol],
  ['operation', ({ operation }) => operation],
  ['pool', ({ pool }) => pool],
  ['model', ({ model }) => model],
  ['stream', ({ stream }) => toFlag(stream)],
  ['outcome', ({ outcome }) => outcome],
  ['status', ({ status }) => status],
  ['error_code', ({ errorCode }) => errorCode],
  ['node_id', ({ nodeId }) => nodeId],
  ['node_name', ({ nodeName }) => nodeName],
  ['first_byte_ms', ({ firstByteMs }) => firstByteMs],
  ['first_content_ms', ({ firstContentMs }) => firstContentMs],
  ['total_ms', ({ totalMs }) => totalMs],
  ['request_bytes', ({ requestBytes }) => requestBytes],
  ['response_bytes', ({ responseBytes }) => responseBytes],
  ['usage_input', ({ usage }) => usage?.input ?? null],
  ['usage_output', ({ usage }) => usage?.output ?? null],
  ['usage_cache_read', ({ usage }) => usage?.cacheRead ?? null],
  ['usage_cache_write_5m', ({ usage }) => usage?.cacheWrite5m ?? null],
  ['usage_cache_write_1h', ({ usage }) => usage?.cacheWrite1h ?? null],
  ['usage_estimated', ({ usage }) => (usage === null ? null : toFlag(usage.estimated))],
]
const attemptColumns: readonly Column<AttemptOfExchange>[] = [
  ['exchange_id', ({ exchangeId }) => exchangeId],
  ['number', ({ attempt }) => attempt.number],
  ['node_id', ({ attempt }) => attempt.nodeId],
  ['node_name', ({ attempt }) => attempt.nodeName],
  ['key_id', ({ attempt }) => attempt.keyId],
  ['model', ({ attempt }) => attempt.model],
  ['reason', ({ attempt }) => attempt.reason],
  ['probe', ({ attempt }) => toFlag(attempt.probe)],
  ['outcome', ({ attempt }) => attempt.outcome],
  ['status', ({ attempt }) => attempt.status],
  ['message', ({ attempt }) => attempt.message],
  ['started_at_ms', ({ attempt }) => attempt.startedAtMs],
  ['connect_ms', ({ attempt }) => attempt.connectMs],
  ['first_byte_ms', ({ attempt }) => attempt.firstByteMs],
  ['first_content_ms', ({ attempt }) => attempt.firstContentMs],
  ['total_ms', ({ attempt }) => attempt.totalMs],
]
const decisionColumns: readonly Column<Decision>[] = [
  ['id', ({ id }) => id],
  ['at_ms', ({ atMs }) => atMs],
  ['kind', ({ kind }) => kind],
  ['node_id', ({ nodeId }) => nodeId],
  ['exchange_id', ({ exchangeId }) => exchangeId],
  ['text', ({ text }) => text],
]

const NEWEST_EXCHANGES = 'FROM exchanges ORDER BY started_at_ms DESC, rowid DESC LIMIT ?'
const SELECT_EXCHANGES = `
  SELECT id, started_at_ms AS startedAtMs, client_key_id AS clientKeyId, client_key_name AS clientKeyName, client,
    session_id AS sessionId, protocol, operation, pool, model, stream, outcome, status, error_code AS errorCode,
    node_id AS nodeId, node_name AS nodeName, first_byte_ms AS firstByteMs, first_content_ms AS firstContentMs,
    total_ms AS totalMs, request_bytes AS requestBytes, response_bytes AS responseBytes, usage_input AS usageInput,
    usage_output AS usageOutput, usage_cache_read AS usageCacheRead, usage_cache_write_5m AS usageCacheWrite5m,
    usage_cache_write_1h AS usageCacheWrite1h, usage_estimated AS usageEstimated
  ${NEWEST_EXCHANGES}`
const SELECT_ATTEMPTS = `
  SELECT exchange_id AS exchangeId, number, node_id AS nodeId, node_name AS nodeName, key_id AS keyId, model, reason,
    probe, outcome, status, message, started_at_ms AS startedAtMs, connect_ms AS connectMs, first_byte_ms AS firstByteMs,
    first_content_ms AS firstContentMs, total_ms AS totalMs
  FROM attempts WHERE exchange_id IN (SELECT id ${NEWEST_EXCHANGES}) ORDER BY exchange_id, number`
const SELECT_DECISIONS = `
  SELECT id, at_ms AS atMs, kind, node_id AS nodeId, exchange_id AS exchangeId, text
  FROM decisions ORDER BY at_ms DESC, rowid DESC LIMIT ?`

export function createLedgerWrites(connection: SqliteConnection): Calls<'writeLedger'> {
  const insertExchange = createInsert(connection, { table: 'exchanges', key: 'id', columns: exchangeColumns })
  const insertAttempt = createInsert(connection, {
    table: 'attempts',
    key: 'exchange_id, number',
    columns: attemptColumns,
  })
  const insertDecision = createInsert(connection, { table: 'decisions', key: 'id', columns: decisionColumns })
  return {
    writeLedger: connection.transaction((batch: LedgerBatch) => {
      for (const exchange of batch.exchanges) {
        insertExchange(exchange)
        for (const attempt of exchange.attempts) insertAttempt({ exchangeId: exchange.id, attempt })
      }
      for (const decision of batch.decisions) insertDecision(decision)
    }).immediate,
  }
}

type Insert<T> = { readonly table: string; readonly key: string; readonly columns: readonly Column<T>[] }

function createInsert<T>(connection: SqliteConnection, { table, key, columns }: Insert<T>): (record: T) => void {
  const names = columns.map(([name]) => name).join(', ')
  const places = columns.map(() => '?').join(', ')
  // Conflicts are named: INSERT OR IGNORE would also swallow a missing value, and with it the record.
  const sql = `INSERT INTO ${table} (${names}) VALUES (${places}) ON CONFLICT (${key}) DO NOTHING`
  const statement = connection.prepare(sql)
  return (record) => {
    statement.run(...columns.map(([, value]) => value(record)))
  }
}

export function createLedgerReads(connection: SqliteConnection): Calls<'recentExchanges' | 'recentDecisions'> {
  const selectExchanges = connection.prepare<[number], Row>(SELECT_EXCHANGES)
  const selectAttempts = connection.prepare<[number], Row>(SELECT_ATTEMPTS)
  const selectDecisions = connection.prepare<[number], Row>(SELECT_DECISIONS)
  const parseExchange = createRowParser(connection, 'ledger record', exchangeRecordSchema)
  const parseDecision = createRowParser(connection, 'decision', decisionSchema)
  return {
    // One transaction: attempts of exactly these exchanges, also while the writer commits more.
    recentExchanges: connection.transaction((limit: number) => {
      const attempts = Map.groupBy(selectAttempts.all(bounded(limit)), (row) => row.exchangeId)
      return selectExchanges
        .all(bounded(limit))
        .map((row) => parseExchange(fromExchangeRow(row, attempts.get(row.id) ?? [])))
    }),
    recentDecisions: (limit) => selectDecisions.all(bounded(limit)).map(parseDecision),
  }
}

/** SQLite takes a negative limit for none. */
function bounded(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 0), MAX_RECENT)
}

function fromExchangeRow(row: Row, attempts: readonly Row[]): unknown {
  const { usageInput, usageOutput, usageCacheRead, usageCacheWrite5m, usageCacheWrite1h, usageEstimated, ...exchange } =
    row
  const usage = {
    input: usageInput,
    output: usageOutput,
    cacheRead: usageCacheRead,
    cacheWrite5m: usageCacheWrite5m,
    cacheWrite1h: usageCacheWrite1h,
    estimated: fromFlag(usageEstimated),
  }
  const isMetered = Object.values(usage).some((value) => value !== null)
  return {
    ...exchange,
    stream: fromFlag(row.stream),
    usage: isMetered ? usage : null,
    attempts: attempts.map(({ exchangeId: _, probe, ...attempt }) => ({ ...attempt, probe: fromFlag(probe) })),
  }
}
