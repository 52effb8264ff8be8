// Writes files only their owner may read, so that a crash leaves the old content or the new, never half of it.
import { randomBytes } from 'node:crypto'
import { constants, link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export const PRIVATE_FILE_MODE = 0o600
export const PRIVATE_DIRECTORY_MODE = 0o700

/** Replaces what is there. Rejects with Node's own error (`code` EACCES, ENOSPC, …); the old content then stays. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await writeThroughTemporary(path, Buffer.from(text, 'utf8'), (temporary) => rename(temporary, path))
}

/** Rejects with `code` EEXIST, and changes nothing, when the file is there already: link, unlike rename, never overwrites. */
export async function createPrivateFile(path: string, content: Uint8Array): Promise<void> {
  await writeThroughTemporary(path, content, (temporary) => link(temporary, path))
}

/** Replaces what is at `to`. Both names must lie in one directory. */
export async function renamePrivateFile(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncDirectory(dirname(to))
}

/** One that is not there is no error. */
export async function removePrivateFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(dirname(path))
}

async function writeThroughTemporary(
  path: string,
  content: Uint8Array,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  const directory = dirname(path)
  const temporary = join(directory, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`)
  try {
    await writeAndSync(temporary, content)
    await publish(temporary)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDirectory(directory)
}

async function writeAndSync(path: string, content: Uint8Array): Promise<void> {
  // The name cannot be guessed, and a file or link somebody put there all the same is refused, not written through.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow()
  const file = await open(path, flags, PRIVATE_FILE_MODE)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Without this a power cut can lose the name of a file whose content is safe. Windows cannot open directories. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Windows has no such flag; its symbolic links need a privilege to make. */
export function noFollow(): number {
  return process.platform === 'win32' ? 0 : constants.O_NOFOLLOW
}
