// Turns what SQLite throws into a StorageError: a stable code and one sentence saying what happened to which file.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { StorageError, type StorageErrorCode } from '../storage.ts'

export const BACKUP_DIRECTORY_NAME = 'backups'

export function backupDirectory(file: string): string {
  return join(dirname(file), BACKUP_DIRECTORY_NAME)
}

export function toStorageError(cause: unknown, file: string): StorageError {
  if (cause instanceof StorageError) return cause
  if (!(cause instanceof Database.SqliteError)) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new StorageError('failed', `The database ${file} could not be used: ${reason}.`)
  }
  const code = storageErrorCode(cause.code)
  return new StorageError(code, describe(code, file, `${cause.code}: ${cause.message}`))
}

/** Extended codes say more (SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE) and begin with the primary one (sqlite.org/rescode.html). */
function storageErrorCode(sqliteCode: string): StorageErrorCode {
  const primary = sqliteCode.split('_').slice(0, 2).join('_')
  return primaryCodes.get(primary) ?? 'failed'
}

const primaryCodes: ReadonlyMap<string, StorageErrorCode> = new Map([
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
])

function describe(code: StorageErrorCode, file: string, detail: string): string {
  switch (code) {
    case 'busy':
      return `The database ${file} is locked by another program (${detail}); close what else has it open and try again.`
    case 'full':
      return `There is no space left to write the database ${file} (${detail}); free some disk space and try again.`
    case 'read-only':
      return `The database ${file} cannot be written (${detail}); make the file and its directory writable for your user.`
    case 'corrupt':
      return `The database ${file} is damaged or not a database (${detail}). ${adviceOnBackups(file)}`
    default:
      return `The database ${file} could not be read or written (${detail}); check that its directory exists, that your user may write to it and that the disk is in order.`
  }
}

/** A backup is made before the format changes, so a young database has none. Runs on the worker or at the start. */
export function adviceOnBackups(file: string): string {
  const directory = backupDirectory(file)
  // By the time at the end of the name: format 10 would come before 9 in the order of the text.
  const timeOf = (name: string) => name.slice(name.lastIndexOf('-'))
  const newest = backupNames(directory)
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
    .at(-1)
  return newest === undefined
    ? 'There is no backup: move the file away and Switchyard starts with an empty one; the nodes and local keys have to be added again.'
    : `Stop Switchyard and put a backup in its place; the newest is ${join(directory, newest)}.`
}

function backupNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.db'))
  } catch {
    // No such directory: no backup was made yet.
    return []
  }
}
