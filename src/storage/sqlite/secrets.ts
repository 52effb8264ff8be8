// Sealed secrets that are no node key, in SQL: proxy passwords, by owner.
import { z } from 'zod'
import type { Calls } from '../connection.ts'
import type { SealedSecret } from '../storage.ts'
import { createRowParser, fromBlob, type Row } from './row.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const sealedSecretSchema = z.strictObject({ owner: z.string(), sealed: z.instanceof(Uint8Array) })

export function createSecretReads(connection: SqliteConnection): {
  readonly loadSecrets: () => readonly SealedSecret[]
} {
  const select = connection.prepare<[], Row>('SELECT owner, sealed FROM secrets ORDER BY owner')
  const parse = createRowParser(connection, 'secret', sealedSecretSchema)
  return { loadSecrets: () => select.all().map((row) => parse({ ...row, sealed: fromBlob(row.sealed) })) }
}

export function createSecretWrites(connection: SqliteConnection): Calls<'saveSecret'> {
  const upsert = connection.prepare<[string, Uint8Array]>(
    'INSERT INTO secrets (owner, sealed) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET sealed = excluded.sealed',
  )
  const remove = connection.prepare<[string]>('DELETE FROM secrets WHERE owner = ?')
  return {
    saveSecret: (owner, sealed) => {
      if (sealed === null) remove.run(owner)
      else upsert.run(owner, sealed)
    },
  }
}
