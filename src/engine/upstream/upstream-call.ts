// One request on its way to a node and back, as a mailbox: sockets, timers and the client's going away all post to it,
// and one reader takes the events in order. So a try of a node reads top to bottom, with no callbacks inside.
import type { Dispatcher } from 'undici'
import { errorCode } from './error-code.ts'

export type CallTimer =
  | 'connect'
  | 'second-connect'
  | 'first-event'
  | 'silence'
  | 'whole-answer'
  | 'before-content-total'
  | 'block-open'
  | 'ping'

export type CallEvent =
  /** The connection stands and the request is being written. */
  | { readonly type: 'sent'; readonly reusedSocket: boolean }
  | { readonly type: 'head'; readonly status: number; readonly rawHeaders: readonly string[] }
  | { readonly type: 'data'; readonly chunk: Buffer }
  | { readonly type: 'end' }
  | { readonly type: 'error'; readonly code: string; readonly detail: string }
  | { readonly type: 'timer'; readonly timer: CallTimer }
  | { readonly type: 'cancelled' }

/** Bytes that may lie in the mailbox before the node is made to wait. */
const HIGH_WATER_BYTES = 256 * 1024

/** May the request be written now that a connection stands? False: another node connected first. */
export type MayStart = () => boolean

type UpstreamCallOptions = {
  readonly mayStart: MayStart
  /** Asked once, when the request is written. */
  readonly reusedSocket: () => boolean
  /** `clean`: the answer was read to its end and the socket may serve another request. */
  readonly onClosed: (end: 'clean' | 'broken') => void
  /** Gives up a connection that does not stand yet. */
  readonly abandonConnect: () => void
}

export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #mayStart: MayStart
  readonly #reusedSocket: () => boolean
  readonly #onClosed: (end: 'clean' | 'broken') => void
  readonly #abandonConnect: () => void
  #controller: Dispatcher.DispatchController | null = null
  #queue: CallEvent[] = []
  #queuedBytes = 0
  #waiter: ((event: CallEvent) => void) | null = null
  #closed = false

  constructor(options: UpstreamCallOptions) {
    this.#mayStart = options.mayStart
    this.#reusedSocket = options.reusedSocket
    this.#onClosed = options.onClosed
    this.#abandonConnect = options.abandonConnect
  }

  /** The next event in order. One reader at a time. */
  next(): Promise<CallEvent> {
    const event = this.#queue.shift()
    if (event === undefined) {
      return new Promise((resolve) => {
        this.#waiter = resolve
      })
    }
    if (event.type === 'data') {
      this.#queuedBytes -= event.chunk.length
      if (this.#queuedBytes < HIGH_WATER_BYTES) this.#controller?.resume()
    }
    return Promise.resolve(event)
  }

  /** Timers and the client's end post here too. */
  post(event: CallEvent): void {
    const waiter = this.#waiter
    if (waiter !== null) {
      this.#waiter = null
      waiter(event)
      return
    }
    this.#queue.push(event)
    if (event.type !== 'data') return
    this.#queuedBytes += event.chunk.length
    if (this.#queuedBytes >= HIGH_WATER_BYTES) this.#controller?.pause()
  }

  /** The connection is broken off; nothing more arrives. Idempotent, harmless after the end. */
  abort(): void {
    if (this.#closed) return
    if (this.#controller === null) this.#abandonConnect()
    else this.#controller.abort(new Error('aborted by switchyard'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (!this.#mayStart()) {
      controller.abort(new PassedOver())
      return
    }
    this.post({ type: 'sent', reusedSocket: this.#reusedSocket() })
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // 1xx are not the answer; undici gives them here too.
    if (status < 200) return
    this.post({ type: 'head', status, rawHeaders: rawHeadersOf(controller) })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.post({ type: 'data', chunk })
  }

  onResponseEnd(): void {
    this.#close('clean')
    this.post({ type: 'end' })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: string }): void {
    this.#close('broken')
    this.post({ type: 'error', code: errorCode(error), detail: error.message })
  }

  #close(end: 'clean' | 'broken'): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClosed(end)
  }
}

/** Code of the event with which a call ends that was not allowed to start. */
export const PASSED_OVER = 'SY_PASSED_OVER'

class PassedOver extends Error {
  readonly code = PASSED_OVER
}

/** Name and value in turn; undici gives them as Buffers, and latin1 keeps every byte. */
function rawHeadersOf(controller: Dispatcher.DispatchController): readonly string[] {
  const raw: unknown = controller.rawHeaders
  return Array.isArray(raw)
    ? raw.map((part: unknown) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)))
    : []
}
