// What a start puts right in its data directory once it holds the lock.
import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tidyDataDirectory } from '../../src/storage/tidy-data-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const isWindows = process.platform === 'win32'
/** Above what any system gives a process. */
const DEAD_PID = 2 ** 30

async function modeOf(directory: string, name: string): Promise<number> {
  return (await stat(join(directory, name))).mode & 0o777
}

async function put(directory: string, name: string): Promise<void> {
  const path = join(directory, name)
  await writeFile(path, 'x')
  // Whatever the umask of the test is.
  await chmod(path, 0o644)
}

test.skipIf(isWindows)('what is ours is private again, and nothing else is touched', async () => {
  const directory = await temporaryDirectory()
  for (const name of ['backups', 'logs', 'elsewhere']) {
    await mkdir(join(directory, name))
    await chmod(join(directory, name), 0o755)
  }
  const ours = [
    'daemon.lock',
    'vault.key',
    'vault.key.next',
    'vault.json',
    'vault.json.next',
    'vault.json.aside-20260101T000000000Z',
    'vault.key.next.aside-20260101T000000000Z',
    'control-token',
    'daemon.json',
    'switchyard.db',
    'switchyard.db-wal',
    'switchyard.db-shm',
    'backups/switchyard-v1-20260101T000000000Z.db',
    'logs/switchyard.log',
  ]
  const foreign = ['notes.txt', 'elsewhere/switchyard.db', 'logs/notes.txt', 'backups/notes.txt']
  for (const name of [...ours, ...foreign]) await put(directory, name)
  await tidyDataDirectory(directory)
  for (const name of ours) expect([name, await modeOf(directory, name)]).toEqual([name, 0o600])
  for (const name of foreign) expect([name, await modeOf(directory, name)]).toEqual([name, 0o644])
  for (const name of ['backups', 'logs']) expect([name, await modeOf(directory, name)]).toEqual([name, 0o700])
  expect(await modeOf(directory, 'elsewhere')).toBe(0o755)
})

test.skipIf(isWindows)('a stricter mode stays', async () => {
  const directory = await temporaryDirectory()
  await put(directory, 'vault.key')
  await chmod(join(directory, 'vault.key'), 0o400)
  await tidyDataDirectory(directory)
  expect(await modeOf(directory, 'vault.key')).toBe(0o400)
})

test.skipIf(isWindows)('what a link leads to is not touched', async () => {
  const directory = await temporaryDirectory()
  const outside = await temporaryDirectory()
  await chmod(outside, 0o755)
  await put(outside, 'other.db')
  await symlink(outside, join(directory, 'backups'))
  await symlink(join(outside, 'other.db'), join(directory, 'switchyard.db'))
  await tidyDataDirectory(directory)
  expect(await modeOf(outside, '.')).toBe(0o755)
  expect(await modeOf(outside, 'other.db')).toBe(0o644)
})

test('temporary files of a crash are removed, others stay', async () => {
  const directory = await temporaryDirectory()
  const leftovers = [
    '.control-token.0123456789abcdef.tmp',
    '.vault.key.0123456789abcdef.tmp',
    '.daemon.json.0123456789abcdef.tmp',
    `.write-test-${DEAD_PID}`,
    `..write-test-${DEAD_PID}.0123456789abcdef.tmp`,
  ]
  // A process that is starting has not asked for the lock yet.
  const kept = ['.notes.tmp', '.config.json.0123456789abcdef.tmp', `.write-test-${process.pid}`, 'vault.key']
  for (const name of [...leftovers, ...kept]) await put(directory, name)
  await tidyDataDirectory(directory)
  expect((await readdir(directory)).toSorted()).toEqual(kept.toSorted())
})

test('a leftover that cannot be removed, and a directory that cannot be read, are said', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, '.vault.key.0123456789abcdef.tmp'))
  await expect(tidyDataDirectory(directory)).rejects.toMatchObject({ name: 'DataDirectoryError', code: 'unwritable' })
  await rm(directory, { recursive: true })
  await expect(tidyDataDirectory(directory)).rejects.toMatchObject({ name: 'DataDirectoryError', code: 'not-private' })
})
