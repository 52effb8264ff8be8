// Limits retries on the same node and second rounds to a share of the requests in flight, so that they never become a storm.

export type RetryBudgetPolicy = {
  /** 0..100, of the requests in flight. */
  readonly sharePercent: number
  /** Retries at once that are always allowed: a share of one request would be none. */
  readonly floor: number
}
export type RetryGrant = {
  /** Idempotent. */
  readonly release: () => void
}
export type RetryBudget = {
  /** Null when the budget is spent. Whoever gets a grant releases it when that try ends. */
  readonly acquire: (requestsInFlight: number) => RetryGrant | null
  readonly outstanding: () => number
}

/** `policy` is asked at every use: settings may change. */
export function createRetryBudget(policy: () => RetryBudgetPolicy): RetryBudget {
  let outstanding = 0
  return {
    acquire: (requestsInFlight) => {
      if (outstanding >= retryLimit(policy(), requestsInFlight)) return null
      outstanding += 1
      let released = false
      return {
        release: () => {
          if (released) return
          released = true
          outstanding -= 1
        },
      }
    },
    outstanding: () => outstanding,
  }
}

/** Most retries at once beside `requestsInFlight` requests. */
export function retryLimit(policy: RetryBudgetPolicy, requestsInFlight: number): number {
  return Math.max(policy.floor, Math.floor((requestsInFlight * policy.sharePercent) / 100))
}
