// What a step does on the wire, as data: a step plans it, perform-plan.ts acts it out, plannedBytes adds it up.
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { createCondition } from './condition.ts'

export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>

/** What the answer depends on. */
export type Ask = {
  /** Of the upstream; stands in the default text, so that a test sees who answered. */
  readonly name: string
  /** 1 for the first request of this operation at this upstream; makes message ids unique. */
  readonly number: number
  readonly model: string
  readonly stream: boolean
  /** The request's own, by its path. Default: anthropic. */
  readonly protocol?: Protocol
}

export type Part =
  | { readonly act: 'head'; readonly status: number; readonly headers: ResponseHeaders }
  | { readonly act: 'write'; readonly bytes: Buffer }
  | { readonly act: 'hold'; readonly gate: Gate }
  | { readonly act: 'delay'; readonly ms: number }
  | { readonly act: 'follow'; readonly feed: Feed }
  /** A complete answer. */
  | { readonly act: 'end' }
  /** The connection closes (FIN) without completing the answer. */
  | { readonly act: 'fin' }
  | { readonly act: 'reset' }

export type Step = {
  /** Shown in the record of a request: "status 500". */
  readonly kind: string
  readonly plan: (ask: Ask) => readonly Part[]
}
/** A step that stops somewhere until the test lets it go on. Never released, it lasts until its client or the upstream goes. */
export type HeldStep = Step & { readonly release: () => void }

/** The bytes of the body a step sends, transfer coding undone, as if every hold were released; what a feed writes is not known before. */
export function plannedBytes(step: Step, ask: Ask): Buffer {
  return Buffer.concat(step.plan(ask).flatMap((part) => (part.act === 'write' ? [part.bytes] : [])))
}

export type Gate = { readonly released: Promise<void>; readonly release: () => void }

export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { released: promise, release: resolve }
}

/** Parts that a test hands in one by one while the answer runs. */
export type Feed = {
  readonly push: (part: Part) => void
  /** The plan goes on behind the feed. */
  readonly close: () => void
  /** In order, until closed or aborted. One reader. */
  readonly parts: (signal: AbortSignal) => AsyncGenerator<Part, void>
}

export function createFeed(): Feed {
  const waiting: Part[] = []
  const changed = createCondition()
  let closed = false
  return {
    push: (part) => {
      waiting.push(part)
      changed.poke()
    },
    close: () => {
      closed = true
      changed.poke()
    },
    async *parts(signal) {
      signal.addEventListener('abort', changed.poke, { once: true })
      for (;;) {
        const next = await changed.until(
          () => waiting.shift() ?? (closed || signal.aborted ? 'done' : undefined),
          () => 'the test to go on with a manual step',
          FEED_LIMIT_MS,
        )
        if (next === 'done') return
        yield next
      }
    },
  }
}

/** Longer than any test: the upstream's close() ends a feed, this only catches one that nobody closes. */
const FEED_LIMIT_MS = 600_000
