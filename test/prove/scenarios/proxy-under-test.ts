// What the scenarios know of the proxy they run against: the built daemon in `npm run prove`, the engine in a test.

export type ProxyUnderTest = {
  readonly port: number
  /** The local key. */
  readonly key: string
  /** Exchanges with at least one failed attempt, since start. */
  readonly withFailedAttempt: () => Promise<number>
  /** Gives the first node KEYS_OF_FAULTY_NODE keys that were never used before. */
  readonly renewKeys: () => Promise<void>
}

/** As many as a node may have. */
export const KEYS_OF_FAULTY_NODE = 100

/** The breaker never opens: every request is to meet the fault. */
export const breakerStaysClosed = {
  breakerConsecutiveFailures: 10_000,
  breakerFailureRatio: 1,
  breakerMinRequests: 10_000,
  // An overloaded node would be left alone for ten seconds.
  overloadCooldownMs: 0,
} as const

/** The same as the environment of a daemon. */
export const breakerStaysClosedEnv = {
  CB_CONSECUTIVE_FAILS: String(breakerStaysClosed.breakerConsecutiveFailures),
  CB_FAILURE_RATE: String(breakerStaysClosed.breakerFailureRatio),
  CB_MIN_REQUESTS: String(breakerStaysClosed.breakerMinRequests),
  SWITCHYARD_OVERLOAD_COOLDOWN_MS: String(breakerStaysClosed.overloadCooldownMs),
} as const
