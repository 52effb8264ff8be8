// The circuit breaker of one node as a pure state machine: who may pass, and what their results change (policies §4).
// When to open is breaker-policy.ts; what the user and the health checks do to it is breaker-commands.ts.
import { assertNever } from '../../shared/assert-never.ts'
import type { BreakerReport } from '../classify/verdict.ts'
import type { Random } from '../ports.ts'
import { type BreakerPolicy, openForMs, shouldOpen } from './breaker-policy.ts'
import { addSample, emptyWindow, type FailureWindow, sumWindow } from './failure-window.ts'

/** All times are monotonic. */
export type BreakerPhase =
  | { readonly state: 'closed'; readonly sinceMs: number }
  /** `probeId`: the forced permit that is out, if any. */
  | { readonly state: 'open'; readonly untilMs: number; readonly probeId: number | null }
  | {
      readonly state: 'half-open'
      readonly successes: number
      /** Since the last success; 1 opens again, so two half-failures in a row do. */
      readonly failureWeight: number
      readonly probeId: number | null
    }

export type Breaker = {
  readonly phase: BreakerPhase
  /** The user's switch, apart from the phase: nothing passes, not even by force. */
  readonly isolated: boolean
  /** Rises when the breaker opens and when it is reset; permits of before then change nothing any more. */
  readonly generation: number
  readonly permitsIssued: number
  /** Permits of this generation that are not settled yet: one that is not in here was settled already. */
  readonly outstanding: readonly number[]
  /** How often it opened without staying closed long enough in between; doubles the cooldown. */
  readonly openings: number
  /** Failures in a row (a half-failure is 0.5). Kept while open, so that people see why; empty after closing. */
  readonly streak: number
  readonly window: FailureWindow
}

export type Permit = {
  readonly id: number
  readonly generation: number
  /** It holds the one probe place: its result decides. */
  readonly probe: boolean
}
export type PermitAnswer = { readonly state: Breaker; readonly permit: Permit | null }

export function newBreaker(nowMs: number): Breaker {
  return {
    phase: { state: 'closed', sinceMs: nowMs },
    isolated: false,
    generation: 0,
    permitsIssued: 0,
    outstanding: [],
    openings: 0,
    streak: 0,
    window: emptyWindow,
  }
}

/** The breaker as it is now: an open one whose time is over *is* half-open, also to whoever only reads it. */
export function breakerAt(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.phase.state !== 'open' || nowMs < breaker.phase.untilMs) return breaker
  return halfOpen(breaker, breaker.phase.probeId)
}

/** Closed: always. Half-open: when no probe is out. Open or isolated: no. */
export function requestPermit(breaker: Breaker, nowMs: number): PermitAnswer {
  const current = breakerAt(breaker, nowMs)
  if (current.isolated) return { state: current, permit: null }
  const { phase } = current
  switch (phase.state) {
    case 'closed':
      return issue(current, 'ordinary')
    case 'open':
      return { state: current, permit: null }
    case 'half-open':
      return phase.probeId === null ? issue(current, 'probe') : { state: current, permit: null }
    default:
      return assertNever(phase)
  }
}

/**
 * For the only candidate, which passes whatever its breaker says, and for the one that is due next when all are open (the
 * caller counts those: one at a time). Never null unless isolated. On an open or half-open breaker the first one takes the
 * probe place: its success brings half-open forward and is the first of the successes; its failure leaves deadline and
 * doubling as they are. Is it still out when the time is over, it goes on as the probe, and its failure opens again.
 * Further ones pass without a say; if the breaker has closed by their end, they are booked like any other.
 */
export function forcePermit(breaker: Breaker, nowMs: number): PermitAnswer {
  const current = breakerAt(breaker, nowMs)
  if (current.isolated) return { state: current, permit: null }
  const probe = current.phase.state !== 'closed' && current.phase.probeId === null
  return issue(current, probe ? 'probe' : 'ordinary')
}

export type Settlement = {
  readonly permit: Permit
  /** `first-content` leaves the permit out: it is settled once more, when the stream ends. */
  readonly report: BreakerReport | 'first-content'
  readonly nowMs: number
  readonly random: Random
}

/** A permit of an older generation, or one that was settled before, changes nothing. */
export function settlePermit(policy: BreakerPolicy, breaker: Breaker, settlement: Settlement): Breaker {
  const { permit, report } = settlement
  if (permit.generation !== breaker.generation || !breaker.outstanding.includes(permit.id)) return breaker
  const now = breakerAt(breaker, settlement.nowMs)
  const current =
    report === 'first-content' ? now : { ...now, outstanding: now.outstanding.filter((id) => id !== permit.id) }
  const { phase } = current
  switch (phase.state) {
    case 'closed':
      return bookClosed(policy, current, settlement)
    case 'open':
      return phase.probeId === permit.id ? settleForced(policy, { ...current, phase }, settlement) : current
    case 'half-open':
      // A probe that had its first content is no probe any more. A cut of it counts once the breaker is closed, not here.
      return phase.probeId === permit.id ? settleProbe(policy, { ...current, phase }, settlement) : current
    default:
      return assertNever(phase)
  }
}

/** Closed: the outcome is booked at the end of the stream, not at its first content. */
function bookClosed(policy: BreakerPolicy, breaker: Breaker, { report, nowMs, random }: Settlement): Breaker {
  if (report === 'first-content' || report === 'none') return breaker
  const failureWeight = weightOf(report)
  const booked = {
    ...breaker,
    streak: report === 'success' ? 0 : breaker.streak + failureWeight,
    window: addSample(breaker.window, policy.windowMs, { nowMs, failureWeight }),
  }
  const sums = sumWindow(booked.window, policy.windowMs, nowMs)
  return shouldOpen(policy, booked.streak, sums) ? open(policy, booked, { nowMs, random }) : booked
}

/** Open: success is as good as a probe's, failure says only what the breaker knows already. */
function settleForced(policy: BreakerPolicy, breaker: OpenBreaker, settlement: Settlement): Breaker {
  const { report } = settlement
  if (report === 'success' || report === 'first-content') {
    return settleProbe(policy, halfOpen(breaker, null), settlement)
  }
  return { ...breaker, phase: { ...breaker.phase, probeId: null } }
}

type OpenBreaker = Breaker & { readonly phase: Extract<BreakerPhase, { state: 'open' }> }
type HalfOpenBreaker = Breaker & { readonly phase: Extract<BreakerPhase, { state: 'half-open' }> }

function settleProbe(policy: BreakerPolicy, breaker: HalfOpenBreaker, { report, nowMs, random }: Settlement): Breaker {
  const { phase } = breaker
  switch (report) {
    case 'success':
    case 'first-content': {
      const successes = phase.successes + 1
      if (successes >= policy.halfOpenProbes) return close(breaker, nowMs)
      return { ...breaker, phase: { ...phase, successes, failureWeight: 0, probeId: null } }
    }
    case 'failure':
    case 'half-failure': {
      const failureWeight = phase.failureWeight + weightOf(report)
      if (failureWeight >= 1) return open(policy, breaker, { nowMs, random })
      return { ...breaker, phase: { ...phase, failureWeight, probeId: null } }
    }
    case 'none':
      return { ...breaker, phase: { ...phase, probeId: null } }
    default:
      return assertNever(report)
  }
}

function issue(breaker: Breaker, place: 'ordinary' | 'probe'): PermitAnswer {
  const id = breaker.permitsIssued
  const probe = place === 'probe'
  const { phase } = breaker
  return {
    state: {
      ...breaker,
      permitsIssued: id + 1,
      outstanding: [...breaker.outstanding, id],
      phase: probe && phase.state !== 'closed' ? { ...phase, probeId: id } : phase,
    },
    permit: { id, generation: breaker.generation, probe },
  }
}

/** Same generation: whoever is out was let in by force and goes on as the probe. */
function halfOpen(breaker: Breaker, probeId: number | null): HalfOpenBreaker {
  return { ...breaker, phase: { state: 'half-open', successes: 0, failureWeight: 0, probeId } }
}

/** Same generation: a probe that is cut after its first content is a failure of the closed breaker. */
function close(breaker: Breaker, nowMs: number): Breaker {
  return { ...breaker, phase: { state: 'closed', sinceMs: nowMs }, streak: 0, window: emptyWindow }
}

function open(
  policy: BreakerPolicy,
  breaker: Breaker,
  at: { readonly nowMs: number; readonly random: Random },
): Breaker {
  const { phase } = breaker
  const forgotten = phase.state === 'closed' && at.nowMs - phase.sinceMs >= policy.forgetReopeningsMs
  const openings = forgotten ? 0 : breaker.openings
  return {
    ...breaker,
    phase: { state: 'open', untilMs: at.nowMs + openForMs(policy, openings, at.random), probeId: null },
    generation: breaker.generation + 1,
    outstanding: [],
    openings: openings + 1,
  }
}

function weightOf(report: 'success' | 'failure' | 'half-failure'): number {
  return report === 'success' ? 0 : report === 'failure' ? 1 : 0.5
}
