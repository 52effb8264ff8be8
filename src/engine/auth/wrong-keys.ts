// 20 wrong keys a minute are answered at once; further wrong ones are slowed, right ones never (security.md).
import type { Clock } from '../ports.ts'

const FREE_PER_MINUTE = 20
const MINUTE_MS = 60_000
const SLOWED_BY_MS = 1000
/** Wrong requests that wait at once; beyond it they are answered without a wait rather than pile up. */
const WAITING_MAX = 100

export type WrongKeys = {
  /** Counts one more; false: past the limit. */
  readonly count: () => boolean
  /** Waits when past the limit. */
  readonly slowDown: () => Promise<void>
}

export function createWrongKeys(clock: Clock): WrongKeys {
  let windowStartMs = Number.NEGATIVE_INFINITY
  let counted = 0
  let waiting = 0
  return {
    count: () => {
      const now = clock.monotonicMs()
      if (now - windowStartMs >= MINUTE_MS) {
        windowStartMs = now
        counted = 0
      }
      counted++
      return counted <= FREE_PER_MINUTE
    },
    slowDown: async () => {
      if (counted <= FREE_PER_MINUTE || waiting >= WAITING_MAX) return
      waiting++
      await new Promise<void>((resolve) => {
        clock.startTimer(SLOWED_BY_MS, resolve)
      })
      waiting--
    },
  }
}
