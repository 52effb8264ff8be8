// Brings a database to the newest format: refuses a newer one, backs up one that holds anything, then runs what is missing.
import { StorageError } from '../storage.ts'
import { backUp } from './back-up.ts'
import type { Migration } from './migration.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import { ground } from './migrations/0002-ground.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { backupDirectory, toStorageError } from './sqlite-error.ts'

export const migrations: readonly Migration[] = [firstTables, ground]

/** Throws StorageError; the database is then as it was. */
export function migrate(connection: SqliteConnection, list: readonly Migration[] = migrations): void {
  assertNotNewer(connection, list)
  const from = formatOf(connection)
  const missing = list.filter((migration) => migration.version > from)
  if (missing.length === 0) return
  // One backup for the run, not one a step: only formats that some Switchyard released can be gone back to.
  const backup = isEmpty(connection) ? null : backUp(connection, from)
  // Rebuilding a table would cascade through its references otherwise; the pragma does nothing inside a transaction
  // (sqlite.org/lang_altertable.html#otheralter).
  connection.pragma('foreign_keys = OFF')
  try {
    connection.transaction(runAll).immediate(connection, missing)
  } catch (cause) {
    const { code, message } = toStorageError(cause, connection.name)
    const kept = backup === null ? '' : ` A backup lies at ${backup}.`
    const text = `Bringing the database from format ${from} to ${newestOf(list)} failed and changed nothing: ${message}${kept}`
    throw new StorageError(code, text)
  } finally {
    connection.pragma('foreign_keys = ON')
  }
}

export function assertNotNewer(connection: SqliteConnection, list: readonly Migration[] = migrations): void {
  const found = formatOf(connection)
  const newest = newestOf(list)
  if (found <= newest) return
  const text = `The database ${connection.name} has format ${found}, this Switchyard knows formats up to ${newest}; install the newer Switchyard again, or restore a backup from ${backupDirectory(connection.name)}.`
  throw new StorageError('newer', text)
}

function runAll(connection: SqliteConnection, missing: readonly Migration[]): void {
  for (const migration of missing) {
    migration.up(connection)
    connection.pragma(`user_version = ${migration.version}`)
  }
  const broken = connection.prepare('SELECT count(*) FROM pragma_foreign_key_check').pluck().get()
  if (broken !== 0) throw new StorageError('corrupt', `${String(broken)} rows refer to rows that do not exist.`)
}

function formatOf(connection: SqliteConnection): number {
  return Number(connection.pragma('user_version', { simple: true }))
}

function newestOf(list: readonly Migration[]): number {
  return list.at(-1)?.version ?? 0
}

function isEmpty(connection: SqliteConnection): boolean {
  return connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
}
