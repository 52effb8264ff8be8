// Waiting for the client's side of a connection, and breaking it off the way a tool can retry.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../ports.ts'

/** Bytes on their way get this long; then the connection is broken all the same (policies §2). */
const FLUSH_MS = 250

/** Resolves when the client takes more, or is gone. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || !response.writableNeedDrain) {
      resolve()
      return
    }
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
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
