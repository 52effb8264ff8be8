// Reads a streamed chat completion: where content begins, how it ends, what it used.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { estimatedUsage } from './estimated-usage.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import { errorMeaning, type Failure, failureOf } from './openai-failure.ts'
import { openAiUsageOf } from './openai-usage.ts'
import type { EventMeaning, StreamReader } from './protocol.ts'

const ping: EventMeaning = { kind: 'ping' }
const preamble: EventMeaning = { kind: 'preamble' }
const content: EventMeaning = { kind: 'content' }
const end: EventMeaning = { kind: 'end' }
const malformed: EventMeaning = { kind: 'malformed' }

type Fields = Readonly<Record<string, unknown>>

export function createChatStreamReader(): StreamReader {
  let reported: TokenUsage | null = null
  let textCharacters = 0
  /** More than one with `n`. By index: did its finish_reason come? Some hosts go on about a choice behind it. */
  const choices = new Map<unknown, boolean>()
  let failedAsAsked = false
  let ended = false

  /** What a healthy node would not say is an error, and moves the request; what the client has to hear is passed on. */
  function failed(failure: Failure): EventMeaning {
    if (!failure.clientsOwn) return errorMeaning(failure)
    failedAsAsked = true
    return content
  }

  function readChoice(choice: Fields): boolean {
    const index = choice['index'] ?? 0
    const delta = objectOf(choice['delta'])
    const characters = textFields.reduce((sum, field) => sum + textOf(delta?.[field]).length, 0)
    textCharacters += characters + callCharacters(delta)
    const finishes = textOf(choice['finish_reason']) !== ''
    choices.set(index, finishes || choices.get(index) === true)
    return finishes || characters > 0 || otherFields.some((field) => isThere(delta?.[field]))
  }

  const finished = () => ended || failedAsAsked || (choices.size > 0 && ![...choices.values()].includes(false))

  return {
    read: (event) => {
      if (event.data.trim() === '[DONE]') {
        ended = true
        return end
      }
      if (event.name === 'ping') return ping
      const chunk = objectOf(parseJson(event.data))
      // A marker of some relay is not a broken chunk: the client reads or skips it.
      if (chunk === null) return event.data.trimStart().startsWith('{') ? malformed : preamble
      const error = errorIn(event.name, chunk)
      if (error !== null) return failed(failureOf(error))
      const inChunk = objectsIn(chunk['choices'])
      // Most send it once, in a last chunk without choices; some in every chunk, some inside the choice.
      reported = openAiUsageOf(chunk['usage'] ?? inChunk[0]?.['usage']) ?? reported
      return inChunk.filter(readChoice).length > 0 ? content : preamble
    },
    finished,
    ended: () => ended,
    usage: () => (finished() && reported !== null ? reported : estimatedUsage(reported, textCharacters)),
  }
}

/** DeepSeek, Moonshot, GLM and Qwen write their thoughts into `reasoning_content`, OpenRouter and vLLM into `reasoning`. */
const textFields = ['content', 'reasoning_content', 'reasoning', 'refusal']
/** Mistral writes text and thoughts as a list of parts, OpenRouter pictures. */
const otherFields = ['tool_calls', 'function_call', 'audio', 'content', 'images']

/** The first chunk of many hosts has every field, empty. */
function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : objectOf(value) !== null
}

function callCharacters(delta: Fields | null): number {
  return objectsIn(delta?.['tool_calls'])
    .map((call) => textOf(objectOf(call['function'])?.['arguments']).length)
    .reduce((sum, length) => sum + length, 0)
}

/** `{"error": …}` of everybody, `{"object":"error","message":…}` of older vLLM, a named event of some relays. */
function errorIn(name: string, chunk: Fields): unknown {
  const error = chunk['error'] ?? null
  if (error !== null) return error
  return name === 'error' || chunk['object'] === 'error' ? chunk : null
}

function objectsIn(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? list.map(objectOf).filter((one) => one !== null) : []
}
