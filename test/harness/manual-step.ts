// A step that the test plays by hand, byte by byte. It answers one request.
import { EVENT_STREAM_HEADERS } from './answer-frames.ts'
import { type SseEvent, sseBytes } from './anthropic-message.ts'
import { createFeed, type ResponseHeaders, type Step } from './plan.ts'

export type ManualStep = Step & {
  /** Default: 200 and an event stream. */
  readonly head: (status?: number, headers?: ResponseHeaders) => void
  readonly write: (bytes: Buffer | string) => void
  readonly event: (event: SseEvent) => void
  /** A complete answer. */
  readonly end: () => void
  /** FIN without completing the answer. */
  readonly fin: () => void
  readonly reset: () => void
}

/** What is called before the request arrives is played when it does. */
export function manualStep(): ManualStep {
  const feed = createFeed()
  const write = (bytes: Buffer | string): void => feed.push({ act: 'write', bytes: Buffer.from(bytes) })
  const finish = (act: 'end' | 'fin' | 'reset') => (): void => {
    feed.push({ act })
    feed.close()
  }
  let used = 0
  return {
    kind: 'manual',
    plan: () => {
      used++
      if (used > 1) throw new Error('a manual step answers one request; script another step behind it')
      return [{ act: 'follow', feed }]
    },
    head: (status = 200, headers = EVENT_STREAM_HEADERS) => feed.push({ act: 'head', status, headers }),
    write,
    event: (event) => write(sseBytes(event)),
    end: finish('end'),
    fin: finish('fin'),
    reset: finish('reset'),
  }
}
