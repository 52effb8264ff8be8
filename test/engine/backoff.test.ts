// Back-off before the same node or the second round.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelayMs } from '../../src/engine/attempts/backoff.ts'

const policy = { minMs: 10, maxMs: 100 }

test.each([
  [0, 10],
  [1, 20],
  [2, 40],
  [3, 80],
  [4, 100],
  [5_000, 100],
])('retry %i waits at most %i ms, with full jitter from nothing on', (retry, stepMs) => {
  expect(backoffDelayMs(policy, retry, () => 0)).toBe(0)
  expect(backoffDelayMs(policy, retry, () => 0.5)).toBe(stepMs / 2)
})

test('never exceeds its cap, also when the settings contradict each other', () => {
  fc.assert(
    fc.property(
      fc.nat(60_000),
      fc.nat(60_000),
      fc.nat(100),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (minMs, maxMs, retry, chance) => {
        const delayMs = backoffDelayMs({ minMs, maxMs }, retry, () => chance)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(maxMs)
      },
    ),
  )
})
