// Which data key the database is sealed with, and sealing everything anew, in SQL.
import type { Calls } from '../connection.ts'
import { type SealedReplacement, StorageError } from '../storage.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export function createVaultReads(connection: SqliteConnection): Calls<'loadVaultKeyId'> {
  const select = connection.prepare<[], string>('SELECT key_id FROM vault').pluck()
  return { loadVaultKeyId: () => select.get() ?? null }
}

export function createVaultWrites(connection: SqliteConnection): Calls<'replaceSealed'> {
  const setKeyId = connection.prepare<[string]>(
    'INSERT INTO vault (only, key_id) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET key_id = excluded.key_id',
  )
  const updateKey = connection.prepare<[Uint8Array, string]>('UPDATE node_keys SET sealed = ? WHERE id = ?')
  const updateSecret = connection.prepare<[Uint8Array, string]>('UPDATE secrets SET sealed = ? WHERE owner = ?')
  const sealed = connection
    .prepare<[], number>('SELECT (SELECT count(*) FROM node_keys) + (SELECT count(*) FROM secrets)')
    .pluck()

  return {
    replaceSealed: connection.transaction(({ keyId, keys, secrets }: SealedReplacement) => {
      const changed = [
        ...keys.map((key) => updateKey.run(key.sealed, key.id).changes),
        ...secrets.map((secret) => updateSecret.run(secret.sealed, secret.owner).changes),
      ].reduce((sum, changes) => sum + changes, 0)
      // One that was left out would stay sealed with a data key that is about to be thrown away.
      if (changed !== keys.length + secrets.length || changed !== sealed.get()) {
        throw new StorageError('failed', 'The stored keys changed while they were being sealed anew; try again.')
      }
      setKeyId.run(keyId)
    }).immediate,
  }
}
