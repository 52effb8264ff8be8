// Worker threads that die, hang or cannot start: what waits is rejected, what comes next works.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { WriteMethod } from '../../src/storage/connection.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { createWorkerClient, type WorkerClientOptions } from '../../src/storage/worker-client.ts'
import { containing } from './containing.ts'
import { sampleExchange, sampleNode } from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const mortalWorker = new URL('./fixtures/mortal-worker.ts', import.meta.url)
/** Names the mortal worker acts on instead of storing them. */
const DIE = 'die'
const HANG = 'hang'

async function startClient(overrides: Partial<WorkerClientOptions> = {}) {
  const file = join(await temporaryDirectory(), 'switchyard.db')
  const client = createWorkerClient<WriteMethod>({
    workerUrl: mortalWorker,
    workerData: { file, role: 'writer', busyTimeoutMs: 20 },
    ...overrides,
  })
  onTestFinished(() => client.close().catch(() => undefined))
  return client
}

test('when a worker dies, everything pending rejects and the next call works, with what was acknowledged', async () => {
  const directory = await temporaryDirectory()
  const storage = await openStorage({ directory, workerUrl: mortalWorker })
  onTestFinished(() => storage.close())
  await storage.saveSettings({ before: 1 })
  const fatal = storage.saveSettings({ [DIE]: 1 })
  const pending = storage.writeLedger({ exchanges: [sampleExchange()], decisions: [] })
  const outcomes = await Promise.allSettled([fatal, pending])
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StorageError', code: 'failed' } })
  }
  await storage.writeLedger({ exchanges: [sampleExchange()], decisions: [] })
  expect(await storage.recentExchanges(10)).toHaveLength(1)
  expect(await storage.loadSettings()).toEqual({ before: 1 })
})

test('a reader that dies does not disturb the writer, and comes back', async () => {
  const directory = await temporaryDirectory()
  const storage = await openStorage({ directory, workerUrl: mortalWorker })
  onTestFinished(() => storage.close())
  const [dying, inserted] = await Promise.allSettled([storage.loadPool(DIE), storage.insertNode(sampleNode(), [])])
  expect(dying).toMatchObject({
    status: 'rejected',
    reason: { code: 'failed', message: containing('ended unexpectedly') },
  })
  expect(inserted.status).toBe('fulfilled')
  expect((await storage.loadRegistry()).nodes).toHaveLength(1)
})

test('a worker that keeps dying is started five times in a minute, and again a minute later', async () => {
  let nowMs = 0
  const client = await startClient({ monotonicMs: () => nowMs })
  for (let start = 1; start <= 5; start += 1) {
    await expect(client.call('saveSettings', { [DIE]: 1 })).rejects.toMatchObject({
      message: containing('ended unexp'),
    })
  }
  await expect(client.call('saveSettings', { a: 1 })).rejects.toMatchObject({
    code: 'failed',
    message: containing('5 times within a minute'),
  })
  nowMs = 60_000
  await client.call('saveSettings', { a: 1 })
})

test('a call that is not answered in time is busy, and its late answer disturbs nobody', async () => {
  const client = await startClient({ callTimeoutMs: 100 })
  await client.open()
  await expect(client.call('saveSettings', { [HANG]: 1 })).rejects.toMatchObject({
    code: 'busy',
    message: containing('did not answer "saveSettings" within 0.1 s'),
  })
})

test('a value that cannot be sent to a thread is refused at once', async () => {
  const client = await startClient()
  await expect(client.call('saveSettings', { callback: () => 1 })).rejects.toMatchObject({
    code: 'failed',
    message: containing('cannot be stored'),
  })
  await client.call('saveSettings', { a: 1 })
})

test('a worker whose code is missing is an error of opening', async () => {
  const directory = await temporaryDirectory()
  const workerUrl = new URL('./fixtures/no-such-worker.ts', import.meta.url)
  await expect(openStorage({ directory, workerUrl })).rejects.toMatchObject({
    code: 'failed',
    message: containing('no-such-worker.ts'),
  })
})

test('what is wrong with the database reaches the caller of openStorage with its code', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'switchyard.db'), 'no database. '.repeat(1000))
  await expect(openStorage({ directory })).rejects.toMatchObject({ name: 'StorageError', code: 'corrupt' })
})

test('a client that was never used, or whose worker is dead, closes at once; a closed one refuses', async () => {
  const unused = await startClient()
  await unused.close()
  await expect(unused.call('saveSettings', { a: 1 })).rejects.toMatchObject({ code: 'closed' })
  const dead = await startClient()
  await expect(dead.call('saveSettings', { [DIE]: 1 })).rejects.toMatchObject({ code: 'failed' })
  await dead.close()
})
