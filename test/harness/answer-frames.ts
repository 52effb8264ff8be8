// The body of a good answer in the pieces a node writes it: one per event, or the JSON object in halves.
import { assertNever } from '../../src/shared/assert-never.ts'
import { type Block, type Message, messageEvents, messageJson, type Newline, sseBytes } from './anthropic-message.ts'
import { geminiFrames, geminiJson } from './gemini-answer.ts'
import { chatFrames, chatJson, type Reply, responsesFrames, responsesJson } from './openai-answer.ts'
import type { Ask, Part, ResponseHeaders } from './plan.ts'

export type Content = {
  /** Default: "reply from NAME". Beside `blocks` it is ignored. */
  readonly text?: string
  /** Anthropic only, like the two that follow. */
  readonly blocks?: readonly Block[]
  readonly usage?: Readonly<Record<string, unknown>>
  /** Line ends of the events. */
  readonly newline?: Newline
  /** Added to the answer's own headers. */
  readonly headers?: ResponseHeaders
}

/** The text that `ok()` answers with, unless told otherwise. */
export function defaultText(name: string): string {
  return `reply from ${name}`
}

export function headOf(ask: Ask, content: Content): Part {
  const headers = { 'request-id': `req_${ask.name}_${ask.number}`, ...content.headers }
  return ask.stream
    ? { act: 'head', status: 200, headers: { ...EVENT_STREAM_HEADERS, ...headers } }
    : { act: 'head', status: 200, headers: { ...JSON_HEADERS, ...headers } }
}

export const EVENT_STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
export const JSON_HEADERS = { 'content-type': 'application/json' }

/** As streaming: one frame per event. Otherwise two frames, so that a step can stop in the middle. */
export function framesOf(ask: Ask, content: Content): readonly Buffer[] {
  if (ask.stream) return streamFrames(ask, content)
  const json = Buffer.from(JSON.stringify(wholeJson(ask, content)))
  const middle = Math.floor(json.length / 2)
  return [json.subarray(0, middle), json.subarray(middle)]
}

export function writes(frames: readonly Buffer[]): readonly Part[] {
  return frames.map((bytes) => ({ act: 'write', bytes }))
}

function streamFrames(ask: Ask, content: Content): readonly Buffer[] {
  const protocol = ask.protocol ?? 'anthropic'
  switch (protocol) {
    case 'anthropic':
      return messageEvents(messageOf(ask, content)).map((event) => sseBytes(event, content.newline))
    case 'openai-responses':
      return responsesFrames(replyOf(ask, content))
    case 'openai-chat':
      return chatFrames(replyOf(ask, content))
    case 'gemini':
      return geminiFrames(replyOf(ask, content))
    default:
      return assertNever(protocol)
  }
}

function wholeJson(ask: Ask, content: Content): object {
  const protocol = ask.protocol ?? 'anthropic'
  switch (protocol) {
    case 'anthropic':
      return messageJson(messageOf(ask, content))
    case 'openai-responses':
      return responsesJson(replyOf(ask, content))
    case 'openai-chat':
      return chatJson(replyOf(ask, content))
    case 'gemini':
      return geminiJson(replyOf(ask, content))
    default:
      return assertNever(protocol)
  }
}

function replyOf(ask: Ask, content: Content): Reply {
  return { id: `${ask.name}_${ask.number}`, model: ask.model, text: content.text ?? defaultText(ask.name) }
}

function messageOf(ask: Ask, content: Content): Message {
  return {
    id: `msg_${ask.name}_${ask.number}`,
    model: ask.model,
    blocks: content.blocks ?? [{ type: 'text', text: content.text ?? defaultText(ask.name) }],
    usage: content.usage ?? {},
  }
}
