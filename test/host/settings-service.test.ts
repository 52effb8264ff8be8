// Settings that change at run time.
import { expect, test } from 'vitest'
import { createSettingsService } from '../../src/host/settings-service.ts'

function setUp() {
  const saved: [string, unknown][] = []
  const service = createSettingsService({
    environment: { RETRY_MAX_ATTEMPTS: '5' },
    stored: {},
    save: async (name, value) => void saved.push([name, value]),
  })
  return { service, saved }
}

test('a change counts at once and is saved', async () => {
  const { service, saved } = setUp()
  expect(await service.change('debug', true)).toEqual({ ok: true })
  expect(service.current().debug).toBe(true)
  expect(saved).toEqual([['debug', true]])
})

test('a setting of the environment is locked, with its variable named', async () => {
  const { service, saved } = setUp()
  expect(service.locked()).toEqual(new Set(['retryMaxAttempts']))
  expect(await service.change('retryMaxAttempts', 2)).toEqual({
    ok: false,
    message: 'retryMaxAttempts is set by the environment (RETRY_MAX_ATTEMPTS). Change it there and restart.',
  })
  expect(service.current().retryMaxAttempts).toBe(5)
  expect(saved).toEqual([])
})

test('a value out of range is refused', async () => {
  const { service } = setUp()
  const result = await service.change('maxNodesPerExchange', 0)
  expect(result).toMatchObject({
    ok: false,
    message: expect.stringContaining('maxNodesPerExchange cannot have that value'),
  })
})
