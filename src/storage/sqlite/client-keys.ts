// Client keys by their hash, in SQL. The token itself never gets here.
import { z } from 'zod'
import { clientKeySchema, type HashedClientKey } from '../../shared/model/client-key.ts'
import type { Calls } from '../connection.ts'
import { StorageError } from '../storage.ts'
import { createRowParser, fromFlag, fromJson, type Row, toFlag } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const hashedClientKeySchema = z.strictObject({ ...clientKeySchema.shape, sha256: z.string().regex(/^[0-9a-f]{64}$/) })

export function createClientKeyReads(connection: SqliteConnection): {
  readonly loadClientKeys: () => readonly HashedClientKey[]
} {
  const select = connection.prepare<[], Row>(`
    SELECT id, name, pools, models, pinned_node_id AS pinnedNodeId, pinned_strict AS pinnedStrict,
      expires_at_ms AS expiresAtMs, last4, enabled, created_at_ms AS createdAtMs, sha256
    FROM client_keys ORDER BY created_at_ms, rowid`)
  const parse = createRowParser(connection, 'client key', hashedClientKeySchema)
  const toKey = ({ pinnedNodeId, pinnedStrict, ...row }: Row): HashedClientKey =>
    parse({
      ...row,
      pools: fromJson(row.pools),
      models: fromJson(row.models),
      pinned: pinnedNodeId === null ? null : { nodeId: pinnedNodeId, strict: fromFlag(pinnedStrict) },
      enabled: fromFlag(row.enabled),
    })
  return { loadClientKeys: () => select.all().map(toKey) }
}

export function createClientKeyWrites(
  connection: SqliteConnection,
): Calls<'insertClientKey' | 'updateClientKey' | 'removeClientKey'> {
  const sameName = connection
    .prepare<[string, string], string>('SELECT name FROM client_keys WHERE name = ? AND id <> ?')
    .pluck()
  const insert = connection.prepare<[Row]>(`
    INSERT INTO client_keys (id, name, pools, models, pinned_node_id, pinned_strict, expires_at_ms, last4, enabled,
      created_at_ms, sha256)
    VALUES (@id, @name, @pools, @models, @pinnedNodeId, @pinnedStrict, @expiresAtMs, @last4, @enabled, @createdAtMs,
      @sha256)`)
  // What a key is recognised by never changes.
  const update = connection.prepare<[Row]>(`
    UPDATE client_keys SET name = @name, pools = @pools, models = @models, pinned_node_id = @pinnedNodeId,
      pinned_strict = @pinnedStrict, expires_at_ms = @expiresAtMs, enabled = @enabled
    WHERE id = @id`)
  const remove = connection.prepare<[string]>('DELETE FROM client_keys WHERE id = ?')

  return {
    insertClientKey: connection.transaction((key: HashedClientKey) => {
      refuseTakenName(key)
      insert.run(toRow(key))
    }).immediate,
    updateClientKey: connection.transaction((key: HashedClientKey) => {
      refuseTakenName(key)
      if (update.run(toRow(key)).changes === 0) throw notFound(key.id)
    }).immediate,
    removeClientKey: (id) => {
      if (remove.run(id).changes === 0) throw notFound(id)
    },
  }

  function refuseTakenName({ name, id }: HashedClientKey): void {
    const taken = sameName.get(name, id)
    if (taken === undefined) return
    throw new StorageError('duplicate-name', `There is already a client key named "${taken}"; choose another name.`)
  }
}

function toRow({ pinned, ...key }: HashedClientKey): Row {
  return {
    ...key,
    pools: JSON.stringify(key.pools),
    models: JSON.stringify(key.models),
    pinnedNodeId: pinned?.nodeId ?? null,
    pinnedStrict: toFlag(pinned?.strict ?? false),
    enabled: toFlag(key.enabled),
  }
}

function notFound(id: string): StorageError {
  return new StorageError('not-found', `There is no client key with the id ${id}; it may have been revoked just now.`)
}
