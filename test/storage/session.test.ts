// The worker's side of a connection, beyond what the storage contract asks.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { createSession } from '../../src/storage/session.ts'
import { sampleExchange } from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a call the connection does not have is refused by name', async () => {
  const file = join(await temporaryDirectory(), 'switchyard.db')
  const session = createSession({ role: 'writer', file, busyTimeoutMs: 20 })
  expect(session.answer({ id: 7, method: 'loadRegistry', args: [] })).toMatchObject({
    id: 7,
    ok: false,
    code: 'failed',
  })
  session.answer({ id: 8, method: 'close', args: [] })
  expect(session.answer({ id: 9, method: 'open', args: [] })).toMatchObject({ id: 9, ok: false, code: 'closed' })
})

test('a database that was locked when it was first opened is tried again by the next call', async () => {
  const file = join(await temporaryDirectory(), 'switchyard.db')
  const other = new Database(file)
  other.exec('BEGIN EXCLUSIVE')
  const session = createSession({ role: 'writer', file, busyTimeoutMs: 20 })
  expect(session.answer({ id: 1, method: 'open', args: [] })).toMatchObject({ ok: false, code: 'busy' })
  other.close()
  expect(session.answer({ id: 2, method: 'saveSettings', args: [{ a: 1 }] })).toMatchObject({ ok: true })
  expect(session.answer({ id: 3, method: 'close', args: [] })).toMatchObject({ ok: true })
})

test('a reader of a database without our tables fails and keeps nothing open', async () => {
  const file = join(await temporaryDirectory(), 'switchyard.db')
  const other = new Database(file)
  other.exec('CREATE TABLE something_else (x)')
  const session = createSession({ role: 'reader', file, busyTimeoutMs: 20 })
  expect(session.answer({ id: 1, method: 'open', args: [] })).toMatchObject({ ok: false, code: 'failed' })
  other.exec('BEGIN EXCLUSIVE')
  other.close()
})

test("a close under another program's write lock resolves, and what was written is there afterwards", async () => {
  const file = join(await temporaryDirectory(), 'switchyard.db')
  const session = createSession({ role: 'writer', file, busyTimeoutMs: 20 })
  const exchanges = Array.from({ length: 200 }, (_, index) => sampleExchange({ id: `exchange-${index}` }))
  session.answer({ id: 1, method: 'writeLedger', args: [{ exchanges, decisions: [] }] })
  const other = new Database(file)
  onTestFinished(() => {
    other.close()
  })
  other.exec('BEGIN IMMEDIATE')
  expect(session.answer({ id: 2, method: 'close', args: [] })).toEqual({ id: 2, ok: true, value: undefined })
  other.exec('ROLLBACK')
  expect(other.prepare('SELECT count(*) FROM exchanges').pluck().get()).toBe(200)
})
