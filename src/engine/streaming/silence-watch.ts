// How long a committed stream has been silent, and how long it may be: models think long, and hidden thinking is one
// start, silence, one signature, one stop. It is a healthy node (policies §1).
import type { Settings } from '../../shared/settings/settings.ts'
import type { Clock } from '../ports.ts'
import type { EventMeaning } from '../protocols/protocol.ts'

export type SilenceWatch = {
  readonly saw: (meanings: readonly EventMeaning[]) => void
  /** Bytes that are no events we can read: a sign of life all the same. */
  readonly sawBytes: () => void
  readonly wrote: () => void
  readonly sinceWriteMs: () => number
  /** Until the silence is too long; 0 or less when it is. */
  readonly leftMs: () => number
  /** When to ask again: no later than a block that closes, or pings that stop, could make it too long. */
  readonly askAgainMs: () => number
}

export function createSilenceWatch(
  { clock, settings }: { readonly clock: Clock; readonly settings: Settings },
  thinkingAtStart: boolean,
): SilenceWatch {
  let thinking = thinkingAtStart
  let lastEventMs = clock.monotonicMs()
  let lastPingMs = Number.NEGATIVE_INFINITY
  let lastWriteMs = lastEventMs
  const event = () => {
    lastEventMs = clock.monotonicMs()
  }
  const leftMs = () => {
    const { silenceTimeoutMs, livingSilenceTimeoutMs } = settings
    const longestMs = lastEventMs + livingSilenceTimeoutMs
    // Pings that stopped are no life any more.
    const pingedMs = Math.min(longestMs, lastPingMs + silenceTimeoutMs)
    const deadlineMs = thinking ? longestMs : Math.max(lastEventMs + silenceTimeoutMs, pingedMs)
    return deadlineMs - clock.monotonicMs()
  }
  return {
    saw: (meanings) => {
      // A chunk without a whole event is a piece of one: life, and no ping.
      if (meanings.length === 0) event()
      for (const meaning of meanings) {
        if (meaning.kind === 'ping' || meaning.kind === 'comment') {
          lastPingMs = clock.monotonicMs()
          continue
        }
        event()
        if (meaning.kind === 'block-opened') thinking = meaning.thinking
        if (meaning.kind === 'block-closed') thinking = false
      }
    },
    sawBytes: event,
    wrote: () => {
      lastWriteMs = clock.monotonicMs()
    },
    sinceWriteMs: () => clock.monotonicMs() - lastWriteMs,
    leftMs,
    askAgainMs: () => Math.min(leftMs(), settings.silenceTimeoutMs),
  }
}
