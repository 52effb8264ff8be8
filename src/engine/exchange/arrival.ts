// A request as it arrived: its id, its time, its client's going away.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../ports.ts'
import { type Cancellation, createCancellation } from './cancellation.ts'

export type Arrival = {
  readonly id: string
  /** Monotonic. */
  readonly startedMs: number
  readonly startedWallMs: number
  readonly client: string | null
  readonly cancellation: Cancellation
}

export function arrive(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, newId }: { readonly clock: Clock; readonly newId: (prefix: string) => string },
): Arrival {
  const cancellation = createCancellation()
  response.on('close', () => {
    if (!response.writableFinished) cancellation.cancel('client-gone')
  })
  // A connection that breaks while we write raises an error here; 'close' tells all there is to know.
  response.on('error', () => undefined)
  return {
    id: newId('ex'),
    startedMs: clock.monotonicMs(),
    startedWallMs: Math.round(clock.wallMs()),
    client: request.headers['user-agent']?.split(' ', 1)[0]?.slice(0, 100) ?? null,
    cancellation,
  }
}
