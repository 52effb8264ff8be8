// The last pushes of this daemon with their revisions: every follower reads from here, at its own pace.
import type { Push } from '../../shared/contract/push.ts'

export type PushRing = {
  /** Of the newest push. */
  readonly revision: () => number
  readonly add: (push: Omit<Push, 'revision'>) => void
  /** The push after this revision; `none`: not made yet; `lost`: not kept any more, or never made. */
  readonly after: (revision: number) => Push | 'none' | 'lost'
  /** From here on something is missing: nobody who was here before may go on. */
  readonly interrupt: () => void
}

export type RingLimits = { readonly pushesMax: number; readonly ringEventsMax: number }

export function createPushRing({ pushesMax, ringEventsMax }: RingLimits): PushRing {
  let pushes: Push[] = []
  let eventCount = 0
  let revision = 0

  function forgetOldest(): void {
    const oldest = pushes.shift()
    eventCount -= oldest?.events.length ?? 0
  }

  return {
    revision: () => revision,
    add: (push) => {
      revision += 1
      pushes.push({ ...push, revision })
      eventCount += push.events.length
      // The newest stays, however large: its follower may be the quickest of all.
      while (pushes.length > pushesMax || (eventCount > ringEventsMax && pushes.length > 1)) forgetOldest()
    },
    after: (seen) => {
      if (seen === revision) return 'none'
      return pushes[seen - revision + pushes.length] ?? 'lost'
    },
    interrupt: () => {
      pushes = []
      eventCount = 0
      revision += 1
    },
  }
}
