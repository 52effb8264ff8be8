// Status, stop, explain, events and recent exchanges through the control plane.
import { expect, test } from 'vitest'
import { sampleExchange } from '../storage/samples.ts'
import { eventsOf } from './events-of.ts'
import { openTestHost, rejection } from './open-test-host.ts'

test('the status says who runs, where, and how it goes', async () => {
  const { client, host, engine, directory } = await openTestHost()
  engine.setCounts({ inFlight: 1, total: 9, succeeded: 7, failed: 2, withFailedAttempt: 3 })
  expect(await client.status()).toEqual({
    version: '0.0.0-test',
    instanceId: host.instanceId,
    pid: process.pid,
    startedAtMs: expect.any(Number),
    dataDirectory: directory,
    proxyUrl: `http://127.0.0.1:${host.proxyPort}`,
    controlUrl: 'http://127.0.0.1:4781',
    draining: false,
    inFlight: 1,
    exchanges: { total: 9, succeeded: 7, failed: 2, withFailedAttempt: 3 },
    unwrittenRecords: 0,
    storage: { ok: true, message: null },
    vault: { protection: 'key-file', state: 'open', message: null, sealed: 0 },
    nodes: [],
  })
})

test('records that the database does not take show in the status', async () => {
  const { client, host, engine, storage } = await openTestHost()
  storage.fail('full', ['writeLedger'])
  engine.options().ports.ledger.recordExchange(sampleExchange())
  await client.exchanges.recent({})
  expect(host.status()).toMatchObject({ unwrittenRecords: 1, storage: { ok: false, message: 'The database is full.' } })
  storage.fail(null)
  expect(await client.exchanges.recent({})).toHaveLength(1)
  expect(host.status()).toMatchObject({ unwrittenRecords: 0, storage: { ok: true, message: null } })
})

test('an exchange can be asked for as soon as it is settled, newest first', async () => {
  const { client, engine } = await openTestHost()
  const { ledger } = engine.options().ports
  ledger.recordExchange(sampleExchange({ id: 'older', startedAtMs: 1_790_000_000_000 }))
  ledger.recordExchange(sampleExchange({ id: 'newer', startedAtMs: 1_790_000_000_500 }))
  const recent = await client.exchanges.recent({ limit: 10 })
  expect(recent.map(({ id }) => id)).toEqual(['newer', 'older'])
  expect(recent[1]).toEqual(sampleExchange({ id: 'older', startedAtMs: 1_790_000_000_000 }))
  expect(await client.exchanges.recent({ limit: 1 })).toHaveLength(1)
})

test('exchanges that cannot be read are answered with the reason', async () => {
  const { client, storage } = await openTestHost()
  storage.fail('corrupt', ['recentExchanges'])
  const error = await rejection(client.exchanges.recent({}))
  expect(error).toEqual({ code: 'STORAGE_UNAVAILABLE', status: 503, message: 'The database is corrupt.' })
})

test('explain asks the engine about the default pool', async () => {
  const { client } = await openTestHost({ demo: 'if-empty' })
  expect(await client.explain({ model: 'claude-x' })).toMatchObject({
    pools: ['default'],
    model: 'claude-x',
    chosen: 'sim-a',
  })
})

test('explain of an unknown pool names the pools', async () => {
  const { client } = await openTestHost()
  const error = await rejection(client.explain({ model: 'claude-x', pool: 'defualt' }))
  expect(error).toEqual({
    code: 'NOT_FOUND',
    status: 404,
    message: 'There is no pool "defualt". Did you mean "default"?',
  })
})

test('events come live and end with the host', async () => {
  const { client, host, engine } = await openTestHost()
  const events = await client.events()
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const event of eventsOf(events)) seen.push(event)
  })()
  await client.clientKeys.create({ name: 'laptop' })
  await host.stop()
  await reading
  expect(seen).toMatchObject([{ type: 'decisionMade', decision: { kind: 'client-key-created' } }])
  expect(engine.stops()).toEqual([10_000])
})

test('events end when the caller goes away', async () => {
  const { client } = await openTestHost()
  const abort = new AbortController()
  const events = await client.events(undefined, { signal: abort.signal })
  expect((await events.next()).value).toMatchObject({ gap: true })
  const waiting = events.next()
  abort.abort()
  expect((await waiting).done).toBe(true)
})

test('stop answers with the pid at once and asks the shell to stop', async () => {
  const { client, host } = await openTestHost()
  expect(await client.stop()).toEqual({ pid: process.pid })
  await host.stopRequested
  expect(host.status().draining).toBe(true)
})

test('a fault nobody foresaw is logged, and the caller learns no detail', async () => {
  const { client, engine, logText } = await openTestHost()
  engine.setCounts({ inFlight: -1, total: 0, succeeded: 0, failed: 0, withFailedAttempt: 0 })
  const error = await rejection(client.status())
  expect(error.code).toBe('INTERNAL_SERVER_ERROR')
  expect(logText()).toContain('[control]')
})

test('an answer that does not fit the contract is told to the log by what is wrong with it, without the answer', async () => {
  const { client, engine, directory, logText } = await openTestHost()
  engine.setCounts({ inFlight: -1, total: 0, succeeded: 0, failed: 0, withFailedAttempt: 0 })
  await expect(client.status()).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
  expect(logText()).toMatch(/A control request failed: Output validation failed .*inFlight/)
  expect(logText()).not.toContain(directory)
})
