// Makes sure the data directory is there, is ours alone and can be written, before anything is opened in it.
import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DataDirectoryError } from './data-directory-error.ts'
import { createPrivateFile, PRIVATE_DIRECTORY_MODE } from './private-file.ts'

export { DataDirectoryError } from './data-directory-error.ts'

/** For the small files other rings keep in the directory; they know this door only. */
export { writePrivateFile } from './private-file.ts'
export { tidyDataDirectory } from './tidy-data-directory.ts'

/** One of them is there from the first start on. */
const OUR_FILES: ReadonlySet<string> = new Set(['switchyard.db', 'vault.key', 'daemon.lock'])
/** Every ext4 volume has it at its top, and a volume of its own is a fine data directory. */
const NOBODYS_FILES: ReadonlySet<string> = new Set(['lost+found'])

/** The shells call it first. Creates `path` 0700, or repairs a wider mode of ours. Rejects with a DataDirectoryError. */
export async function prepareDataDirectory(path: string): Promise<void> {
  const directory = resolve(path)
  const entry = await findOrCreate(directory)
  if (entry.isSymbolicLink() && isForeign(entry)) {
    const text = `The data directory ${directory} is a link that belongs to another user, who could point it elsewhere; remove it or choose another directory.`
    throw new DataDirectoryError('foreign-link', text)
  }
  const target = await follow(directory)
  if (target?.isDirectory() !== true) {
    const text = `The data directory ${directory} is not a directory; move away what is there or choose another directory.`
    throw new DataDirectoryError('not-a-directory', text)
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
      const text = `The data directory ${directory} cannot be created because something in its path is not a directory; choose another directory.`
      throw new DataDirectoryError('not-a-directory', text)
    }
    const text = `The data directory ${directory} cannot be created (${code}); create it for your user or choose another directory.`
    throw new DataDirectoryError('unwritable', text)
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
    const text = `The data directory ${directory} holds other files and can be read by other users; choose a directory of its own for Switchyard, for example ${join(directory, 'switchyard')}.`
    throw new DataDirectoryError('not-private', text)
  }
  try {
    await chmod(directory, PRIVATE_DIRECTORY_MODE)
  } catch (cause) {
    const text = `The data directory ${directory} can be read by other users and its mode cannot be changed (${errorCode(cause)}); make it yours (chown) with mode 0700 or choose another directory.`
    throw new DataDirectoryError('not-private', text)
  }
}

async function holdsOnlyForeignFiles(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((cause: unknown) => {
    const text = `The data directory ${directory} cannot be read (${errorCode(cause)}); make it yours (chown) with mode 0700 or choose another directory.`
    throw new DataDirectoryError('not-private', text)
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
    const text = `The data directory ${directory} cannot be written (${errorCode(cause)}); make it writable for your user, free disk space, or choose another directory.`
    throw new DataDirectoryError('unwritable', text)
  }
}

function isForeign(entry: Stats): boolean {
  return process.getuid !== undefined && entry.uid !== process.getuid()
}

function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
