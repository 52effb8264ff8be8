// The ledger sink: batches, and every record exactly once whatever the database does.
import { expect, test } from 'vitest'
import { createLedgerSink, type HostLedger } from '../../src/host/ledger/ledger-sink.ts'
import type { PersistedBreaker } from '../../src/shared/model/breaker.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { type LedgerBatch, StorageError, type StorageErrorCode } from '../../src/storage/storage.ts'
import { createHeldClock, type HeldClock } from '../harness/held-clock.ts'
import { sampleBreaker, sampleDecision, sampleExchange } from '../storage/samples.ts'

type Setup = {
  readonly ledger: HostLedger
  readonly clock: HeldClock
  readonly batches: LedgerBatch[]
  readonly saved: (readonly PersistedBreaker[])[]
  readonly logged: string[]
  readonly record: (id: string) => void
  readonly writtenIds: () => readonly string[]
  /** Null: the database works. A function decides by batch. */
  refuse: StorageErrorCode | null | ((batch: LedgerBatch) => StorageErrorCode | null)
}

function setUp(settings: Partial<Settings> = {}): Setup {
  const clock = createHeldClock()
  const batches: LedgerBatch[] = []
  const saved: (readonly PersistedBreaker[])[] = []
  const logged: string[] = []
  const ledger = createLedgerSink({
    storage: {
      writeLedger: async (batch) => {
        const code = typeof setup.refuse === 'function' ? setup.refuse(batch) : setup.refuse
        if (code !== null) throw new StorageError(code, `The database is ${code}.`)
        batches.push(batch)
      },
      saveBreakers: async (breakers) => {
        if (typeof setup.refuse === 'string') throw new StorageError(setup.refuse, `The database is ${setup.refuse}.`)
        saved.push(breakers)
      },
    },
    clock,
    settings: () => ({ ...defaultSettings, ...settings }),
    log: (level, tag, message) => logged.push(`${level} [${tag}] ${message}`),
  })
  const setup: Setup = {
    ledger,
    clock,
    batches,
    saved,
    logged,
    record: (id) => ledger.recordExchange(sampleExchange({ id })),
    writtenIds: () => batches.flatMap((batch) => batch.exchanges.map(({ id }) => id)),
    refuse: null,
  }
  return setup
}

function recordMany(setup: Setup, count: number, from = 0): readonly string[] {
  const ids = Array.from({ length: count }, (_, index) => `exchange-${from + index}`)
  for (const id of ids) setup.record(id)
  return ids
}

test('records wait for their group and are written together, in order', async () => {
  const setup = setUp()
  const ids = recordMany(setup, 3)
  setup.ledger.recordDecision(sampleDecision())
  await setup.clock.advance(249)
  expect(setup.batches).toEqual([])
  await setup.clock.advance(1)
  expect(setup.batches).toHaveLength(1)
  expect(setup.writtenIds()).toEqual(ids)
  expect(setup.batches[0]?.decisions).toEqual([sampleDecision()])
  expect(setup.clock.pending()).toBe(0)
})

test('two hundred records are written at once, and never more in one commit', async () => {
  const setup = setUp()
  const ids = recordMany(setup, 450)
  await setup.clock.advance(0)
  expect(setup.batches.map((batch) => batch.exchanges.length)).toEqual([200, 200, 50])
  expect(setup.writtenIds()).toEqual(ids)
})

test('without batching each record is a commit of its own, at once', async () => {
  const setup = setUp({ batchUpdateEnabled: false })
  recordMany(setup, 3)
  await setup.clock.advance(0)
  expect(setup.batches.map((batch) => batch.exchanges.length)).toEqual([1, 1, 1])
})

test('while the database refuses, records wait and the state says so; afterwards each is written exactly once', async () => {
  const setup = setUp()
  setup.refuse = 'busy'
  const ids = [...recordMany(setup, 300)]
  await setup.clock.advance(400)
  ids.push(...recordMany(setup, 10, 300))
  expect(setup.ledger.state()).toEqual({ unwritten: 310, dropped: 0, failure: 'The database is busy.' })
  setup.refuse = null
  await setup.clock.advance(30_000)
  expect(setup.writtenIds()).toEqual(ids)
  expect(setup.ledger.state()).toEqual({ unwritten: 0, dropped: 0, failure: null })
  expect(setup.logged).toEqual([
    expect.stringContaining('error [ledger] The database does not take records: The database is busy.'),
    expect.stringContaining('info [ledger] The database takes records again'),
  ])
})

test('tries follow at growing distances of at most 30 s', async () => {
  const setup = setUp()
  setup.refuse = 'read-only'
  setup.record('exchange-1')
  await setup.clock.advance(250)
  const delays: number[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    const [delayMs = 0] = setup.clock.pendingDelaysMs()
    delays.push(delayMs)
    await setup.clock.advance(delayMs)
  }
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})

test('beyond 10,000 waiting records the oldest are dropped, counted and logged', async () => {
  const setup = setUp()
  setup.refuse = 'full'
  recordMany(setup, 10_150)
  await setup.clock.advance(0)
  expect(setup.ledger.state()).toMatchObject({ unwritten: 10_000, dropped: 150 })
  expect(setup.logged.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringContaining('the oldest are dropped, 1 so far'),
  ])
  setup.refuse = null
  await setup.clock.advance(60_000)
  expect(setup.writtenIds()).toHaveLength(10_000)
  expect(setup.writtenIds()[0]).toBe('exchange-150')
})

test('one record that the database cannot take does not keep the others out', async () => {
  const setup = setUp()
  setup.refuse = (batch) => (batch.exchanges.some(({ id }) => id === 'exchange-7') ? 'failed' : null)
  const ids = recordMany(setup, 50)
  await setup.clock.advance(10 * 60_000)
  expect(setup.writtenIds().toSorted()).toEqual(ids.filter((id) => id !== 'exchange-7').toSorted())
  expect(setup.ledger.state().unwritten).toBe(1)
})

test('the end does not lose the others to one bad record either', async () => {
  const setup = setUp()
  setup.refuse = (batch) => (batch.exchanges.some(({ id }) => id === 'exchange-0') ? 'failed' : null)
  recordMany(setup, 50)
  expect(await setup.ledger.stop()).toMatchObject({ records: 1 })
  expect(setup.writtenIds()).toHaveLength(49)
  expect(setup.logged.at(-1)).toContain('1 record is lost')
})

test('of several states of one breaker only the last is saved', async () => {
  const setup = setUp()
  setup.ledger.saveBreaker(sampleBreaker({ nodeId: 'a', state: 'open' }))
  setup.ledger.saveBreaker(sampleBreaker({ nodeId: 'b', state: 'open' }))
  setup.ledger.saveBreaker(sampleBreaker({ nodeId: 'a', state: 'half_open', openUntilMs: null }))
  await setup.clock.advance(250)
  expect(setup.saved).toEqual([
    [
      sampleBreaker({ nodeId: 'a', state: 'half_open', openUntilMs: null }),
      sampleBreaker({ nodeId: 'b', state: 'open' }),
    ],
  ])
})

test('a breaker that could not be saved is saved later, in its newest state', async () => {
  const setup = setUp()
  setup.refuse = 'busy'
  setup.ledger.saveBreaker(sampleBreaker({ state: 'open' }))
  await setup.clock.advance(300)
  setup.ledger.saveBreaker(sampleBreaker({ state: 'closed', openUntilMs: null }))
  setup.refuse = null
  await setup.clock.advance(1000)
  expect(setup.saved).toEqual([[sampleBreaker({ state: 'closed', openUntilMs: null })]])
})

test('a stop writes what waits and leaves no timer', async () => {
  const setup = setUp()
  const ids = recordMany(setup, 5)
  await Promise.all([setup.ledger.stop(), setup.ledger.stop()])
  expect(setup.writtenIds()).toEqual(ids)
  expect(setup.clock.pending()).toBe(0)
})

test.each(['busy', 'full', 'read-only'] as const)('a stop waits for a database that is %s', async (code) => {
  const setup = setUp()
  setup.refuse = code
  const ids = recordMany(setup, 300)
  setup.ledger.saveBreaker(sampleBreaker())
  const stopped = setup.ledger.stop()
  await setup.clock.advance(19_000)
  expect(setup.writtenIds()).toEqual([])
  setup.refuse = null
  await setup.clock.advance(1000)
  expect(await stopped).toBeNull()
  expect(setup.writtenIds()).toEqual(ids)
  expect(setup.saved).toEqual([[sampleBreaker()]])
  expect(setup.clock.pending()).toBe(0)
})

test('a stop gives up after 20 s and says what is lost and why', async () => {
  const setup = setUp()
  setup.refuse = 'busy'
  recordMany(setup, 5)
  setup.ledger.saveBreaker(sampleBreaker())
  const stopped = setup.ledger.stop()
  await setup.clock.advance(20_500)
  const text = '5 records and 1 breaker are lost: the database did not take them before the end. The database is busy.'
  expect(await stopped).toEqual({ records: 5, breakers: 1, text })
  expect(await setup.ledger.stop()).toEqual({ records: 5, breakers: 1, text })
  expect(setup.logged.at(-1)).toBe(`error [ledger] ${text}`)
  expect(setup.clock.pending()).toBe(0)
})

test('a stop does not wait for a damaged database', async () => {
  const setup = setUp()
  setup.refuse = 'corrupt'
  setup.record('exchange-1')
  expect(await setup.ledger.stop()).toMatchObject({ records: 1, breakers: 0 })
  expect(setup.clock.pending()).toBe(0)
})

test('a flush brings what was recorded before it to the database', async () => {
  const setup = setUp()
  setup.record('exchange-1')
  await setup.ledger.flush()
  expect(setup.writtenIds()).toEqual(['exchange-1'])
})
