// The commit gate of a stream: events are held until the first content, or 10 s after a block opened without any,
// or when too much is held (policies §2).
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { createEventTap, type TappedMeaning } from '../streaming/event-tap.ts'
import { headerOf } from '../upstream/response-headers.ts'
import type { Attempt } from './attempt.ts'
import { type Awaited, type AwaitOptions, answerHead, ended, type Head } from './awaited.ts'
import { endedWithError } from './error-in-answer.ts'

export async function awaitContent(attempt: Attempt, head: Head, options: AwaitOptions): Promise<Awaited> {
  const { job, room } = options
  const settings = room.settings()
  const reader = job.protocol.createStreamReader()
  const tap = createEventTap(reader, headerOf(head.rawHeaders, 'content-encoding')?.toLowerCase() ?? null)
  const gate = createGate()
  const commit = (why: 'content' | 'time' | 'size'): Awaited => {
    attempt.timers.cancelAll()
    if (why === 'content') attempt.marks.firstContentMs = room.clock.monotonicMs()
    const rest = { kind: 'events', tap, reader, thinking: gate.thinking() } as const
    return { kind: 'committed', answer: { attempt, ...answerHead(head), held: gate.held, rest } }
  }
  const fail = (end: AttemptEnd): Awaited => {
    tap.close()
    return ended(end)
  }

  for (;;) {
    const event = await attempt.call.next()
    switch (event.type) {
      case 'data': {
        gate.hold(event.chunk)
        const meanings = tap.push(event.chunk)
        const step = gate.read(meanings instanceof Promise ? await meanings : meanings)
        if (step.kind === 'commit') return commit('content')
        if (step.kind === 'fail') return fail(step.end)
        if (step.kind === 'error') {
          tap.close()
          return endedWithError(head, step.error)
        }
        // Unreadable bytes are no answer we could judge: a node that speaks no events has not answered a stream.
        if (tap.blind()) return fail({ kind: 'bad-answer', problem: 'malformed', committed: false })
        if (gate.events() >= settings.heldEventsMax || gate.bytes() >= settings.heldBytesMax) return commit('size')
        if (step.sawEvent) {
          attempt.timers.cancel('first-event')
          attempt.timers.start('silence', settings.silenceTimeoutMs)
        }
        if (step.blockOpened) attempt.timers.start('block-open', settings.blockOpenCommitMs)
        break
      }
      case 'end':
        return fail({ kind: 'bad-answer', problem: gate.bytes() === 0 ? 'empty' : 'ended-early', committed: false })
      case 'error':
        return fail({ kind: 'broken', phase: 'before-content', code: event.code })
      case 'timer':
        switch (event.timer) {
          case 'block-open':
            return commit('time')
          case 'before-content-total':
            // A node that shows life is worth more than our error.
            if (gate.events() > 0) return commit('time')
            return fail({ kind: 'timed-out', timer: 'before-content-total', committed: false })
          case 'silence':
            return fail({ kind: 'timed-out', timer: 'silence', committed: false })
          case 'first-event':
            if (gate.sawEvent()) break
            return fail({ kind: 'timed-out', timer: 'first-event', committed: false })
          default:
            break
        }
        break
      case 'cancelled':
        return fail({ kind: 'cancelled' })
      case 'sent':
      case 'head':
        throw new Error(`a call began again (${event.type}) inside its body`)
    }
  }
}

type GateStep =
  | { readonly kind: 'commit' }
  | { readonly kind: 'fail'; readonly end: AttemptEnd }
  | { readonly kind: 'error'; readonly error: Extract<TappedMeaning, { kind: 'error' }> }
  /** In this step: any event but a ping; the first block that opened. */
  | { readonly kind: 'hold'; readonly sawEvent: boolean; readonly blockOpened: boolean }

function createGate() {
  const held: Buffer[] = []
  let bytes = 0
  let events = 0
  let sawEvent = false
  let opened = false
  let thinking = false
  return {
    held,
    bytes: () => bytes,
    /** Pings too: they show life. */
    events: () => events,
    sawEvent: () => sawEvent,
    thinking: () => thinking,
    hold: (chunk: Buffer) => {
      held.push(chunk)
      bytes += chunk.length
    },
    read: (meanings: readonly TappedMeaning[]): GateStep => {
      const openedBefore = opened
      let sawNow = false
      let content = false
      for (const meaning of meanings) {
        // Some nodes send several a second while they wait: nothing that must be held for long, and no reason to commit.
        if (meaning.kind === 'comment') continue
        events++
        if (meaning.kind !== 'ping') sawNow = true
        switch (meaning.kind) {
          case 'content':
            content = true
            break
          case 'block-opened':
            opened = true
            thinking = meaning.thinking
            break
          case 'block-closed':
            thinking = false
            break
          case 'error':
            // Also behind content in the same chunk: nothing of it was sent yet.
            return { kind: 'error', error: meaning }
          case 'malformed':
            return { kind: 'fail', end: { kind: 'bad-answer', problem: 'malformed', committed: false } }
          case 'ping':
          case 'preamble':
          case 'end':
            break
        }
      }
      if (content) return { kind: 'commit' }
      sawEvent ||= sawNow
      return { kind: 'hold', sawEvent: sawNow, blockOpened: opened && !openedBefore }
    },
  }
}
