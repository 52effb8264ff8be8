// Lets held clocks run, a millisecond at a time, until something is over that waits on their timers more than once.
import type { HeldClock } from '../harness/held-clock.ts'

export async function advanceUntil(work: Promise<unknown>, ...clocks: readonly HeldClock[]): Promise<void> {
  const state = { over: false }
  void work.then(() => {
    state.over = true
  })
  while (!state.over) await Promise.all(clocks.map((clock) => clock.advance(1)))
}
