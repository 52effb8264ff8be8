// A circuit breaker across two runs: its monotonic deadlines to wall clock and back.
import type { PersistedBreaker } from '../../shared/model/breaker.ts'
import { type Breaker, breakerAt, newBreaker } from './circuit-breaker.ts'

/** Both clocks read at the same moment. */
export type ClockReading = { readonly nowMs: number; readonly wallMs: number }

/** Half-open is kept as an open one that is due: the probes of another run mean nothing. */
export function persistBreaker(breaker: Breaker, at: ClockReading & { readonly nodeId: string }): PersistedBreaker {
  const { phase, openings, isolated } = breakerAt(breaker, at.nowMs)
  const untilMs = phase.state === 'closed' ? null : phase.state === 'open' ? phase.untilMs : at.nowMs
  return {
    nodeId: at.nodeId,
    state: untilMs === null ? 'closed' : 'open',
    openUntilMs: untilMs === null ? null : Math.round(untilMs - at.nowMs + at.wallMs),
    reopenings: openings,
    isolated,
  }
}

/**
 * `clampMs`: longest rest of a cooldown that survives. Whoever restarts wants to know soon, and a wall clock that was set
 * back in between must not lock a node out for hours.
 */
export function restoreBreaker(persisted: PersistedBreaker, at: ClockReading & { readonly clampMs: number }): Breaker {
  const fresh = { ...newBreaker(at.nowMs), openings: persisted.reopenings, isolated: persisted.isolated }
  if (persisted.state === 'closed') return fresh
  const restMs = persisted.openUntilMs === null ? 0 : persisted.openUntilMs - at.wallMs
  return { ...fresh, phase: { state: 'open', untilMs: at.nowMs + Math.min(restMs, at.clampMs), probeId: null } }
}
