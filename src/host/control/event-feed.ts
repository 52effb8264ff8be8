// Live pushes for followers of the control plane: at most ten a second, each with all that happened since the one before.
//
// The engine is not to pay for who watches: while nobody does (and nobody did a moment ago) it tells no one, and while
// somebody does an event costs one place in an array. All followers read the same pushes from one ring; one that is too
// slow, or comes back too late, finds its place gone and gets a push with `gap`.
import type { EngineEvents } from '../../engine/events.ts'
import type { Clock, Timer } from '../../engine/ports.ts'
import type { ChangedList, Push } from '../../shared/contract/push.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import { createFollower, type Follower, type Pushes, revisionOf } from './follower.ts'
import { createGathering } from './gathering.ts'
import { createNodeWatch, type NodeDifferences } from './node-watch.ts'
import { createPushRing } from './push-ring.ts'

const PUSH_EVERY_MS = 100
/** Cooldowns and breakers end by time alone, and nobody tells of that. */
const LOOK_EVERY_MS = 1_000
/** A look at a thousand nodes takes milliseconds, in which no request goes on: the rest after it is this much longer. */
const REST_PER_LOOK = 20
/** How long pushes are still made for followers that may come back. */
const LINGER_MS = 60_000

export type FeedLimits = {
  /** In one push. */
  readonly eventsMax: number
  /** Ten seconds of pushes under load. */
  readonly pushesMax: number
  /** In all pushes that are kept: some megabytes of records. */
  readonly ringEventsMax: number
}
const DEFAULT_LIMITS: FeedLimits = { eventsMax: 1_000, pushesMax: 100, ringEventsMax: 10_000 }

const NOT_LOOKED: NodeDifferences = { different: [], someGone: false }

export type EventFeed = {
  /** Ends when `signal` aborts, on `return`, and when the feed closes. */
  readonly subscribe: (following?: Following) => Pushes
  /** Lists that are different now, and already so for whoever asks for them. */
  readonly tellChanged: (lists: readonly ChangedList[]) => void
  /** Ends every follower after what there is for it. Idempotent. */
  readonly close: () => void
}
export type Following = {
  readonly signal?: AbortSignal | undefined
  /** The `id` of the last push it has, to go on behind it. */
  readonly lastEventId?: string | undefined
}

export type EventFeedOptions = {
  readonly events: Pick<EngineEvents, 'subscribe'>
  readonly clock: Clock
  readonly instanceId: string
  readonly nodeViews: () => readonly NodeView[]
  readonly limits?: FeedLimits
}

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { events, clock, instanceId, limits = DEFAULT_LIMITS } = options
  const ring = createPushRing(limits)
  const watch = createNodeWatch(options.nodeViews)
  const gathering = createGathering(limits.eventsMax)
  const followers = new Set<Follower>()
  let stopListening: (() => void) | null = null
  let lastFlushMs = Number.NEGATIVE_INFINITY
  let restUntilMs = Number.NEGATIVE_INFINITY
  let nextFlush: Timer | null = null
  let nextLook: Timer | null = null
  let linger: Timer | null = null
  let isClosed = false

  /** The first thing after a quiet time goes out at once: a timer all the same, for the engine tells before it is done. */
  function flushSoon(): void {
    nextFlush ??= clock.startTimer(Math.max(0, lastFlushMs + PUSH_EVERY_MS - clock.monotonicMs()), flush)
  }

  function flush(): void {
    nextFlush?.cancel()
    nextFlush = null
    lastFlushMs = clock.monotonicMs()
    const isPutOff = lastFlushMs < restUntilMs
    const { different, someGone } = followers.size === 0 || isPutOff ? NOT_LOOKED : look()
    if (someGone) gathering.addChanged(['nodes'])
    const gathered = gathering.take()
    if (gathered.events.length + gathered.dropped + gathered.changed.length + different.length > 0) {
      ring.add({ instanceId, gap: false, ...gathered, nodes: different })
      for (const follower of followers) follower.wake()
    }
    nextLook?.cancel()
    nextLook =
      followers.size === 0 ? null : clock.startTimer(isPutOff ? restUntilMs - lastFlushMs : LOOK_EVERY_MS, flushSoon)
  }

  function look(): NodeDifferences {
    const startMs = clock.monotonicMs()
    const differences = watch.look()
    const endMs = clock.monotonicMs()
    restUntilMs = endMs + Math.min((endMs - startMs) * REST_PER_LOOK, LOOK_EVERY_MS)
    return differences
  }

  /** All there is to know now, for a follower with nothing or with too little. */
  function snapshot(): Push {
    const revision = ring.revision()
    return { revision, instanceId, gap: true, events: [], dropped: 0, changed: [], nodes: [...watch.all()] }
  }

  function listen(): void {
    linger?.cancel()
    linger = null
    stopListening ??= events.subscribe((event) => {
      gathering.addEvent(event)
      flushSoon()
    })
  }

  function lingerOn(): void {
    nextLook?.cancel()
    nextLook = null
    linger = clock.startTimer(LINGER_MS, () => {
      rest()
      ring.interrupt()
    })
  }

  function rest(): void {
    for (const timer of [nextFlush, nextLook, linger]) timer?.cancel()
    nextFlush = null
    nextLook = null
    linger = null
    stopListening?.()
    stopListening = null
    gathering.take()
  }

  function subscribe({ signal, lastEventId }: Following = {}): Pushes {
    const seen = revisionOf(lastEventId, instanceId)
    let first: Push | null = null
    let revision = seen ?? -1
    const follower = createFollower({
      take: () => {
        const push = first ?? ring.after(revision)
        first = null
        if (push === 'none') return null
        const taken = push === 'lost' ? snapshot() : push
        revision = taken.revision
        return taken
      },
      leave: () => {
        if (followers.delete(follower) && followers.size === 0 && !isClosed) lingerOn()
      },
    })
    if (isClosed || signal?.aborted === true) {
      follower.drop()
      return follower.iterator
    }
    listen()
    followers.add(follower)
    const goesOn = seen !== null && ring.after(seen) !== 'lost'
    // What it is given first should be true now, but a crowd of newcomers must not make more pushes than ten a second.
    if (clock.monotonicMs() - lastFlushMs >= PUSH_EVERY_MS) flush()
    else flushSoon()
    if (!goesOn) {
      first = snapshot()
      revision = first.revision
    }
    // Once and weak enough: the signal of a request dies with the request.
    signal?.addEventListener('abort', follower.drop, { once: true })
    return follower.iterator
  }

  return {
    subscribe,
    tellChanged: (lists) => {
      if (stopListening === null || lists.length === 0) return
      gathering.addChanged(lists)
      flushSoon()
    },
    close: () => {
      if (isClosed) return
      isClosed = true
      const last = gathering.take()
      if (last.events.length + last.dropped + last.changed.length > 0)
        ring.add({ instanceId, gap: false, ...last, nodes: [] })
      rest()
      for (const follower of followers) follower.finish()
    },
  }
}
