// Waits on the clock, but not longer than the exchange lives.
import type { Cancellation } from '../exchange/cancellation.ts'
import type { Clock } from '../ports.ts'

export function waitOrCancel(delayMs: number, clock: Clock, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.startTimer(delayMs, () => {
      unsubscribe()
      resolve()
    })
    const unsubscribe = cancellation.onCancel(() => {
      timer.cancel()
      resolve()
    })
  })
}
