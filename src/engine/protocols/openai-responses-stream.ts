// Reads a streamed Response: where content begins, whether the model reasons, how it ends, what it used.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { estimatedUsage } from './estimated-usage.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import { errorMeaning, type Failure, failureOf } from './openai-failure.ts'
import { openAiUsageOf } from './openai-usage.ts'
import type { EventMeaning, StreamEvent, StreamReader } from './protocol.ts'

const ping: EventMeaning = { kind: 'ping' }
const preamble: EventMeaning = { kind: 'preamble' }
const content: EventMeaning = { kind: 'content' }
const blockClosed: EventMeaning = { kind: 'block-closed' }
const malformed: EventMeaning = { kind: 'malformed' }

export function createResponsesStreamReader(): StreamReader {
  let reported: TokenUsage | null = null
  let textCharacters = 0
  let finished = false
  let ended = false

  /** A final event is content too: an answer without any text is complete with it, and commits. */
  function final(response: Readonly<Record<string, unknown>>): EventMeaning {
    reported = openAiUsageOf(response['usage']) ?? reported
    finished = true
    ended = true
    return content
  }

  /** What a healthy node would not say is an error, and moves the request; what the client has to hear is passed on. */
  function failed(failure: Failure): EventMeaning {
    if (!failure.clientsOwn && !finished) return errorMeaning(failure)
    finished = true
    return content
  }

  return {
    read: (event) => {
      const type = event.name === '' || event.name === 'message' ? typeOf(event) : event.name
      if (type.endsWith('.delta')) {
        textCharacters += deltaLength(event.data)
        return content
      }
      switch (type) {
        case 'keepalive':
        case 'ping':
          return ping
        case 'response.output_item.added':
          return meaningOfItem(event)
        case 'response.output_item.done':
          return blockClosed
        case 'response.completed':
        case 'response.incomplete': {
          const response = objectOf(parseEvent(event)?.['response'])
          return response === null ? malformed : final(response)
        }
        case 'response.failed': {
          const response = objectOf(parseEvent(event)?.['response'])
          if (response === null) return malformed
          const meaning = failed(failureOf(response['error']))
          return meaning.kind === 'error' ? meaning : final(response)
        }
        case 'error': {
          const parsed = parseEvent(event)
          // The documented event is flat; the API also sends the error as an object, and then a `response.failed`.
          return failed(failureOf(parsed?.['error'] ?? parsed))
        }
        default: {
          // Anything unknown but well-formed is left for the client to read; a relay's own error has no name of this protocol.
          const error = type.startsWith('response.') ? null : (parseEvent(event)?.['error'] ?? null)
          return error === null ? preamble : failed(failureOf(error))
        }
      }
    },
    finished: () => finished,
    ended: () => ended,
    usage: () => (finished && reported !== null ? reported : estimatedUsage(reported, textCharacters)),
  }
}

/** A message or reasoning that is still empty is no content yet; a call or anything unknown is. */
function meaningOfItem(event: StreamEvent): EventMeaning {
  const item = objectOf(parseEvent(event)?.['item'])
  if (item === null) return malformed
  if (item['type'] === 'message' && isEmpty(item['content'])) return { kind: 'block-opened', thinking: false }
  if (item['type'] === 'reasoning' && isEmpty(item['summary']) && isEmpty(item['content'])) {
    return { kind: 'block-opened', thinking: true }
  }
  return content
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0
}

/** Found, not parsed: a delta comes for every token, and only its length is asked for. */
function deltaLength(data: string): number {
  const field = data.indexOf('"delta"')
  const start = field < 0 ? -1 : data.indexOf('"', data.indexOf(':', field))
  if (start < 0) return 0
  let end = data.indexOf('"', start + 1)
  while (end > 0 && data[end - 1] === '\\' && data[end - 2] !== '\\') end = data.indexOf('"', end + 1)
  return end < 0 ? 0 : end - start - 1
}

/** For relays that leave out the `event:` line. Most write the type first. */
function typeOf(event: StreamEvent): string {
  return /^\{\s*"type"\s*:\s*"([a-z_.]+)"/.exec(event.data)?.[1] ?? textOf(parseEvent(event)?.['type'])
}

function parseEvent({ data }: StreamEvent): Readonly<Record<string, unknown>> | null {
  return objectOf(parseJson(data))
}
