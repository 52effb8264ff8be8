// Reads a request body whole, bounded and timed, so that it can be sent to more than one node.
import type { IncomingMessage } from 'node:http'
import type { Settings } from '../../shared/settings/settings.ts'
import type { Cancellation } from '../exchange/cancellation.ts'
import type { Clock } from '../ports.ts'
import { ProxyError, stopping } from '../proxy-error.ts'
import type { BufferedBytes } from './buffered-bytes.ts'

export type ReadBodyRoom = {
  readonly clock: Clock
  readonly settings: Settings
  readonly bufferedBytes: BufferedBytes
  readonly cancellation: Cancellation
}
export type HeldBody = {
  readonly bytes: Buffer
  /** Takes room for more that belongs to it, for what comes out of its compression; the error says why there is none. */
  readonly holdMore: (bytes: number) => ProxyError | null
  /** Gives the room back; idempotent. */
  readonly release: () => void
}

/** Thrown when the client leaves while it is still sending: nobody is there to answer. */
export class ClientGone extends Error {}
const CLIENT_GONE = 'the client left while sending its request'

/** Throws body-too-large, body-timeout, buffers-full, or ClientGone. */
export async function readBody(request: IncomingMessage, room: ReadBodyRoom): Promise<HeldBody> {
  const limit = room.settings.bodyBytesMax
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  let held = 0
  const holdMore = (bytes: number): ProxyError | null => {
    if (!room.bufferedBytes.take(bytes)) {
      return new ProxyError('buffers-full', 'too many request bodies are held at once.', { retryAfterSeconds: 2 })
    }
    held += bytes
    return null
  }
  const release = () => {
    room.bufferedBytes.give(held)
    held = 0
  }
  try {
    const chunks: Buffer[] = []
    let length = 0
    await receive(request, room, (chunk) => {
      length += chunk.length
      if (length > limit) return tooLarge(limit)
      chunks.push(chunk)
      return holdMore(chunk.length)
    })
    return {
      bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
      holdMore,
      release,
    }
  } catch (error) {
    release()
    throw error
  }
}

/** `take` answers with the error that ends the reading, or null. */
function receive(
  request: IncomingMessage,
  { clock, settings, cancellation }: ReadBodyRoom,
  take: (chunk: Buffer) => ProxyError | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Its 'close' is over: nothing would come any more, not even an end.
    if (request.destroyed) {
      reject(new ClientGone(CLIENT_GONE))
      return
    }
    const idle = clock.startTimer(settings.clientBodyIdleMs, () =>
      finish(new ProxyError('body-timeout', 'the request body stopped arriving.')),
    )
    const onData = (chunk: Buffer) => {
      idle.restart()
      const error = take(chunk)
      if (error !== null) finish(error)
    }
    const onEnd = () => finish(null)
    const onGone = () => finish(new ClientGone(CLIENT_GONE))
    const finish = (error: Error | null) => {
      idle.cancel()
      unsubscribe()
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      // A client that is cut off later may still raise an error on its request.
      request.on('error', () => undefined)
      if (error === null) resolve()
      else reject(error)
    }
    const unsubscribe = cancellation.onCancel(() =>
      finish(cancellation.reason() === 'stopping' ? stopping() : new ClientGone(CLIENT_GONE)),
    )
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

export function tooLarge(limit: number): ProxyError {
  return new ProxyError('body-too-large', `the request body is larger than ${Math.floor(limit / 1024 / 1024)} MiB.`, {
    shouldRetry: false,
  })
}
