// What is kept of the circuit breakers, one row a node, in SQL.

import { type PersistedBreaker, persistedBreakerSchema } from '../../shared/model/breaker.ts'
import type { Calls } from '../connection.ts'
import { fromFlag, type Row, toFlag } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export function createBreakerReads(connection: SqliteConnection): Calls<'loadBreakers'> {
  const select = connection.prepare<[], Row>(`
    SELECT node_id AS nodeId, state, open_until_ms AS openUntilMs, reopenings, isolated
    FROM breakers ORDER BY node_id`)
  return { loadBreakers: () => select.all().flatMap(parseIfWhole) }
}

/** Unlike a node, a damaged breaker is left out: its node starts closed, as new ones do, and the next save mends the row. */
function parseIfWhole(row: Row): readonly PersistedBreaker[] {
  const result = persistedBreakerSchema.safeParse({ ...row, isolated: fromFlag(row.isolated) })
  return result.success ? [result.data] : []
}

export function createBreakerWrites(connection: SqliteConnection): Calls<'saveBreakers'> {
  // A breaker may be saved just after its node was removed; such a row is left out rather than failing the others.
  const upsert = connection.prepare<[Row]>(`
    INSERT INTO breakers (node_id, state, open_until_ms, reopenings, isolated)
    SELECT id, @state, @openUntilMs, @reopenings, @isolated FROM nodes WHERE id = @nodeId
    ON CONFLICT (node_id) DO UPDATE SET state = excluded.state, open_until_ms = excluded.open_until_ms,
      reopenings = excluded.reopenings, isolated = excluded.isolated`)
  return {
    saveBreakers: connection.transaction((breakers: readonly PersistedBreaker[]) => {
      for (const breaker of breakers) upsert.run({ ...breaker, isolated: toFlag(breaker.isolated) })
    }).immediate,
  }
}
