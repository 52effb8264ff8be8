// The figures of the demo, from records.
import { expect, test } from 'vitest'
import { demoFigures, figuresLine, resentLine, secondLine } from '../../src/host/demo/demo-figures.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { sampleAttempt, sampleExchange } from '../storage/samples.ts'

const answer = sampleAttempt({ outcome: 'success', firstContentMs: 30, nodeName: 'sim-a' })
const undisturbed = sampleExchange({ firstContentMs: 31, nodeName: 'sim-a', attempts: [answer] })
const failedOver = sampleExchange({
  firstContentMs: 36,
  nodeName: 'sim-b',
  attempts: [sampleAttempt({ outcome: 'network' }), answer],
})
const cut = sampleExchange({ outcome: 'truncated', attempts: [sampleAttempt({ outcome: 'truncated' })] })

function counts(records: readonly ExchangeRecord[], resent = 0) {
  return { requests: records.length - resent, answered: records.length - resent, resent, failed: 0 }
}

test('the added latency is what failed-over exchanges spent before the answering node, beyond the usual', () => {
  const records = [undisturbed, undisturbed, failedOver]
  const figures = demoFigures(counts(records), records)
  expect(figures).toEqual({
    requests: 3,
    failures: 0,
    resent: 0,
    failedAttempts: 1,
    undisturbed: { p50Ms: 1, p99Ms: 1 },
    failedOver: { p50Ms: 6, p99Ms: 6 },
  })
  expect(figuresLine(figures).text).toBe(
    '3 requests · 0 failures the client saw · 1 attempts failed · added latency of a failover p50 5.0 ms, p99 5.0 ms',
  )
})

test('a stream that was cut is a failed attempt and is said to be sent again, but is no failover', () => {
  const records = [undisturbed, cut, undisturbed]
  const figures = demoFigures(counts(records, 1), records)
  expect(figures).toMatchObject({ failedAttempts: 1, resent: 1, failedOver: null })
  expect(figuresLine(figures).text).toBe('2 requests · 0 failures the client saw · 1 attempts failed')
  expect(resentLine(figures)?.text).toBe('Answers cut after their first words, which the tool sent again by itself: 1')
  expect(resentLine({ ...figures, resent: 0 })).toBe(null)
})

test('a line of a second says who answered and how many were failed over', () => {
  expect(secondLine(7, counts([]), [undisturbed, failedOver, undisturbed]).text).toBe(
    '  7 s  answered by sim-a 2, sim-b 1 · 1 failed over inside the request · client failures so far 0',
  )
  expect(secondLine(8, counts([]), []).text).toBe('  8 s  answered by nobody · client failures so far 0')
})
