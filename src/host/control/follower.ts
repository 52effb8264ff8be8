// One follower of the feed: takes the next push when there is one, waits when there is none, ends when told.
import { withEventMeta } from '@orpc/server'
import type { Push } from '../../shared/contract/push.ts'

export type Follower = {
  readonly iterator: Pushes
  /** There may be something to take. */
  readonly wake: () => void
  /** No more pushes; those it has not taken yet are still handed out. */
  readonly finish: () => void
  /** Ends now: nobody reads any more. */
  readonly drop: () => void
}
export type Pushes = AsyncIteratorObject<Push, undefined, undefined>

export type FollowerOptions = {
  readonly take: () => Push | null
  /** Told once, at its end. */
  readonly leave: () => void
}

type Result = IteratorResult<Push, undefined>
const DONE: Result = { done: true, value: undefined }

export function createFollower({ take, leave }: FollowerOptions): Follower {
  const waiting: ((result: Result) => void)[] = []
  let isFinished = false
  let isDropped = false

  function takeNext(): Result | null {
    if (isDropped) return DONE
    const push = take()
    if (push !== null) return { done: false, value: withEventMeta(push, { id: eventIdOf(push) }) }
    return isFinished ? DONE : null
  }

  function wake(): void {
    while (waiting.length > 0) {
      const result = takeNext()
      if (result === null) return
      waiting.shift()?.(result)
    }
  }

  function finish(): void {
    if (isFinished) return
    isFinished = true
    leave()
    wake()
  }

  function drop(): void {
    isDropped = true
    finish()
  }

  // By hand and not an async generator: one that waits inside cannot be ended by `return`.
  const iterator: Pushes = {
    next: () => {
      const result = waiting.length > 0 ? null : takeNext()
      if (result !== null) return Promise.resolve(result)
      return new Promise((resolve) => {
        waiting.push(resolve)
      })
    },
    return: () => {
      drop()
      return Promise.resolve(DONE)
    },
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: () => {
      drop()
      return Promise.resolve()
    },
  }
  return { iterator, wake, finish, drop }
}

/** The SSE `id` of a push, and what a follower that comes back shows. */
export function eventIdOf({ instanceId, revision }: Pick<Push, 'instanceId' | 'revision'>): string {
  return `${instanceId}:${revision}`
}

/** The revision in it; null when it is not one of this daemon. */
export function revisionOf(eventId: string | undefined, instanceId: string): number | null {
  const revision = eventId?.startsWith(`${instanceId}:`) === true ? eventId.slice(instanceId.length + 1) : ''
  return /^\d{1,15}$/.test(revision) ? Number(revision) : null
}
