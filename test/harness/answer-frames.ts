// The body of a good answer in the pieces a node writes it: one per event, or the JSON object in halves.
import { type Block, type Message, messageEvents, messageJson, type Newline, sseBytes } from './anthropic-message.ts'
import type { Ask, Part, ResponseHeaders } from './plan.ts'

export type Content = {
  /** Default: "reply from NAME". Beside `blocks` it is ignored. */
  readonly text?: string
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
  const message = messageOf(ask, content)
  if (ask.stream) return messageEvents(message).map((event) => sseBytes(event, content.newline))
  const json = Buffer.from(JSON.stringify(messageJson(message)))
  const middle = Math.floor(json.length / 2)
  return [json.subarray(0, middle), json.subarray(middle)]
}

export function writes(frames: readonly Buffer[]): readonly Part[] {
  return frames.map((bytes) => ({ act: 'write', bytes }))
}

function messageOf(ask: Ask, content: Content): Message {
  return {
    id: `msg_${ask.name}_${ask.number}`,
    model: ask.model,
    blocks: content.blocks ?? [{ type: 'text', text: content.text ?? defaultText(ask.name) }],
    usage: content.usage ?? {},
  }
}
