// Opens the writer's and the reader's SQLite connection with the pragmas of policies §9.
import { chmodSync, closeSync, constants, lstatSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { PRIVATE_FILE_MODE } from '../private-file.ts'
import { StorageError } from '../storage.ts'
import { assertNotNewer, migrate } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { toStorageError } from './sqlite-error.ts'

export type OpenDatabaseOptions = { readonly file: string; readonly busyTimeoutMs: number }

/** Older ones have a bug that can corrupt a WAL database when a write and a checkpoint race (sqlite.org/wal.html#walresetbug). */
const OLDEST_SQLITE = [3, 51, 3] as const

/** Creates the file 0600 when missing and brings it to the newest format. Throws StorageError. */
export function openWriter({ file, busyTimeoutMs }: OpenDatabaseOptions): SqliteConnection {
  return open(file, { timeout: busyTimeoutMs }, (connection) => {
    // Before anything is written: a database of a newer Switchyard must stay exactly as it is.
    assertNotNewer(connection)
    const journalMode = connection.pragma('journal_mode = WAL', { simple: true })
    if (journalMode !== 'wal') {
      const text = `The database ${file} lies on a file system without shared memory, which it needs; move the data directory to a local disk.`
      throw new StorageError('failed', text)
    }
    applyPragmas(connection)
    connection.pragma('wal_autocheckpoint = 1000')
    connection.pragma(`journal_size_limit = ${64 * 1024 * 1024}`)
    migrate(connection)
  })
}

/** The file must exist: the writer is opened first. */
export function openReader({ file, busyTimeoutMs }: OpenDatabaseOptions): SqliteConnection {
  return open(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }, applyPragmas)
}

function open(
  file: string,
  options: Database.Options,
  prepare: (connection: SqliteConnection) => void,
): SqliteConnection {
  let connection: SqliteConnection | null = null
  try {
    if (options.readonly !== true) makePrivate(file)
    connection = new Database(file, options)
    assertSqliteVersion(connection)
    prepare(connection)
    return connection
  } catch (cause) {
    connection?.close()
    throw toStorageError(cause, file)
  }
}

/**
 * The file is opened only when it does not exist yet: closing a descriptor of a database drops every POSIX lock the
 * process holds on it (sqlite.org/howtocorrupt.html §2.2), also those of the reader's connection.
 * SQLite gives the mode of the database to the log and the shared memory it creates beside it.
 */
function makePrivate(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found?.isFile() === true && (found.mode & 0o077) !== 0) chmodSync(path, PRIVATE_FILE_MODE)
    if (found === undefined && path === file) {
      closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, PRIVATE_FILE_MODE))
    }
    if (found?.isFile() === false) {
      throw new StorageError('failed', `${path} is not an ordinary file; move it away and start Switchyard again.`)
    }
  }
}

function assertSqliteVersion(connection: SqliteConnection): void {
  const version = String(connection.prepare('SELECT sqlite_version()').pluck().get())
  if (isOlder(version, OLDEST_SQLITE)) {
    const text = `SQLite ${version} is too old, Switchyard needs ${OLDEST_SQLITE.join('.')}; install its dependencies again.`
    throw new StorageError('failed', text)
  }
}

export function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part < least
  }
  return false
}

/** The reasons are in policies §9. The busy timeout is an option of the connection. */
function applyPragmas(connection: SqliteConnection): void {
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('temp_store = MEMORY')
  connection.pragma('cache_size = -40000')
  connection.pragma('mmap_size = 0')
  connection.pragma('trusted_schema = OFF')
  if (process.platform === 'darwin') {
    connection.pragma('fullfsync = ON')
    connection.pragma('checkpoint_fullfsync = ON')
  }
}
