// A stream as the engine reads it: through the tap, by a protocol's own reader.
import type { EventMeaning, ProtocolModule } from '../../src/engine/protocols/protocol.ts'
import { createEventTap, type TappedMeaning } from '../../src/engine/streaming/event-tap.ts'
import type { TokenUsage } from '../../src/shared/model/exchange.ts'

export type ReadEvents = {
  readonly meanings: readonly EventMeaning[]
  readonly kinds: readonly EventMeaning['kind'][]
  readonly finished: boolean
  readonly ended: boolean
  readonly usage: TokenUsage | null
}

/** In these pieces, as if each came for itself. */
export function readEvents(protocol: ProtocolModule, ...pieces: readonly (Buffer | string)[]): ReadEvents {
  const reader = protocol.createStreamReader()
  const tap = createEventTap(reader, null)
  const meanings = pieces.flatMap((piece) => {
    const read = tap.push(Buffer.from(piece))
    if (read instanceof Promise) throw new Error('a plain stream is read at once')
    return read
  })
  return {
    meanings: meanings.map(asRead),
    kinds: meanings.map(({ kind }) => kind),
    finished: reader.finished(),
    ended: reader.ended(),
    usage: reader.usage(),
  }
}

/** The tap adds the event's data to an error. */
function asRead(meaning: TappedMeaning): EventMeaning {
  if (meaning.kind !== 'error') return meaning
  const { kind, errorType, message } = meaning
  return { kind, errorType, message }
}

/** Events without names, as most of OpenAI's imitators write them. */
export function unnamed(...events: readonly unknown[]): string {
  return events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('')
}
