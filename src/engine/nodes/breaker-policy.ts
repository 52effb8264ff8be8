// When a circuit breaker opens, for how long, and what closes it again: the numbers of policies §4.
import type { Settings } from '../../shared/settings/settings.ts'
import type { Random } from '../ports.ts'

export type BreakerPolicy = {
  readonly windowMs: number
  readonly minRequests: number
  /** 0..1 */
  readonly failureRatio: number
  readonly consecutiveFailures: number
  readonly cooldownMs: number
  readonly cooldownMaxMs: number
  readonly forgetReopeningsMs: number
  readonly halfOpenProbes: number
}

export function breakerPolicy(settings: Settings): BreakerPolicy {
  return {
    windowMs: settings.breakerWindowMs,
    minRequests: settings.breakerMinRequests,
    failureRatio: settings.breakerFailureRatio,
    consecutiveFailures: settings.breakerConsecutiveFailures,
    cooldownMs: settings.breakerCooldownMs,
    cooldownMaxMs: settings.breakerCooldownMaxMs,
    forgetReopeningsMs: settings.breakerForgetReopeningsMs,
    halfOpenProbes: settings.breakerHalfOpenProbes,
  }
}

/** Nodes that fell together must not all be probed in the same instant. */
const JITTER_RATIO = 0.2

/**
 * How long the next opening lasts after `openings` earlier ones. The cap holds before the jitter: capped breakers
 * would otherwise all share the exact same rhythm.
 */
export function openForMs(policy: BreakerPolicy, openings: number, random: Random): number {
  const plainMs = Math.min(policy.cooldownMs * 2 ** openings, policy.cooldownMaxMs)
  return plainMs * (1 - JITTER_RATIO + 2 * JITTER_RATIO * random())
}

/** Both rules of policies §4: a streak, or a rate over enough requests. */
export function shouldOpen(
  policy: BreakerPolicy,
  streak: number,
  sums: { readonly requests: number; readonly failureWeight: number },
): boolean {
  if (streak >= policy.consecutiveFailures) return true
  return sums.requests >= policy.minRequests && sums.failureWeight / sums.requests >= policy.failureRatio
}
