// The engine's clock, held by a test: time moves only when the test moves it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '../../src/engine/ports.ts'
import { createCondition } from './condition.ts'

export type HeldClock = Clock & {
  /** Moves time on and fires what falls due, in order of due time, then of start. Code that waits for I/O does not get to run in between. */
  readonly advanceNow: (ms: number) => void
  /** The same, but after each timer promises and I/O that are ready get their turn, so that chains of timers unroll. */
  readonly advance: (ms: number) => Promise<void>
  /** Timers started and neither fired nor cancelled. 0 at the end of a test: all were released. */
  readonly pending: () => number
  /** Milliseconds until each pending timer fires, soonest first. */
  readonly pendingDelaysMs: () => readonly number[]
  /** Resolves with the full delay of a pending timer that fits, at once or when one is started. */
  readonly timerStarted: (fits?: (delayMs: number) => boolean) => Promise<number>
  /** The machine slept (wall only) or the process was stopped (both): clocks move, nothing fires until the next advance. */
  readonly jump: (by: { readonly wallMs: number; readonly monotonicMs: number }) => void
}

type Pending = { readonly dueMs: number; readonly order: number; readonly delayMs: number; readonly fire: () => void }

/** 2026-01-05 12:00 UTC: a Monday noon, far from every day, week and daylight-saving border. */
const START_WALL_MS = Date.UTC(2026, 0, 5, 12)
/** Not 0: code that takes 0 for "never" must not pass by luck. */
const START_MONOTONIC_MS = 1_000_000

export function createHeldClock(): HeldClock {
  let monotonicMs = START_MONOTONIC_MS
  let wallMs = START_WALL_MS
  let started = 0
  const timers = new Set<Pending>()
  const changed = createCondition()

  const startTimer = (delayMs: number, fire: () => void): Timer => {
    let current: Pending | undefined
    const cancel = (): void => {
      if (current !== undefined) timers.delete(current)
      current = undefined
    }
    const restart = (): void => {
      cancel()
      // As with Node's timers, a delay below 1 ms is 1 ms: a zero-delay loop must not hang an advance.
      current = { dueMs: monotonicMs + Math.max(1, delayMs), order: started++, delayMs, fire }
      timers.add(current)
      changed.poke()
    }
    restart()
    return { cancel, restart }
  }

  const sorted = (): readonly Pending[] => [...timers].toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order)

  const moveTo = (targetMs: number): void => {
    // After a jump a timer may be overdue; it fires late and time does not run backwards.
    const step = Math.max(0, targetMs - monotonicMs)
    monotonicMs += step
    wallMs += step
  }

  /** Fires the next timer that is due by then. */
  const fireNext = (targetMs: number): boolean => {
    const next = sorted()[0]
    if (next === undefined || next.dueMs > targetMs) return false
    moveTo(next.dueMs)
    timers.delete(next)
    next.fire()
    return true
  }

  return {
    monotonicMs: () => monotonicMs,
    wallMs: () => wallMs,
    startTimer,
    advanceNow: (ms) => {
      const targetMs = monotonicMs + ms
      while (fireNext(targetMs));
      moveTo(targetMs)
    },
    advance: async (ms) => {
      const targetMs = monotonicMs + ms
      await letReadyWorkRun()
      while (fireNext(targetMs)) await letReadyWorkRun()
      moveTo(targetMs)
      await letReadyWorkRun()
    },
    pending: () => timers.size,
    pendingDelaysMs: () => sorted().map((timer) => timer.dueMs - monotonicMs),
    timerStarted: (fits = () => true) =>
      changed.until(
        () => [...timers].map((timer) => timer.delayMs).find(fits),
        () => `a timer; pending: ${[...timers].map((timer) => timer.delayMs).join(', ') || 'none'}`,
      ),
    jump: (by) => {
      monotonicMs += by.monotonicMs
      wallMs += by.wallMs
    },
  }
}

/** A few turns of the event loop: a socket's data, the promise it resolves and the write that follows are one turn each. */
async function letReadyWorkRun(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn()
}
