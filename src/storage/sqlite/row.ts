// The border between SQLite's rows and our models: what does not fit its schema is a `corrupt` error, never half an object.
import type { z } from 'zod'
import { StorageError } from '../storage.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { backupDirectory } from './sqlite-error.ts'

/** Column names (as aliased in the statement) to values, not yet looked at. */
export type Row = Readonly<Record<string, unknown>>

export type RowParser<Model> = (value: unknown) => Model

/** `what` names the row in the message: "node", "setting". Values are left out of it, for they may be secret. */
export function createRowParser<Model>(
  connection: SqliteConnection,
  what: string,
  schema: z.ZodType<Model>,
): RowParser<Model> {
  return (value) => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const [issue] = result.error.issues
    const reason = issue === undefined ? 'unreadable' : `${issue.path.join('.')}: ${issue.message}`
    const text = `A ${what} in the database ${connection.name} is damaged (${reason}); stop Switchyard and put a backup from ${backupDirectory(connection.name)} in its place.`
    throw new StorageError('corrupt', text)
  }
}

/** SQLite has no booleans. Anything but 0 and 1 is left as it is, for the schema to refuse. */
export function fromFlag(value: unknown): unknown {
  if (value === 0) return false
  if (value === 1) return true
  return value
}

export function toFlag(value: boolean): 0 | 1 {
  return value ? 1 : 0
}

/** Text that is not JSON becomes undefined, which every schema of ours refuses. */
export function fromJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A copy of its own memory: better-sqlite3 hands out Buffers, and posting a pooled one would post its whole pool. */
export function fromBlob(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}
