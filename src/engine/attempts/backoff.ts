// How long to wait before a retry on the same node or the second round (policies §2). Another node is tried at once.
import type { Random } from '../ports.ts'

export type BackoffPolicy = { readonly minMs: number; readonly maxMs: number }

/**
 * Full jitter: anything from 0 to the exponential step, for clients that failed together must not come back together.
 * `retry` is 0 for the first retry.
 */
export function backoffDelayMs(policy: BackoffPolicy, retry: number, random: Random): number {
  // A minimum above the maximum (both are settings) is cut to the maximum, not an error in the middle of a request.
  const stepMs = Math.min(policy.minMs * 2 ** Math.max(0, retry), policy.maxMs)
  return stepMs * random()
}
