// The held clock fires in order, tells what waits, and lets the work between two timers happen.
import { expect, test } from 'vitest'
import { createHeldClock, type HeldClock } from './held-clock.ts'

function recordFires(clock: HeldClock): {
  readonly fired: string[]
  readonly start: (delayMs: number, name: string) => void
} {
  const fired: string[] = []
  const begin = clock.monotonicMs()
  return {
    fired,
    start: (delayMs, name) => {
      clock.startTimer(delayMs, () => fired.push(`${name}@${clock.monotonicMs() - begin}`))
    },
  }
}

test('timers fire by due time, then in the order they were started', () => {
  const clock = createHeldClock()
  const { fired, start } = recordFires(clock)
  start(20, 'late')
  start(10, 'first')
  start(10, 'second')
  clock.advanceNow(9)
  expect(fired).toEqual([])
  clock.advanceNow(11)
  expect(fired).toEqual(['first@10', 'second@10', 'late@20'])
  expect(clock.pending()).toBe(0)
})

test('a timer started by a timer fires in the same advance when it falls due', () => {
  const clock = createHeldClock()
  const { fired, start } = recordFires(clock)
  clock.startTimer(10, () => start(5, 'inner'))
  start(20, 'outer')
  clock.advanceNow(20)
  expect(fired).toEqual(['inner@15', 'outer@20'])
})

test('a cancelled timer does not fire, a restarted one waits its full delay again', () => {
  const clock = createHeldClock()
  let fired = 0
  const timer = clock.startTimer(10, () => fired++)
  clock.advanceNow(6)
  timer.restart()
  clock.advanceNow(6)
  expect(fired).toBe(0)
  expect(clock.pendingDelaysMs()).toEqual([4])
  clock.advanceNow(4)
  expect(fired).toBe(1)
  timer.restart()
  expect(clock.pending()).toBe(1)
  timer.cancel()
  timer.cancel()
  expect(clock.pending()).toBe(0)
})

test('the awaited advance lets promises run between two timers', async () => {
  const clock = createHeldClock()
  const { fired, start } = recordFires(clock)
  clock.startTimer(10, () => void Promise.resolve().then(() => start(10, 'chained')))
  start(30, 'last')
  await clock.advance(30)
  expect(fired).toEqual(['chained@20', 'last@30'])
})

test('both clocks move together, and apart on a jump', () => {
  const clock = createHeldClock()
  const wallMs = clock.wallMs()
  const monotonicMs = clock.monotonicMs()
  let fired = 0
  clock.startTimer(50, () => fired++)
  clock.jump({ wallMs: 3_600_000, monotonicMs: 100 })
  expect(fired).toBe(0)
  expect(clock.wallMs() - wallMs).toBe(3_600_000)
  expect(clock.monotonicMs() - monotonicMs).toBe(100)
  clock.advanceNow(0)
  expect(fired).toBe(1)
  expect(clock.monotonicMs() - monotonicMs).toBe(100)
})

test('a test can wait until a timer is started', async () => {
  const clock = createHeldClock()
  const waiting = clock.timerStarted((delayMs) => delayMs === 240_000)
  clock.startTimer(5, () => {})
  setImmediate(() => clock.startTimer(240_000, () => {}))
  expect(await waiting).toBe(240_000)
  expect(await clock.timerStarted()).toBe(5)
})
