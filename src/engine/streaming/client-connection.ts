// Waiting for the client's side of a connection, and breaking it off the way a tool can retry.
import type { ServerResponse } from 'node:http'
import type { Cancellation } from '../exchange/cancellation.ts'
import type { Clock } from '../ports.ts'

/** Bytes on their way get this long; then the connection is broken all the same (policies §2). */
const FLUSH_MS = 250

export type DrainRoom = {
  readonly clock: Clock
  readonly cancellation: Cancellation
  /** A client that takes nothing for this long is not there any more. */
  readonly patienceMs: number
}

/** Resolves when the client takes more, is gone, or the exchange is cancelled; `stalled` when patience ran out first. */
export function drained(
  response: ServerResponse,
  { clock, cancellation, patienceMs }: DrainRoom,
): Promise<'on' | 'stalled'> {
  return new Promise((resolve) => {
    if (response.destroyed || !response.writableNeedDrain || cancellation.reason() !== null) {
      resolve('on')
      return
    }
    const finish = (how: 'on' | 'stalled') => {
      timer.cancel()
      unsubscribe()
      response.off('drain', on).off('close', on)
      resolve(how)
    }
    const on = () => finish('on')
    const timer = clock.startTimer(patienceMs, () => finish('stalled'))
    const unsubscribe = cancellation.onCancel(on)
    response.on('drain', on).on('close', on)
  })
}

/** What was relayed reaches the client, then the connection breaks: `res.destroy()`, never an end. */
export function flushAndDestroy(response: ServerResponse, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel()
      response.destroy()
      resolve()
    }
    const timer = clock.startTimer(FLUSH_MS, done)
    if (response.destroyed || response.socket === null) done()
    // An empty write is called back when everything before it has left for the kernel.
    else response.socket.write('', done)
  })
}
