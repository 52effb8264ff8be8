// Client keys by their hash, in SQL. The token itself never gets here.
import { z } from 'zod'
import { clientKeySchema, type HashedClientKey } from '../../shared/model/client-key.ts'
import type { Calls } from '../connection.ts'
import { StorageError } from '../storage.ts'
import { createRowParser, fromFlag, type Row, toFlag } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const hashedClientKeySchema = z.strictObject({ ...clientKeySchema.shape, sha256: z.string().regex(/^[0-9a-f]{64}$/) })

export function createClientKeyReads(connection: SqliteConnection): {
  readonly loadClientKeys: () => readonly HashedClientKey[]
} {
  const select = connection.prepare<[], Row>(`
    SELECT id, name, pool, last4, enabled, created_at_ms AS createdAtMs, sha256
    FROM client_keys ORDER BY created_at_ms, rowid`)
  const parse = createRowParser(connection, 'client key', hashedClientKeySchema)
  return { loadClientKeys: () => select.all().map((row) => parse({ ...row, enabled: fromFlag(row.enabled) })) }
}

export function createClientKeyWrites(connection: SqliteConnection): Calls<'insertClientKey' | 'removeClientKey'> {
  const sameName = connection.prepare<[string], string>('SELECT name FROM client_keys WHERE name = ?').pluck()
  const insert = connection.prepare<[Row]>(`
    INSERT INTO client_keys (id, name, pool, last4, enabled, created_at_ms, sha256)
    VALUES (@id, @name, @pool, @last4, @enabled, @createdAtMs, @sha256)`)
  const remove = connection.prepare<[string]>('DELETE FROM client_keys WHERE id = ?')

  return {
    insertClientKey: connection.transaction((key: HashedClientKey) => {
      const taken = sameName.get(key.name)
      if (taken !== undefined) {
        throw new StorageError('duplicate-name', `There is already a client key named "${taken}"; choose another name.`)
      }
      insert.run({ ...key, enabled: toFlag(key.enabled) })
    }).immediate,
    removeClientKey: (id) => {
      if (remove.run(id).changes > 0) return
      throw new StorageError(
        'not-found',
        `There is no client key with the id ${id}; it may have been revoked just now.`,
      )
    },
  }
}
