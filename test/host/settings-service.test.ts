// Settings that change at run time: all or none, locked by the environment, never against each other.
import { expect, test } from 'vitest'
import { createSettingsService, type SettingValues } from '../../src/host/settings-service.ts'

function setUp(environment: Record<string, string> = {}, stored: Record<string, unknown> = {}) {
  const saved: object[] = []
  const service = createSettingsService({ environment, stored, save: async (values) => void saved.push(values) })
  async function change(values: SettingValues) {
    const plan = service.plan(values)
    if (!plan.ok) return plan.refusal
    await plan.commit()
    return plan.differences
  }
  return { service, saved, change }
}

test('a change counts at once and is saved', async () => {
  const { service, saved, change } = setUp()
  expect(await change({ debug: true })).toEqual([{ name: 'debug', before: false, after: true }])
  expect(service.current().debug).toBe(true)
  expect(service.sourceOf('debug')).toBe('database')
  expect(saved).toEqual([{ debug: true }])
})

test('nothing counts before it is saved, and nothing when that fails', async () => {
  const service = createSettingsService({
    environment: {},
    stored: {},
    save: () => Promise.reject(new Error('the disk is full')),
  })
  const plan = service.plan({ debug: true })
  expect(service.current().debug).toBe(false)
  await expect(plan.ok ? plan.commit() : undefined).rejects.toThrow('full')
  expect(service.current().debug).toBe(false)
  expect(service.sourceOf('debug')).toBe('default')
})

test('one bad value keeps all the others out', async () => {
  const { service, saved, change } = setUp()
  expect(await change({ debug: true, retryMaxAttempts: 99 })).toMatchObject({ code: 'setting-expects-whole-number' })
  expect(service.current().debug).toBe(false)
  expect(saved).toEqual([])
})

test('undefined is the default again', async () => {
  const { service, saved, change } = setUp({}, { retryMaxAttempts: 5 })
  expect(await change({ retryMaxAttempts: undefined })).toEqual([{ name: 'retryMaxAttempts', before: 5, after: 3 }])
  expect(service.current().retryMaxAttempts).toBe(3)
  expect(service.sourceOf('retryMaxAttempts')).toBe('default')
  expect(saved).toEqual([{ retryMaxAttempts: undefined }])
})

test('the value it has already is saved and is no difference', async () => {
  const { service, change } = setUp()
  expect(await change({ retryMaxAttempts: 3 })).toEqual([])
  expect(service.sourceOf('retryMaxAttempts')).toBe('database')
})

test('a setting of the environment is locked, with its variable named', async () => {
  const { service, saved, change } = setUp({ RETRY_MAX_ATTEMPTS: '5' }, { retryMaxAttempts: 2 })
  expect(service.sourceOf('retryMaxAttempts')).toBe('environment')
  const locked = {
    text: 'retryMaxAttempts is set by the environment (RETRY_MAX_ATTEMPTS). Change it there and restart.',
  }
  expect(await change({ retryMaxAttempts: 2 })).toMatchObject(locked)
  expect(await change({ retryMaxAttempts: undefined })).toMatchObject(locked)
  expect(service.current().retryMaxAttempts).toBe(5)
  expect(saved).toEqual([])
})

test.each<[SettingValues, string]>([
  [{ retryMaxAttempts: 0 }, 'retryMaxAttempts cannot have that value: it takes a whole number from 1 to 8.'],
  [{ retryMaxAttempts: 1.5 }, 'retryMaxAttempts cannot have that value: it takes a whole number from 1 to 8.'],
  [{ retryMaxAttempts: '3' }, 'retryMaxAttempts cannot have that value: it takes a whole number from 1 to 8.'],
  [{ retryMaxAttempts: null }, 'retryMaxAttempts cannot have that value: it takes a whole number from 1 to 8.'],
  [{ breakerFailureRatio: 1.01 }, 'breakerFailureRatio cannot have that value: it takes a number from 0.01 to 1.'],
  [{ debug: 'yes' }, 'debug cannot have that value: it takes true or false.'],
  [
    { retryOnStatus: [200] },
    'retryOnStatus cannot have that value: it takes a list of up to 50 HTTP statuses from 400 to 599.',
  ],
  [
    { globalProxyMode: 'direct' },
    'globalProxyMode cannot have that value: it takes one of system, environment, custom, none.',
  ],
  [
    { globalProxyUser: 'a\nb' },
    'globalProxyUser cannot have that value: it takes a user name of at most 255 characters on one line.',
  ],
])('%o is refused: %s', async (values, text) => {
  const { change, saved } = setUp()
  expect(await change(values)).toMatchObject({ text })
  expect(saved).toEqual([])
})

test.each<[SettingValues, SettingValues]>([
  [{ retryBackoffMinMs: 101 }, { retryBackoffMinMs: 101, retryBackoffMaxMs: 101 }],
  [{ retryBackoffMaxMs: 9 }, { retryBackoffMaxMs: 9, retryBackoffMinMs: 9 }],
  [{ throttleCooldownMaxMs: 1000 }, { throttleCooldownMaxMs: 1000, throttleCooldownMs: 1000 }],
  [{ breakerCooldownMs: 300_000, breakerCooldownMaxMs: 1000 }, { breakerCooldownMs: 300_000 }],
  [{ firstEventTimeoutMs: 121_000 }, { firstEventTimeoutMs: 121_000, lastNodeFirstEventTimeoutMs: 121_000 }],
  [{ livingSilenceTimeoutMs: 30_000 }, { livingSilenceTimeoutMs: 30_000, silenceTimeoutMs: 30_000 }],
  [{ bufferedBytesMax: 64 * 2 ** 20, bodyBytesMax: 65 * 2 ** 20 }, { bufferedBytesMax: 64 * 2 ** 20 }],
  [{ globalProxyMode: 'custom' }, { globalProxyMode: 'custom', globalProxyUrl: 'http://proxy.example:1' }],
])('%o contradicts what is there; %o does not', async (bad, good) => {
  const { change, saved } = setUp()
  expect(await change(bad)).toMatchObject({ code: expect.stringMatching(/^settings-/) })
  expect(saved).toEqual([])
  expect(await change(good)).toHaveLength(Object.keys(good).length)
})

test('a default that no longer fits is refused like any other value', async () => {
  const { change } = setUp({}, { retryBackoffMinMs: 5000, retryBackoffMaxMs: 6000 })
  expect(await change({ retryBackoffMaxMs: undefined })).toMatchObject({
    text: 'retryBackoffMinMs (5000) would be above retryBackoffMaxMs (100). Change both at once, or the other one first.',
  })
})

test('a contradiction of the environment is told at the start, and keeps only its own settings from being changed', async () => {
  const { service, change } = setUp({ RETRY_BACKOFF_MIN_MS: '500' })
  expect(service.problems).toMatchObject([
    { name: 'retryBackoffMinMs', said: { text: expect.stringContaining('500') } },
  ])
  expect(await change({ retryBackoffMaxMs: 400 })).toMatchObject({ code: 'settings-not-ascending' })
  expect(await change({ debug: true })).toHaveLength(1)
  expect(await change({ retryBackoffMaxMs: 600 })).toHaveLength(1)
})

test('a bad value in the database is a problem, and counts as none', () => {
  const { service } = setUp({}, { retryMaxAttempts: 99 })
  expect(service.current().retryMaxAttempts).toBe(3)
  expect(service.sourceOf('retryMaxAttempts')).toBe('default')
  expect(service.problems).toMatchObject([{ name: 'retryMaxAttempts', where: 'database' }])
})
