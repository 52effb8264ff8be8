// Puts right what an earlier run, a copy or a restore left in the data directory: modes too wide, files of a crash.
import type { Stats } from 'node:fs'
import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { speak } from '../shared/text/speak.ts'
import { DataDirectoryError } from './data-directory-error.ts'
import { errorCode } from './error-code.ts'
import { PRIVATE_DIRECTORY_MODE, PRIVATE_FILE_MODE } from './private-file.ts'

/**
 * Only for who holds the daemon lock: the temporary files of a running daemon must not be touched.
 * Rejects with a DataDirectoryError `not-private` or `unwritable`.
 */
export async function tidyDataDirectory(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    const path = join(directory, name)
    if (isLeftover(name)) await remove(path)
    else if (ourFiles.test(name)) await repairFile(path)
    else await repairDirectory(path, ourDirectories.get(name))
  }
}

/** The database with its log and shared memory, and copies a user made of it. */
const ourFiles = /^(daemon\.lock|vault\.(key|json)(\.next)?(\.aside-\w+)?|control-token|daemon\.json|switchyard\.db.*)$/

/** Which files in them are ours. */
const ourDirectories: ReadonlyMap<string, RegExp> = new Map([
  ['backups', /\.db(\.partial)?$/],
  ['logs', /\.log$/],
])

/** As private-file.ts names them. */
const temporaryFile = /^\.(control-token|vault\.(?:key|json)(?:\.next)?|daemon\.json)\.[0-9a-f]+\.tmp$/
/** Of `assertWritable`, and what private-file.ts makes of it; group 1 is the process. */
const writeTest = /^(?:\.write-test-(\d+)|\.\.write-test-(\d+)\.[0-9a-f]+\.tmp)$/

function isLeftover(name: string): boolean {
  if (temporaryFile.test(name)) return true
  const test = writeTest.exec(name)
  // A process that is starting tests before it asks for the lock; it must hear who holds it, not that its file is gone.
  return test !== null && !isAlive(Number(test[1] ?? test[2]))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: it is there and belongs to another user.
    return errorCode(cause) === 'EPERM'
  }
}

async function repairDirectory(path: string, ourNames: RegExp | undefined): Promise<void> {
  if (ourNames === undefined) return
  const found = await lstatOrNull(path)
  // A link leads to a place that the user chose and that may hold other things.
  if (found?.isDirectory() !== true) return
  await repairMode(path, { found, mode: PRIVATE_DIRECTORY_MODE })
  for (const name of await namesIn(path)) if (ourNames.test(name)) await repairFile(join(path, name))
}

async function repairFile(path: string): Promise<void> {
  const found = await lstatOrNull(path)
  if (found?.isFile() === true) await repairMode(path, { found, mode: PRIVATE_FILE_MODE })
}

type Repair = { readonly found: Stats; readonly mode: number }

/** By name, never by a descriptor: closing one of the database or the lock file would drop SQLite's locks on it. */
async function repairMode(path: string, { found, mode }: Repair): Promise<void> {
  // Windows has no such modes; there the profile's ACL keeps others out.
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return
  try {
    await chmod(path, mode)
  } catch (cause) {
    // Another program that has the database open takes log and shared memory away when it ends.
    if (errorCode(cause) === 'ENOENT') return
    const words = { path, code: errorCode(cause), mode: `0${mode.toString(8)}` }
    throw new DataDirectoryError('not-private', speak('data-file-mode', words))
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw new DataDirectoryError('unwritable', speak('data-file-leftover', { path, code: errorCode(cause) }))
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    throw new DataDirectoryError('not-private', speak('data-file-unreadable', { directory, code: errorCode(cause) }))
  }
}

async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null
    throw cause
  }
}
