// What the database file itself says, read beside the daemon (or after it) over a connection of the test's own.
import { join } from 'node:path'
import Database from 'better-sqlite3'

export function checkDatabase(dataDirectory: string): readonly string[] {
  return reading(dataDirectory, (database) => {
    const integrity = String(database.pragma('integrity_check', { simple: true }))
    const orphans = database.pragma('foreign_key_check')
    return [
      ...(integrity === 'ok' ? [] : [`integrity_check: ${integrity}`]),
      ...(Array.isArray(orphans) && orphans.length === 0 ? [] : [`foreign_key_check: ${JSON.stringify(orphans)}`]),
    ]
  })
}

/** Each is there with its attempts: a record is written whole or not at all. */
export function checkExchanges(dataDirectory: string, acknowledged: ReadonlyMap<string, number>): readonly string[] {
  return reading(dataDirectory, (database) => {
    const rows = database
      .prepare<[], KeptExchange>(
        'SELECT id, (SELECT count(*) FROM attempts WHERE exchange_id = exchanges.id) AS attempts FROM exchanges',
      )
      .all()
    const kept = new Map(rows.map(({ id, attempts }) => [id, attempts]))
    return [...acknowledged]
      .filter(([id, attempts]) => kept.get(id) !== attempts)
      .map(([id, attempts]) => `of the exchange ${id} with ${attempts} attempts is there: ${kept.get(id) ?? 'nothing'}`)
  })
}

type KeptExchange = { readonly id: string; readonly attempts: number }

function reading(dataDirectory: string, look: (database: Database.Database) => readonly string[]): readonly string[] {
  const database = new Database(join(dataDirectory, 'switchyard.db'), { readonly: true, timeout: 5000 })
  try {
    return look(database)
  } finally {
    database.close()
  }
}
