// Counts of delays in steps of 50 µs up to 5 s: a hundred thousand events cost no memory and no sorting.

export type DelayHistogram = {
  readonly add: (microseconds: number) => void
  readonly count: number
  /** NaN when empty. */
  readonly quantileMs: (share: number) => number
}

const STEP_US = 50
const STEPS = 100_000

export function createDelayHistogram(): DelayHistogram {
  const counts = new Uint32Array(STEPS)
  let count = 0
  return {
    add: (microseconds) => {
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(microseconds / STEP_US)))
      counts[step] = (counts[step] ?? 0) + 1
      count++
    },
    get count() {
      return count
    },
    quantileMs: (share) => {
      let below = 0
      for (const [step, inStep] of counts.entries()) {
        below += inStep
        if (inStep > 0 && below >= count * share) return ((step + 1) * STEP_US) / 1000
      }
      return Number.NaN
    },
  }
}
