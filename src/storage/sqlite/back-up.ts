// Copies the database into backups/ before its format changes, and keeps the newest few copies.
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { SqliteConnection } from './sqlite-connection.ts'
import { backupDirectory } from './sqlite-error.ts'

const KEPT_BACKUPS = 3
/** Group 1 is the time, written so that the order of the text is the order of time. */
const backupName = /^switchyard-v\d+-(\d{8}T\d{9}Z)\.db$/

/** Returns the path of the copy. It has its name only once it is whole and on the disk. */
export function backUp(connection: SqliteConnection, format: number): string {
  const directory = backupDirectory(connection.name)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
  const path = join(directory, `switchyard-v${format}-${time}.db`)
  const partial = `${path}.partial`
  // VACUUM INTO takes an empty file, so the copy is 0600 from its first byte.
  closeSync(openSync(partial, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
  try {
    connection.prepare('VACUUM INTO ?').run(partial)
    sync(partial)
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
  if (process.platform !== 'win32') sync(dirname(path)) // Windows cannot open a directory.
  removeOldest(directory)
  return path
}

function removeOldest(directory: string): void {
  const names = readdirSync(directory)
  // Of a run that was killed; nothing else writes here, for there is one daemon a directory.
  for (const name of names.filter((other) => other.endsWith('.db.partial'))) rmSync(join(directory, name))
  const backups = names.flatMap((name) => {
    const time = backupName.exec(name)?.[1]
    return time === undefined ? [] : [{ name, time }]
  })
  const newestFirst = backups.toSorted((a, b) => (a.time < b.time ? 1 : -1))
  for (const { name } of newestFirst.slice(KEPT_BACKUPS)) rmSync(join(directory, name))
}

function sync(path: string): void {
  // Windows flushes only through a handle that may write.
  const descriptor = openSync(path, process.platform === 'win32' ? 'r+' : 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
