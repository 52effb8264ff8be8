// How long a node asks to be left alone, in every form it may say it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capRetryAfterMs, parseDurationMs, readRetryAfterMs } from '../../src/engine/classify/retry-after.ts'

const wallNowMs = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')

test.each<[headers: Record<string, string>, body: number | null, expectedMs: number | null]>([
  [{ 'retry-after': '7' }, null, 7_000],
  [{ 'retry-after': ' 7 ' }, null, 7_000],
  [{ 'retry-after': '0' }, null, 0],
  [{ 'retry-after': '1.5' }, null, 1_500],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, null, 30_000],
  [{ 'retry-after': 'Wednesday, 21-Oct-26 07:29:00 GMT' }, null, 60_000],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, null, 250],
  [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, null, 7_000],
  [{}, 37_000, 37_000],
  [{ 'retry-after': '7' }, 37_000, 7_000],
  [{ 'retry-after': 'junk' }, 37_000, 37_000],
  [{}, null, null],
  [{ 'retry-after': '-5' }, null, null],
  [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, null, null],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30' }, null, null],
  [{ 'retry-after': '1e9' }, null, null],
  [{ 'retry-after': '0x10' }, null, null],
  [{ 'retry-after': '5, 10' }, null, null],
  [{ 'retry-after': '' }, null, null],
  [{ 'retry-after': 'NaN' }, null, null],
  [{ 'retry-after': '9'.repeat(400) }, null, null],
])('%j with RetryInfo %j', (headers, body, expectedMs) => {
  expect(readRetryAfterMs(headers, body, wallNowMs)).toBe(expectedMs)
})

test('the cap holds back what is too long, and nothing else', () => {
  expect(capRetryAfterMs(7_200_000, 3_600_000)).toBe(3_600_000)
  expect(capRetryAfterMs(2_000, 3_600_000)).toBe(2_000)
  expect(capRetryAfterMs(null, 3_600_000)).toBeNull()
})

test.each([
  ['37s', 37_000],
  ['0.5s', 500],
  ['37', null],
  ['-1s', null],
  ['s', null],
  [37, null],
  [null, null],
])('duration %j', (value, expectedMs) => {
  expect(parseDurationMs(value)).toBe(expectedMs)
})

test('is never negative, never infinite, never a throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const delayMs = readRetryAfterMs({ 'retry-after': a, 'retry-after-ms': b }, null, wallNowMs)
      expect(delayMs === null || (Number.isFinite(delayMs) && delayMs >= 0)).toBe(true)
    }),
  )
})
