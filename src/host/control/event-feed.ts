// Live events for subscribers of the control plane: each has its own bounded queue, a slow one loses its oldest.
import type { EngineEvents } from '../../engine/events.ts'
import type { EngineEvent } from '../../shared/contract/engine-event.ts'

/** About a minute of a busy proxy; a subscriber that is further behind is better served by the newest. */
const QUEUED_EVENTS_MAX = 1000

export type EventFeed = {
  /** From now on. Ends when `signal` aborts, on `return`, and when the feed closes. */
  readonly subscribe: (signal?: AbortSignal) => AsyncIteratorObject<EngineEvent, undefined, undefined>
  /** Ends every subscription after what it has queued. Idempotent. */
  readonly close: () => void
}

export function createEventFeed(events: Pick<EngineEvents, 'subscribe'>, queuedMax = QUEUED_EVENTS_MAX): EventFeed {
  const open = new Set<Subscription>()
  let closed = false
  return {
    subscribe: (signal) => {
      const subscription = createSubscription({ events, queuedMax, forget: () => open.delete(subscription) })
      open.add(subscription)
      if (closed) subscription.finish()
      if (signal?.aborted === true) subscription.drop()
      // Once and weak enough: the signal of a request dies with the request.
      signal?.addEventListener('abort', subscription.drop, { once: true })
      return subscription.iterator
    },
    close: () => {
      closed = true
      for (const subscription of open) subscription.finish()
    },
  }
}

type Subscription = {
  readonly iterator: AsyncIteratorObject<EngineEvent, undefined, undefined>
  /** No more events; what is queued is still handed out. */
  readonly finish: () => void
  /** Ends now: nobody reads any more. */
  readonly drop: () => void
}

type SubscriptionOptions = {
  readonly events: Pick<EngineEvents, 'subscribe'>
  readonly queuedMax: number
  readonly forget: () => void
}

type Result = IteratorResult<EngineEvent, undefined>

function createSubscription({ events, queuedMax, forget }: SubscriptionOptions): Subscription {
  let queue: EngineEvent[] = []
  const waiting: ((result: Result) => void)[] = []
  let ended = false
  const unsubscribe = events.subscribe((event) => {
    const reader = waiting.shift()
    if (reader !== undefined) return reader({ done: false, value: event })
    queue.push(event)
    if (queue.length > queuedMax) queue.shift()
  })

  function finish(): void {
    if (ended) return
    ended = true
    unsubscribe()
    forget()
    for (const reader of waiting.splice(0)) reader({ done: true, value: undefined })
  }

  function drop(): void {
    queue = []
    finish()
  }

  function next(): Promise<Result> {
    const event = queue.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      waiting.push(resolve)
    })
  }

  // By hand and not an async generator: one that waits inside cannot be ended by `return`.
  const iterator: AsyncIteratorObject<EngineEvent, undefined, undefined> = {
    next,
    return: () => {
      drop()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: () => {
      drop()
      return Promise.resolve()
    },
  }
  return { iterator, finish, drop }
}
