// Reads a streamed Anthropic message: where content begins, whether thinking is open, how it ends, what it used.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { mergeUsage } from './anthropic-usage.ts'
import { estimatedUsage } from './estimated-usage.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import type { EventMeaning, StreamEvent, StreamReader } from './protocol.ts'

const ping: EventMeaning = { kind: 'ping' }
const preamble: EventMeaning = { kind: 'preamble' }
const content: EventMeaning = { kind: 'content' }
const blockClosed: EventMeaning = { kind: 'block-closed' }
const end: EventMeaning = { kind: 'end' }
const malformed: EventMeaning = { kind: 'malformed' }

/** Of a delta's JSON around its text; only for an answer that ended without final usage. */
const DELTA_OVERHEAD_CHARACTERS = 90

export function createAnthropicStreamReader(): StreamReader {
  let reported: TokenUsage | null = null
  let deltaCharacters = 0
  let finished = false
  let ended = false

  return {
    read: (event) => {
      switch (event.name === '' ? typeOf(event) : event.name) {
        case 'content_block_delta':
          deltaCharacters += Math.max(0, event.data.length - DELTA_OVERHEAD_CHARACTERS)
          // A signature, thinking, json, citation or text delta: each is content (policies §2).
          return content
        case 'ping':
          return ping
        case 'content_block_start':
          return meaningOfBlockStart(event)
        case 'content_block_stop':
          return blockClosed
        case 'message_start':
        case 'message_delta': {
          const parsed = parseEvent(event)
          if (parsed === null) return malformed
          reported = mergeUsage(reported, parsed['usage'] ?? objectOf(parsed['message'])?.['usage'])
          if (parsed['type'] === 'message_start') return preamble
          // Claude Code takes a message as complete from here on, also without `message_stop`.
          finished = true
          return content
        }
        case 'message_stop':
          finished = true
          ended = true
          return end
        default:
          return meaningOfOther(event)
      }
    },
    finished: () => finished,
    ended: () => ended,
    usage: () => (reported !== null && finished ? reported : estimatedUsage(reported, deltaCharacters)),
  }
}

/** An `error`, whatever a relay calls its event; anything unknown but well-formed is left for the client to read. */
function meaningOfOther(event: StreamEvent): EventMeaning {
  const error = objectOf(parseEvent(event)?.['error'])
  // Some relays end with `data: [DONE]`: what is no event of this protocol is not a broken one.
  if (error === null && event.name !== 'error') return preamble
  return { kind: 'error', errorType: textOf(error?.['type']), message: textOf(error?.['message']) }
}

/** An empty text or thinking block is no content yet; a tool call or anything unknown is. */
function meaningOfBlockStart(event: StreamEvent): EventMeaning {
  const block = objectOf(parseEvent(event)?.['content_block'])
  if (block === null) return malformed
  if (block['type'] === 'text' && textOf(block['text']) === '') return { kind: 'block-opened', thinking: false }
  if (block['type'] === 'thinking' && textOf(block['thinking']) === '') return { kind: 'block-opened', thinking: true }
  return content
}

/** For relays that leave out the `event:` line. Most write the type first; one that sorts its keys writes a delta's own type before it. */
function typeOf(event: StreamEvent): string {
  return /^\{\s*"type"\s*:\s*"([a-z_]+)"/.exec(event.data)?.[1] ?? textOf(parseEvent(event)?.['type'])
}

function parseEvent({ data }: StreamEvent): Readonly<Record<string, unknown>> | null {
  return objectOf(parseJson(data))
}
