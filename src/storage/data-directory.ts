// Makes sure the data directory is there, is ours alone and can be written, before anything is opened in it.
import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { speak } from '../shared/text/speak.ts'
import { DataDirectoryError } from './data-directory-error.ts'
import { errorCode } from './error-code.ts'
import { createPrivateFile, PRIVATE_DIRECTORY_MODE } from './private-file.ts'

export { DataDirectoryError } from './data-directory-error.ts'

/** For the small files other rings keep in the directory; they know this door only. */
export { writePrivateFile } from './private-file.ts'
export { tidyDataDirectory } from './tidy-data-directory.ts'

/** One of them is there from the first start on. */
const OUR_FILES: ReadonlySet<string> = new Set(['switchyard.db', 'vault.key', 'vault.json', 'daemon.lock'])
/** Every ext4 volume has it at its top, and a volume of its own is a fine data directory. */
const NOBODYS_FILES: ReadonlySet<string> = new Set(['lost+found'])

/** The shells call it first. Creates `path` 0700, or repairs a wider mode of ours. Rejects with a DataDirectoryError. */
export async function prepareDataDirectory(path: string): Promise<void> {
  const directory = resolve(path)
  const entry = await findOrCreate(directory)
  if (entry.isSymbolicLink() && isForeign(entry)) {
    throw new DataDirectoryError('foreign-link', speak('data-directory-foreign-link', { directory }))
  }
  const target = await follow(directory)
  if (target?.isDirectory() !== true) {
    throw new DataDirectoryError('not-a-directory', speak('data-directory-not-one', { directory }))
  }
  await makePrivate(directory, target)
  await assertWritable(directory)
}

async function findOrCreate(directory: string): Promise<Stats> {
  try {
    const found = await lstatOrNull(directory)
    if (found !== null) return found
    await makeWithParents(directory)
    return await lstat(directory)
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw new DataDirectoryError('not-a-directory', speak('data-directory-path-blocked', { directory }))
    }
    throw new DataDirectoryError('unwritable', speak('data-directory-not-created', { directory, code }))
  }
}

/** Node's recursive mkdir never ends where a parent that exists answers ENOENT, as /proc does: here each is tried once. */
async function makeWithParents(directory: string): Promise<void> {
  try {
    await mkdir(directory, PRIVATE_DIRECTORY_MODE)
  } catch (cause) {
    const parent = dirname(directory)
    if (errorCode(cause) !== 'ENOENT' || parent === directory || (await lstatOrNull(parent)) !== null) throw cause
    await makeWithParents(parent)
    await mkdir(directory, PRIVATE_DIRECTORY_MODE)
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

/** Null for a link that leads nowhere. */
async function follow(directory: string): Promise<Stats | null> {
  try {
    return await stat(directory)
  } catch {
    return null
  }
}

/** Windows has no such modes; there the profile's ACL keeps others out. */
async function makePrivate(directory: string, found: Stats): Promise<void> {
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return
  // Closing a home, a project or /tmp to everybody else would break what lives there.
  if (await holdsOnlyForeignFiles(directory)) {
    const example = join(directory, 'switchyard')
    throw new DataDirectoryError('not-private', speak('data-directory-shared', { directory, example }))
  }
  try {
    await chmod(directory, PRIVATE_DIRECTORY_MODE)
  } catch (cause) {
    throw new DataDirectoryError('not-private', speak('data-directory-mode', { directory, code: errorCode(cause) }))
  }
}

async function holdsOnlyForeignFiles(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new DataDirectoryError(
      'not-private',
      speak('data-directory-unreadable', { directory, code: errorCode(cause) }),
    )
  })
  const things = names.filter((name) => !NOBODYS_FILES.has(name))
  return things.length > 0 && !things.some((name) => OUR_FILES.has(name))
}

/** By doing it: a mode says nothing about a read-only file system, a full disk or a quota. */
async function assertWritable(directory: string): Promise<void> {
  const probe = join(directory, `.write-test-${process.pid}`)
  try {
    await rm(probe, { force: true })
    await createPrivateFile(probe, new Uint8Array(1))
    await rm(probe)
  } catch (cause) {
    throw new DataDirectoryError(
      'unwritable',
      speak('data-directory-unwritable', { directory, code: errorCode(cause) }),
    )
  }
}

function isForeign(entry: Stats): boolean {
  return process.getuid !== undefined && entry.uid !== process.getuid()
}
