// What others than requests do to a circuit breaker: the health check, the user, the resume after sleep.
import type { BreakerPolicy } from './breaker-policy.ts'
import { type Breaker, breakerAt, newBreaker } from './circuit-breaker.ts'
import { discardGap } from './failure-window.ts'

/** A good health check, or a free probe while requests are held. It never closes a breaker, it only lets the probes start. */
export function bringForward(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.phase.state !== 'open') return breaker
  return breakerAt({ ...breaker, phase: { ...breaker.phase, untilMs: nowMs } }, nowMs)
}

/** Nothing passes until `resetBreaker`. Requests that are under way may end, and their results still count. */
export function isolateBreaker(breaker: Breaker): Breaker {
  return { ...breaker, isolated: true }
}

/** Closed, empty, not isolated, nothing remembered. What is still under way changes nothing any more. */
export function resetBreaker(breaker: Breaker, nowMs: number): Breaker {
  return {
    ...newBreaker(nowMs),
    generation: breaker.generation + 1,
    // Ids go on: a permit of before must never look like one of after.
    permitsIssued: breaker.permitsIssued,
  }
}

/** Forgets what was booked during a gap of the clock or the network. The streak goes too: nobody knows which part is the gap's. */
export function discardBreakerGap(
  policy: BreakerPolicy,
  breaker: Breaker,
  gap: { readonly fromMs: number; readonly toMs: number },
): Breaker {
  return { ...breaker, streak: 0, window: discardGap(breaker.window, policy.windowMs, gap) }
}
