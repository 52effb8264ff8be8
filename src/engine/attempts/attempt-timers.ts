// One of an attempt's timers: it posts to the call's mailbox, so that its reader sees everything in one order.
import type { Clock, Timer } from '../ports.ts'
import type { CallTimer, UpstreamCall } from '../upstream/upstream-call.ts'

export type AttemptTimers = {
  /** Starts it, or starts it again with a new delay. */
  readonly start: (timer: CallTimer, delayMs: number) => void
  readonly cancel: (timer: CallTimer) => void
  readonly cancelAll: () => void
}

export function createAttemptTimers(clock: Clock, call: UpstreamCall): AttemptTimers {
  const running = new Map<CallTimer, Timer>()
  return {
    start: (timer, delayMs) => {
      running.get(timer)?.cancel()
      running.set(
        timer,
        clock.startTimer(delayMs, () => {
          running.delete(timer)
          call.post({ type: 'timer', timer })
        }),
      )
    },
    cancel: (timer) => {
      running.get(timer)?.cancel()
      running.delete(timer)
    },
    cancelAll: () => {
      for (const timer of running.values()) timer.cancel()
      running.clear()
    },
  }
}
