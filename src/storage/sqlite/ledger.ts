// The ledger in SQL: exchanges with their attempts, and decisions. Written in batches, read newest first.

import { decisionSchema } from '../../shared/model/decision.ts'
import { type ExchangeRecord, exchangeRecordSchema } from '../../shared/model/exchange.ts'
import type { Calls } from '../connection.ts'
import type { LedgerBatch } from '../storage.ts'
import { createRowParser, fromFlag, type Row, toFlag } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** More would hold the reader, and with it the registry, for longer than a request should wait. */
const MAX_RECENT = 10_000

// Conflicts are named: INSERT OR IGNORE would also swallow a missing value, and with it the record.
const INSERT_EXCHANGE = `
  INSERT INTO exchanges (id, started_at_ms, client_key_id, client_key_name, client, session_id, protocol, operation, pool,
    model, stream, outcome, status, error_code, node_id, node_name, first_byte_ms, first_content_ms, total_ms,
    request_bytes, response_bytes, usage_input, usage_output, usage_cache_read, usage_cache_write_5m,
    usage_cache_write_1h, usage_estimated)
  VALUES (@id, @startedAtMs, @clientKeyId, @clientKeyName, @client, @sessionId, @protocol, @operation, @pool,
    @model, @stream, @outcome, @status, @errorCode, @nodeId, @nodeName, @firstByteMs, @firstContentMs, @totalMs,
    @requestBytes, @responseBytes, @usageInput, @usageOutput, @usageCacheRead, @usageCacheWrite5m,
    @usageCacheWrite1h, @usageEstimated)
  ON CONFLICT (id) DO NOTHING`
const INSERT_ATTEMPT = `
  INSERT INTO attempts (exchange_id, number, node_id, node_name, key_id, model, reason, probe, outcome, status, message,
    started_at_ms, connect_ms, first_byte_ms, first_content_ms, total_ms)
  VALUES (@exchangeId, @number, @nodeId, @nodeName, @keyId, @model, @reason, @probe, @outcome, @status, @message,
    @startedAtMs, @connectMs, @firstByteMs, @firstContentMs, @totalMs)
  ON CONFLICT (exchange_id, number) DO NOTHING`
const INSERT_DECISION = `
  INSERT INTO decisions (id, at_ms, kind, node_id, exchange_id, text)
  VALUES (@id, @atMs, @kind, @nodeId, @exchangeId, @text)
  ON CONFLICT (id) DO NOTHING`

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
  const insertExchange = connection.prepare<[Row]>(INSERT_EXCHANGE)
  const insertAttempt = connection.prepare<[Row]>(INSERT_ATTEMPT)
  const insertDecision = connection.prepare<[Row]>(INSERT_DECISION)
  return {
    writeLedger: connection.transaction((batch: LedgerBatch) => {
      for (const exchange of batch.exchanges) {
        insertExchange.run(toExchangeRow(exchange))
        for (const attempt of exchange.attempts) {
          insertAttempt.run({ ...attempt, exchangeId: exchange.id, probe: toFlag(attempt.probe) })
        }
      }
      for (const decision of batch.decisions) insertDecision.run(decision)
    }).immediate,
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

function toExchangeRow({ usage, attempts: _, ...exchange }: ExchangeRecord): Row {
  return {
    ...exchange,
    stream: toFlag(exchange.stream),
    usageInput: usage?.input ?? null,
    usageOutput: usage?.output ?? null,
    usageCacheRead: usage?.cacheRead ?? null,
    usageCacheWrite5m: usage?.cacheWrite5m ?? null,
    usageCacheWrite1h: usage?.cacheWrite1h ?? null,
    usageEstimated: usage === null ? null : toFlag(usage.estimated),
  }
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
