// A circuit breaker as people see it: state, deadline, streak and rate at this moment.
import type { BreakerStateName } from '../../shared/model/breaker.ts'
import type { BreakerPolicy } from './breaker-policy.ts'
import { type Breaker, type BreakerPhase, breakerAt } from './circuit-breaker.ts'
import { sumWindow } from './failure-window.ts'

/** All that a selection asks: no sums over the window. */
export type BreakerStanding = {
  readonly state: BreakerStateName
  /** Monotonic; null unless open. */
  readonly openUntilMs: number | null
  /** A probe, or a request that passed by force, is out and decides what comes next. */
  readonly probeOut: boolean
}
export type BreakerView = BreakerStanding & {
  readonly consecutiveFailures: number
  /** 0..1; null while the window is empty. */
  readonly failureRatio: number | null
  readonly isolated: boolean
}

export function breakerStanding(breaker: Breaker, nowMs: number): BreakerStanding {
  const { phase } = breakerAt(breaker, nowMs)
  return {
    state: stateNames[phase.state],
    openUntilMs: phase.state === 'open' ? phase.untilMs : null,
    probeOut: phase.state !== 'closed' && phase.probeId !== null,
  }
}

export function breakerView(policy: BreakerPolicy, breaker: Breaker, nowMs: number): BreakerView {
  const { streak, window, isolated } = breakerAt(breaker, nowMs)
  const sums = sumWindow(window, policy.windowMs, nowMs)
  return {
    ...breakerStanding(breaker, nowMs),
    consecutiveFailures: streak,
    failureRatio: sums.requests === 0 ? null : sums.failureWeight / sums.requests,
    isolated,
  }
}

const stateNames: Readonly<Record<BreakerPhase['state'], BreakerStateName>> = {
  closed: 'closed',
  open: 'open',
  'half-open': 'half_open',
}
