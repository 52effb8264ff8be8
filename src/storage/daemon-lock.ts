// One daemon per data directory: a lock the kernel gives back when the process dies, however it dies.
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { noFollow, PRIVATE_FILE_MODE } from './private-file.ts'
import { toStorageError } from './sqlite/sqlite-error.ts'

const LOCK_FILE_NAME = 'daemon.lock'

/** `release` is idempotent. */
export type DaemonLock = { readonly release: () => void }

/** A connection nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<Database.Database>()

/**
 * Called once at start-up, on the main thread. Null when another process (or this one) holds the lock.
 * Throws a StorageError when the lock file cannot be used. The lock is an exclusive transaction on a tiny SQLite file:
 * SQLite knows each system's file locks, and unlike a pid file it is never stale.
 */
export function acquireDaemonLock(directory: string): DaemonLock | null {
  const file = join(directory, LOCK_FILE_NAME)
  let connection: Database.Database | null = null
  try {
    createPrivate(file)
    connection = new Database(file, { timeout: 0 })
    connection.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    connection?.close()
    const error = toStorageError(cause, file)
    if (error.code === 'busy') return null
    throw error
  }
  const locked = connection
  held.add(locked)
  return {
    release: () => {
      held.delete(locked)
      locked.close()
    },
  }
}

/** Opens the file only when it is new: closing any descriptor of it would drop a lock this process holds. */
function createPrivate(file: string): void {
  try {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | noFollow()
    closeSync(openSync(file, flags, PRIVATE_FILE_MODE))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return
    throw cause
  }
}
