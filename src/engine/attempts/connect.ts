// From the dispatch to a standing connection. One that is unanswered for a second gets company from the next node: a
// connection costs no tokens, and a black-holed node must cost about a second, once (policies §1).
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { type CallEvent, PASSED_OVER } from '../upstream/upstream-call.ts'
import { type Attempt, type ConnectRace, closeAttempt } from './attempt.ts'
import type { AttemptRoom } from './attempt-job.ts'

export type EndedAttempt = { readonly attempt: Attempt; readonly end: AttemptEnd }
export type Connected =
  /** `attempt` is being sent; `ended` are those that failed or were passed over on the way. */
  | {
      readonly kind: 'sent'
      readonly attempt: Attempt
      readonly reusedSocket: boolean
      readonly ended: readonly EndedAttempt[]
    }
  | { readonly kind: 'failed'; readonly ended: readonly EndedAttempt[] }
  | { readonly kind: 'cancelled'; readonly ended: readonly EndedAttempt[] }

export type ConnectOptions = {
  /** The one the attempts were opened with. */
  readonly race: ConnectRace
  readonly room: AttemptRoom
  /** Opens an attempt on another eligible node, or null. */
  readonly openAnother: () => Attempt | null
  /** Settles the lease of an attempt whose end nobody waits for any more. */
  readonly settleLate: (ended: EndedAttempt) => void
}

type Arrived = { readonly attempt: Attempt; readonly event: CallEvent }

export async function connect(first: Attempt, options: ConnectOptions): Promise<Connected> {
  start(first, options.room)
  const event = await first.call.next()
  if (event.type !== 'sent') return await race({ attempt: first, event }, options)
  first.timers.cancelAll()
  return { kind: 'sent', attempt: first, reusedSocket: event.reusedSocket, ended: [] }
}

/** The first attempt did not stand at once: others may join it. */
async function race(first: Arrived, options: ConnectOptions): Promise<Connected> {
  const waiting = new Map<Attempt, Promise<Arrived>>()
  const settled = new Map<Attempt, () => void>()
  const ended: EndedAttempt[] = []
  const wait = (attempt: Attempt) => waiting.set(attempt, nextOf(attempt))
  const leave = (attempt: Attempt) => {
    waiting.delete(attempt)
    settled.get(attempt)?.()
    attempt.timers.cancelAll()
  }
  const end = (attempt: Attempt, how: AttemptEnd) => {
    leave(attempt)
    closeAttempt(attempt)
    ended.push({ attempt, end: how })
  }

  const joinedBy = (attempt: Attempt) => {
    settled.set(attempt, attempt.selection.lease.node.connectUnanswered())
    wait(attempt)
    try {
      const another = options.openAnother()
      if (another === null) return
      start(another, options.room)
      wait(another)
    } catch (error) {
      // A fault of ours must not leave the others connecting for nobody.
      for (const one of waiting.keys()) {
        end(one, { kind: 'cancelled' })
        one.selection.lease.settle('none')
      }
      throw error
    }
  }

  waiting.set(first.attempt, Promise.resolve(first))
  while (waiting.size > 0) {
    const { attempt, event } = await Promise.race(waiting.values())
    switch (event.type) {
      case 'sent': {
        leave(attempt)
        for (const [loser, pending] of waiting) {
          ended.push({ attempt: loser, end: { kind: 'passed-over' } })
          loser.unsubscribe()
          awaitLoser(pending, settled.get(loser) ?? noop, options).catch((error: unknown) => {
            options.room.log('error', 'upstream', 'a connect that lost its race could not be settled', {
              error: error instanceof Error ? error.message : String(error),
            })
          })
        }
        return { kind: 'sent', attempt, reusedSocket: event.reusedSocket, ended }
      }
      case 'error':
        end(attempt, endOfConnect(attempt, event))
        break
      case 'timer':
        // Its time was over at the moment it stood: it is being written already, and 'sent' is next.
        if (options.race.winner === attempt) wait(attempt)
        else if (event.timer === 'second-connect') joinedBy(attempt)
        else end(attempt, connectTimeout(attempt))
        break
      case 'cancelled':
        for (const one of waiting.keys()) end(one, { kind: 'cancelled' })
        return { kind: 'cancelled', ended }
      case 'head':
      case 'data':
      case 'end':
        throw new Error(`a call answered (${event.type}) before it was sent`)
    }
  }
  return { kind: 'failed', ended }
}

function start(attempt: Attempt, room: AttemptRoom): void {
  const { connectTimeoutMs, secondConnectAfterMs } = room.settings()
  attempt.timers.start('connect', connectTimeoutMs)
  attempt.timers.start('second-connect', secondConnectAfterMs)
}

async function nextOf(attempt: Attempt): Promise<Arrived> {
  return { attempt, event: await attempt.call.next() }
}

/** The exchange went on elsewhere; how this connect ends still matters to the node. Bounded by its connect timer. */
async function awaitLoser(
  pending: Promise<Arrived>,
  connectSettled: () => void,
  options: ConnectOptions,
): Promise<void> {
  const { attempt, event } = await pending
  if (event.type === 'timer' && event.timer === 'second-connect') {
    return awaitLoser(nextOf(attempt), connectSettled, options)
  }
  connectSettled()
  closeAttempt(attempt)
  options.settleLate({ attempt, end: endOfConnect(attempt, event) })
}

function endOfConnect(attempt: Attempt, event: CallEvent): AttemptEnd {
  if (event.type === 'timer') return connectTimeout(attempt)
  if (event.type !== 'error' || event.code === PASSED_OVER) return { kind: 'passed-over' }
  return { kind: 'connect-failed', code: event.code, detail: event.detail }
}

function connectTimeout(attempt: Attempt): AttemptEnd {
  return { kind: 'connect-timeout', proxy: attempt.proxy }
}

function noop(): void {}
