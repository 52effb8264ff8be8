// The system's clock and new ids.
import { expect, test } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import { lastCharacters, newClientKeySecret, newId } from '../../src/host/ids.ts'

function fired(act: (fire: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    // The clock's timers do not keep the process alive; this one does.
    const keepAlive = setTimeout(() => undefined, 10_000)
    act(() => {
      clearTimeout(keepAlive)
      resolve()
    })
  })
}

test('a timer fires once and can be started again after it fired', async () => {
  let times = 0
  let again: (() => void) | null = null
  const timer = systemClock.startTimer(1, () => {
    times += 1
    again?.()
  })
  await fired((fire) => {
    again = fire
  })
  await fired((fire) => {
    again = fire
    timer.restart()
  })
  expect(times).toBe(2)
})

test('a cancelled timer does not fire, also when it is cancelled twice or fired before', async () => {
  let times = 0
  const cancelled = systemClock.startTimer(1, () => {
    times += 1
  })
  cancelled.cancel()
  cancelled.cancel()
  await fired((fire) => systemClock.startTimer(5, fire))
  expect(times).toBe(0)
  await fired((fire) => {
    const timer = systemClock.startTimer(1, () => {
      timer.cancel()
      fire()
    })
  })
})

test('a timer can be started again after it was cancelled, before and after it fired', async () => {
  await fired((fire) => {
    const timer = systemClock.startTimer(1, fire)
    timer.cancel()
    timer.restart()
  })
  let times = 0
  await fired((fire) => {
    const timer = systemClock.startTimer(1, () => {
      times += 1
      if (times === 2) return fire()
      timer.cancel()
      timer.restart()
    })
  })
  expect(times).toBe(2)
})

test('monotonic time does not go back and wall time is the time of day', () => {
  const before = systemClock.monotonicMs()
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before)
  expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(1000)
})

test('ids carry their prefix and do not repeat', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => newId('node')))
  expect(ids.size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^node_[0-9a-hjkmnp-tv-z]{18}$/)
})

test('client keys are sy- and 32 characters', () => {
  expect(newClientKeySecret()).toMatch(/^sy-[A-Za-z0-9_-]{32}$/)
})

test.each([
  ['sk-long-secret-1234', '1234'],
  ['12345678', '78'],
  ['abc', ''],
])('of the secret %s only "%s" is shown', (secret, shown) => {
  expect(lastCharacters(secret)).toBe(shown)
})
