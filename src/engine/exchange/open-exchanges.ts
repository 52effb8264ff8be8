// The exchanges under way: how many there are, when the last one ends, and breaking them off when Switchyard stops.
import type { Arrival } from './arrival.ts'

export type OpenExchanges = {
  readonly add: (arrival: Arrival) => void
  readonly remove: (arrival: Arrival) => void
  readonly count: () => number
  /** Every request from now on is refused with `stopping`. */
  readonly stop: () => void
  readonly stopping: () => boolean
  /** Resolves when none is left. */
  readonly idle: () => Promise<void>
  readonly cancelAll: () => void
}

export function createOpenExchanges(): OpenExchanges {
  const open = new Set<Arrival>()
  const waiting: (() => void)[] = []
  let stopping = false
  return {
    add: (arrival) => open.add(arrival),
    remove: (arrival) => {
      open.delete(arrival)
      if (open.size === 0) for (const resolve of waiting.splice(0)) resolve()
    },
    count: () => open.size,
    stop: () => {
      stopping = true
    },
    stopping: () => stopping,
    idle: () =>
      new Promise((resolve) => {
        if (open.size === 0) resolve()
        else waiting.push(resolve)
      }),
    cancelAll: () => {
      for (const { cancellation } of open) cancellation.cancel('stopping')
    },
  }
}
