// The sliding window of a circuit breaker: how many requests ended in the last windowMs, and what weight of them failed.

/** Fixed by policies §4: finer costs memory per node and nobody could see the difference. */
const BUCKETS = 12

type Bucket = {
  readonly startMs: number
  readonly requests: number
  /** A failure weighs 1, a half-failure 0.5. */
  readonly failureWeight: number
}
/** Oldest first, empty buckets left out: never more than about a dozen, however many requests there are. */
export type FailureWindow = { readonly buckets: readonly Bucket[] }
export type WindowSums = { readonly requests: number; readonly failureWeight: number }

export const emptyWindow: FailureWindow = { buckets: [] }

type Sample = { readonly nowMs: number; readonly failureWeight: number }

export function addSample(window: FailureWindow, windowMs: number, sample: Sample): FailureWindow {
  const startMs = bucketStartMs(windowMs, sample.nowMs)
  const kept = freshBuckets(window, windowMs, sample.nowMs)
  const last = kept.at(-1)
  // `>=`: a clock that steps back must not make a second, older bucket after a newer one.
  if (last === undefined || last.startMs < startMs) {
    return { buckets: [...kept, { startMs, requests: 1, failureWeight: sample.failureWeight }] }
  }
  const grown: Bucket = {
    startMs: last.startMs,
    requests: last.requests + 1,
    failureWeight: last.failureWeight + sample.failureWeight,
  }
  return { buckets: [...kept.slice(0, -1), grown] }
}

/** What is in the window as seen at `nowMs`; buckets that are too old do not count even when nobody wrote since. */
export function sumWindow(window: FailureWindow, windowMs: number, nowMs: number): WindowSums {
  let requests = 0
  let failureWeight = 0
  for (const bucket of freshBuckets(window, windowMs, nowMs)) {
    requests += bucket.requests
    failureWeight += bucket.failureWeight
  }
  return { requests, failureWeight }
}

/** Forgets the buckets that touch a gap (sleep, no network): what failed then says nothing about the node (policies §1). */
export function discardGap(
  window: FailureWindow,
  windowMs: number,
  gap: { readonly fromMs: number; readonly toMs: number },
): FailureWindow {
  const widthMs = windowMs / BUCKETS
  return {
    buckets: window.buckets.filter((bucket) => bucket.startMs + widthMs <= gap.fromMs || bucket.startMs > gap.toMs),
  }
}

function freshBuckets(window: FailureWindow, windowMs: number, nowMs: number): readonly Bucket[] {
  const widthMs = windowMs / BUCKETS
  // Half a width of slack: the width may be a fraction, and its rounding must neither keep a 13th bucket nor drop the 12th.
  const oldestMs = bucketStartMs(windowMs, nowMs) - windowMs + widthMs / 2
  return window.buckets.filter((bucket) => bucket.startMs > oldestMs)
}

function bucketStartMs(windowMs: number, nowMs: number): number {
  const widthMs = windowMs / BUCKETS
  return Math.floor(nowMs / widthMs) * widthMs
}
