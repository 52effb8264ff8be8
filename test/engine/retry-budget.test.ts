// The budget of retries on the same node and of second rounds.
import { expect, test } from 'vitest'
import { createRetryBudget, retryLimit } from '../../src/engine/attempts/retry-budget.ts'

const policy = { sharePercent: 20, floor: 3 }

test.each([
  [0, 3],
  [1, 3],
  [15, 3],
  [19, 3],
  [20, 4],
  [1_000, 200],
])('beside %i requests in flight %i retries may run', (inFlight, limit) => {
  expect(retryLimit(policy, inFlight)).toBe(limit)
})

test('refuses beyond the floor and grants again after a release', () => {
  const budget = createRetryBudget(() => policy)
  const grants = [budget.acquire(1), budget.acquire(1), budget.acquire(1)]
  expect(grants.every((grant) => grant !== null)).toBe(true)
  expect(budget.acquire(1)).toBeNull()
  grants[0]?.release()
  expect(budget.acquire(1)).not.toBeNull()
})

test('a grant released twice frees one place', () => {
  const budget = createRetryBudget(() => policy)
  const grant = budget.acquire(1)
  budget.acquire(1)
  grant?.release()
  grant?.release()
  expect(budget.outstanding()).toBe(1)
})

test('no floor and no share mean no retries', () => {
  expect(createRetryBudget(() => ({ sharePercent: 0, floor: 0 })).acquire(1_000)).toBeNull()
})
