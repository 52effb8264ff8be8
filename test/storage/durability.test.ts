// Acknowledged means kept: a process that is killed in the middle of writing loses nothing it said was written.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openStorage } from '../../src/storage/open-storage.ts'
import { startFixture } from './start-fixture.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('after kill -9 every acknowledged record is in the database, which opens clean', { timeout: 30_000 }, async () => {
  const directory = await temporaryDirectory()
  const writer = startFixture('write-ledger.ts', directory)
  const acknowledged: string[] = []
  while (acknowledged.length < 300) acknowledged.push(...(await writer.nextLine()).split(' '))
  for (const line of await writer.kill()) acknowledged.push(...line.split(' '))

  const storage = await openStorage({ directory })
  onTestFinished(() => storage.close())
  const records = await storage.recentExchanges(10_000)
  const kept = new Set(records.map(({ id }) => id))
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  // A batch is there whole or not at all, and each exchange with all its attempts.
  expect(records.length % 5).toBe(0)
  expect(records.every(({ attempts }) => attempts.length === 2)).toBe(true)
  const check = new Database(join(directory, 'switchyard.db'), { readonly: true })
  onTestFinished(() => {
    check.close()
  })
  expect(check.pragma('integrity_check', { simple: true })).toBe('ok')
})
