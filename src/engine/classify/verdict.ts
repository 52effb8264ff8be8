// What an attempt's end means: its class, what the breaker hears, what is set aside, and where the exchange may go.
import type { AttemptOutcome } from '../../shared/model/outcome.ts'

/** `none`: the permit is released, neither success nor failure. `half-failure` counts 0.5 in streak and rate. */
export type BreakerReport = 'success' | 'failure' | 'half-failure' | 'none'

/** What is set aside, for how long, and why. */
export type SetAside =
  | { readonly what: 'node'; readonly as: 'cooling'; readonly forMs: number }
  /** No time named: 30 s × 2ⁿ up to the cap; the live node knows n. */
  | { readonly what: 'key'; readonly as: 'throttled'; readonly forMs: number | null }
  | { readonly what: 'node'; readonly as: 'parked'; readonly forMs: number }
  | { readonly what: 'key'; readonly as: 'refused'; readonly forMs: number }
  | { readonly what: 'model'; readonly as: 'gap'; readonly forMs: number }

/**
 * Where the exchange may go before the commit:
 * `next-node`; `next-key` (same node when it has another usable key, else next node); `pass-on` (this answer, word for word);
 * `other-origin-once` (one node of another origin; if that says 4xx too, pass on the first); `rectify` (strip and re-send, once); `stop`.
 */
export type Move = 'next-node' | 'next-key' | 'pass-on' | 'other-origin-once' | 'rectify' | 'stop'

export type Verdict = {
  readonly outcome: AttemptOutcome
  readonly breaker: BreakerReport
  readonly move: Move
  readonly setAside: SetAside | null
  /** Counts against RETRY_MAX_ATTEMPTS: it may have cost money or long time. */
  readonly costly: boolean
  /** May be tried again in the second round (network and server errors). */
  readonly secondRound: boolean
  /** The node's own Retry-After, capped; null when it named none that makes sense. */
  readonly retryAfterMs: number | null
  /** One sentence for records and logs ("answered 529 overloaded_error: Overloaded"). Not yet scrubbed. Empty for a success. */
  readonly message: string
}
