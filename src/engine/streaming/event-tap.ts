// Reads the events of a streamed answer beside its bytes, for the gate, the timers, the meter and the pings.
// It only ever looks: whatever goes wrong in it, the bytes go on untouched (policies §10).
import { createParser, type EventSourceParser } from 'eventsource-parser'
import type { ErrorSaid, EventMeaning, StreamEvent, StreamReader } from '../protocols/protocol.ts'
import { createBareErrorFinder } from './bare-error.ts'
import { type BodyDecoder, createBodyDecoder } from './body-decoder.ts'

/** An error with its event's data, which is what an error answer's body would have been. */
export type TappedMeaning = Exclude<EventMeaning, ErrorSaid> | (ErrorSaid & { readonly body: string })

export type EventTap = {
  /** What the events that end in this chunk mean, in order. A promise only for a compressed answer. */
  readonly push: (chunk: Buffer) => readonly TappedMeaning[] | Promise<readonly TappedMeaning[]>
  /** The bytes so far end between two events, so that a ping may go here. Never for a compressed answer. */
  readonly betweenEvents: () => boolean
  /** It gave up: an event too large, a coding that does not decode. */
  readonly blind: () => boolean
  readonly close: () => void
}

/** One event larger than this is not read; no tool's answer has one. */
const EVENT_CHARACTERS_MAX = 16 * 1024 * 1024
const comment: TappedMeaning = { kind: 'comment' }
const LF = 0x0a
const CR = 0x0d

/** `contentEncoding` is the node's header, lower case; null or "identity" for a readable stream. */
export function createEventTap(reader: StreamReader, contentEncoding: string | null): EventTap {
  let meanings: TappedMeaning[] = []
  let blind = false
  let pendingCharacters = 0
  let tail: Buffer = Buffer.alloc(0)
  const text = new TextDecoder()
  const parser: EventSourceParser = createParser({
    onEvent: (event) => {
      pendingCharacters = 0
      meanings.push(meaningOf({ name: event.event ?? '', data: event.data }))
    },
    onComment: () => {
      meanings.push(comment)
    },
  })
  const findBareError = createBareErrorFinder()
  const decoder: BodyDecoder | null = createBodyDecoder(contentEncoding)
  if (decoder === 'unknown') blind = true

  function meaningOf(event: StreamEvent): TappedMeaning {
    const meaning = reader.read(event)
    return meaning.kind === 'error' ? { ...meaning, body: event.data } : meaning
  }

  function read(plain: Uint8Array): readonly TappedMeaning[] {
    if (blind) return []
    meanings = []
    try {
      const characters = text.decode(plain, { stream: true })
      pendingCharacters += characters.length
      parser.feed(characters)
      const bareError = findBareError(characters)
      if (bareError !== null) meanings.push(meaningOf({ name: 'error', data: bareError }))
      if (pendingCharacters > EVENT_CHARACTERS_MAX) blind = true
    } catch {
      // A parser that fails on a node's bytes is a reason to stop looking, never to stop the stream.
      blind = true
    }
    return meanings
  }

  return {
    push: (chunk) => {
      if (decoder === null || decoder === 'unknown') {
        tail = chunk.length >= 4 ? chunk.subarray(-4) : Buffer.concat([tail, chunk]).subarray(-4)
        return read(chunk)
      }
      if (blind) return []
      return decoder.decode(chunk).then(
        (plain) => read(plain),
        () => {
          blind = true
          return []
        },
      )
    },
    betweenEvents: () => decoder === null && endsWithEmptyLine(tail),
    blind: () => blind,
    close: () => {
      if (decoder !== null && decoder !== 'unknown') decoder.close()
    },
  }
}

function endsWithEmptyLine(tail: Buffer): boolean {
  const last = tail.at(-1)
  if (last === CR) return tail.at(-2) === CR
  if (last !== LF) return false
  return tail.at(-2) === LF || (tail.at(-2) === CR && tail.at(-3) === LF)
}
