// What happened since the last push: bounded, and cheap to add to, for the engine waits while it is told.
import type { EngineEvent } from '../../shared/contract/engine-event.ts'
import type { ChangedList } from '../../shared/contract/push.ts'

export type Gathered = {
  readonly events: EngineEvent[]
  readonly dropped: number
  readonly changed: ChangedList[]
}

export type Gathering = {
  readonly addEvent: (event: EngineEvent) => void
  readonly addChanged: (lists: readonly ChangedList[]) => void
  /** All of it; the next begins empty. */
  readonly take: () => Gathered
}

export function createGathering(eventsMax: number): Gathering {
  let events: EngineEvent[] = []
  let dropped = 0
  const changed = new Set<ChangedList>()
  return {
    addEvent: (event) => {
      // The newest are left out, not the oldest: keeping those costs a counter, and `dropped` sends the follower for a
      // new snapshot either way.
      if (events.length < eventsMax) events.push(event)
      else dropped += 1
    },
    addChanged: (lists) => {
      for (const list of lists) changed.add(list)
    },
    take: () => {
      const gathered = { events, dropped, changed: [...changed] }
      events = []
      dropped = 0
      changed.clear()
      return gathered
    },
  }
}
