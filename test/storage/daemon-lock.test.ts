// One daemon per data directory, over real processes.
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acquireDaemonLock } from '../../src/storage/daemon-lock.ts'
import { startFixture } from './start-fixture.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('the lock is given once, also within one process, and again after its release', async () => {
  const directory = await temporaryDirectory()
  const lock = acquireDaemonLock(directory)
  expect(lock).not.toBeNull()
  expect(acquireDaemonLock(directory)).toBeNull()
  lock?.release()
  lock?.release()
  const again = acquireDaemonLock(directory)
  onTestFinished(() => again?.release())
  expect(again).not.toBeNull()
  expect((await stat(join(directory, 'daemon.lock'))).mode & 0o777).toBe(0o600)
})

test('each directory has its own lock', async () => {
  const one = acquireDaemonLock(await temporaryDirectory())
  const other = acquireDaemonLock(await temporaryDirectory())
  onTestFinished(() => one?.release())
  onTestFinished(() => other?.release())
  expect([one, other]).not.toContain(null)
})

test('a lock another process holds is refused, and free the moment that process is killed', async () => {
  const directory = await temporaryDirectory()
  const holder = startFixture('hold-daemon-lock.ts', directory)
  expect(await holder.nextLine()).toBe('held')
  expect(acquireDaemonLock(directory)).toBeNull()
  await holder.kill()
  const lock = acquireDaemonLock(directory)
  onTestFinished(() => lock?.release())
  expect(lock).not.toBeNull()
})

test('a lock we hold is refused to another process, also after we failed to take it twice', async () => {
  const directory = await temporaryDirectory()
  const lock = acquireDaemonLock(directory)
  onTestFinished(() => lock?.release())
  // Closing the connection of a failed try must not drop the lock of the first.
  expect(acquireDaemonLock(directory)).toBeNull()
  expect(acquireDaemonLock(directory)).toBeNull()
  const rival = startFixture('hold-daemon-lock.ts', directory)
  expect(await rival.nextLine()).toBe('refused')
})

test('a lock file that is unusable is an error, not a lock', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'daemon.lock'), 'not a database at all, but long enough to be read as one'.repeat(20))
  expect(() => acquireDaemonLock(directory)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  expect(() => acquireDaemonLock(join(directory, 'missing'))).toThrow(expect.objectContaining({ code: 'failed' }))
})
