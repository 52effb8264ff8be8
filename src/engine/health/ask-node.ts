// One request of a node's test, on a socket of its own, up to its answer or to how it failed. Nothing here touches the
// node's state. Throws the signal's reason when the test is called off.
import { decoded } from '../attempts/read-error-answer.ts'
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { createEventTap, type TappedMeaning } from '../streaming/event-tap.ts'
import { headerMap, headerOf } from '../upstream/response-headers.ts'
import type { UpstreamRequest } from '../upstream/socket-pool.ts'
import { type CallEvent, PASSED_OVER } from '../upstream/upstream-call.ts'
import type { TestPlace } from './test-place.ts'

export type Answered = {
  readonly kind: 'answered'
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}
/** Since the request was sent. */
export type Content = { readonly kind: 'content'; readonly status: number; readonly afterMs: number }

/** TCP, TLS and proxy; nothing is sent. */
export async function connectNode(place: TestPlace): Promise<AttemptEnd | { readonly kind: 'connected' }> {
  const request: UpstreamRequest = { method: 'HEAD', path: `${place.base.path}/`, headers: [], body: null }
  const timeoutMs = place.room.settings().connectTimeoutMs
  // A call that may not start ends at the moment its connection stands.
  return await asking(place, { request, timeoutMs, mayStart: false }, async (next) => {
    const event = await next()
    if (event.type === 'timer') return { kind: 'connect-timeout', proxy: place.pool.proxy }
    if (event.type !== 'error') throw new Error(`a call went on (${event.type}) that was not to start`)
    if (event.code === PASSED_OVER) return { kind: 'connected' }
    return { kind: 'connect-failed', code: event.code, detail: event.detail }
  })
}

/** A whole answer of any status. */
export async function askWhole(place: TestPlace, request: UpstreamRequest): Promise<Answered | AttemptEnd> {
  const timeoutMs = place.room.settings().nodeTestTimeoutMs
  return await asking(place, { request, timeoutMs, mayStart: true }, async (next) => {
    const head = await readHead(next, place)
    return head.kind === 'head' ? await readWhole(next, head) : head
  })
}

/** A streamed answer up to its first content. */
export async function askContent(place: TestPlace, request: UpstreamRequest): Promise<Content | Answered | AttemptEnd> {
  const timeoutMs = place.room.settings().firstEventTimeoutMs
  return await asking(place, { request, timeoutMs, mayStart: true }, async (next) => {
    const head = await readHead(next, place)
    if (head.kind !== 'head') return head
    const type = headerOf(head.rawHeaders, 'content-type')?.toLowerCase() ?? ''
    // As in a real request: JSON or a page for a stream is an error in disguise.
    if (head.status > 299 || /^(?:application\/json|text\/html)/.test(type)) return await readWhole(next, head)
    const end = await readEvents(next, head, place)
    return end ?? { kind: 'content', status: head.status, afterMs: place.room.clock.monotonicMs() - head.sentMs }
  })
}

type Asking = { readonly request: UpstreamRequest; readonly timeoutMs: number; readonly mayStart: boolean }
type Next = () => Promise<CallEvent>

async function asking<T>(
  { pool, room, signal }: TestPlace,
  { request, timeoutMs, mayStart }: Asking,
  read: (next: Next) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const call = pool.call(request, { freshSocket: true, mayStart: () => mayStart })
  const timer = room.clock.startTimer(timeoutMs, () => call.post({ type: 'timer', timer: 'whole-answer' }))
  const cancel = () => call.post({ type: 'cancelled' })
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await read(async () => {
      const event = await call.next()
      signal.throwIfAborted()
      return event
    })
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', cancel)
    call.abort()
  }
}

type Head = {
  readonly kind: 'head'
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly sentMs: number
}

const silent: AttemptEnd = { kind: 'timed-out', timer: 'whole-answer', committed: false }

async function readHead(next: Next, { room }: TestPlace): Promise<Head | AttemptEnd> {
  let sentMs: number | null = null
  for (;;) {
    const event = await next()
    if (event.type === 'sent') sentMs = room.clock.monotonicMs()
    else if (event.type === 'head') return { ...event, kind: 'head', sentMs: sentMs ?? room.clock.monotonicMs() }
    else if (event.type === 'timer') return silent
    else if (event.type === 'error') {
      return sentMs === null
        ? { kind: 'connect-failed', code: event.code, detail: event.detail }
        : { kind: 'broken', phase: 'before-head', code: event.code }
    }
  }
}

/** OpenRouter's list is half a megabyte. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024
/** What says what an error is stands at its beginning. */
const ERROR_BYTES_MAX = 64 * 1024

/** What is there when an error breaks off or dribbles is enough to say what it is. */
async function readWhole(next: Next, { status, rawHeaders }: Head): Promise<Answered | AttemptEnd> {
  const good = status < 300
  const chunks: Buffer[] = []
  let room = good ? ANSWER_BYTES_MAX : ERROR_BYTES_MAX
  while (room > 0) {
    const event = await next()
    if (event.type === 'data') {
      chunks.push(event.chunk.subarray(0, room))
      room -= event.chunk.length
    } else if (event.type === 'end') {
      break
    } else if (event.type === 'timer' || event.type === 'error') {
      if (!good) break
      return event.type === 'timer' ? silent : { kind: 'broken', phase: 'before-content', code: event.code }
    }
  }
  const encoding = headerOf(rawHeaders, 'content-encoding')?.toLowerCase() ?? null
  const body = await decoded(Buffer.concat(chunks), encoding)
  return { kind: 'answered', status, headers: headerMap(rawHeaders), body }
}

/** Null: content. */
async function readEvents(next: Next, head: Head, { protocol }: TestPlace): Promise<AttemptEnd | null> {
  const encoding = headerOf(head.rawHeaders, 'content-encoding')?.toLowerCase() ?? null
  const tap = createEventTap(protocol.createStreamReader(), encoding)
  let bytes = 0
  try {
    for (;;) {
      const event = await next()
      if (event.type === 'data') {
        bytes += event.chunk.length
        const end = endOrContent(await tap.push(event.chunk))
        if (end !== 'on') return end
        if (tap.blind() || bytes > ANSWER_BYTES_MAX) return badAnswer('malformed')
      } else if (event.type === 'end') {
        return badAnswer(bytes === 0 ? 'empty' : 'ended-early')
      } else if (event.type === 'timer') {
        return silent
      } else if (event.type === 'error') {
        return { kind: 'broken', phase: 'before-content', code: event.code }
      }
    }
  } finally {
    tap.close()
  }
}

function endOrContent(meanings: readonly TappedMeaning[]): AttemptEnd | null | 'on' {
  for (const meaning of meanings) {
    if (meaning.kind === 'error') return { ...meaning, kind: 'error-in-answer', committed: false }
    if (meaning.kind === 'malformed') return badAnswer('malformed')
  }
  return meanings.some(({ kind }) => kind === 'content') ? null : 'on'
}

function badAnswer(problem: 'empty' | 'malformed' | 'ended-early'): AttemptEnd {
  return { kind: 'bad-answer', problem, committed: false }
}
