// The sliding window of the breaker: what counts, what falls out, and how little it keeps.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addSample,
  discardGap,
  emptyWindow,
  type FailureWindow,
  sumWindow,
} from '../../src/engine/nodes/failure-window.ts'

const WINDOW_MS = 60_000

function filled(...samples: readonly (readonly [nowMs: number, failureWeight: number])[]): FailureWindow {
  return samples.reduce(
    (window, [nowMs, failureWeight]) => addSample(window, WINDOW_MS, { nowMs, failureWeight }),
    emptyWindow,
  )
}

describe('failure window', () => {
  test('sums requests and weights, a half-failure as one request of half the weight', () => {
    expect(sumWindow(filled([0, 1], [10, 0], [7_000, 0.5]), WINDOW_MS, 8_000)).toEqual({
      requests: 3,
      failureWeight: 1.5,
    })
  })

  test('lets a bucket fall out after the window, also for whoever only reads', () => {
    const window = filled([1_000, 1], [58_000, 1])
    expect(sumWindow(window, WINDOW_MS, 59_999).requests).toBe(2)
    expect(sumWindow(window, WINDOW_MS, 60_001).requests).toBe(1)
    expect(sumWindow(window, WINDOW_MS, 200_000).requests).toBe(0)
  })

  test('discards only the buckets of a gap', () => {
    const window = filled([1_000, 1], [22_000, 1], [51_000, 1])
    expect(sumWindow(discardGap(window, WINDOW_MS, { fromMs: 20_500, toMs: 30_000 }), WINDOW_MS, 52_000).requests).toBe(
      2,
    )
  })

  test('keeps counting in the newest bucket when the clock steps back', () => {
    expect(filled([20_000, 1], [9_000, 1]).buckets).toEqual([{ startMs: 20_000, requests: 2, failureWeight: 2 }])
  })

  test('agrees with a list of all samples to within one bucket, at any times and widths, in constant memory', () => {
    const samples = fc.array(
      fc.record({ afterMs: fc.double({ min: 0, max: 9_000, noNaN: true }), failed: fc.boolean() }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: 12, max: 100_000 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (list, windowMs, startMs) => {
          let nowMs = startMs
          let window = emptyWindow
          const all: { atMs: number; failed: boolean }[] = []
          for (const { afterMs, failed } of list) {
            nowMs += afterMs
            all.push({ atMs: nowMs, failed })
            window = addSample(window, windowMs, { nowMs, failureWeight: failed ? 1 : 0 })
            expect(window.buckets.length).toBeLessThanOrEqual(13)
            const { requests, failureWeight } = sumWindow(window, windowMs, nowMs)
            const since = (spanMs: number) => all.filter((sample) => sample.atMs > nowMs - spanMs).length
            expect(requests).toBeLessThanOrEqual(since(windowMs + 0.001))
            expect(requests).toBeGreaterThanOrEqual(since(windowMs - windowMs / 12 - 0.001))
            expect(failureWeight).toBeLessThanOrEqual(requests)
          }
        },
      ),
    )
  })
})
