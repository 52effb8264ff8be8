// The requests and answers of the benchmarks: which one is wanted travels in a header, so that nobody has to parse a body.

/** Names the answer the upstream shall give; it passes both proxies like any other header of a client. */
export const ANSWER_HEADER = 'x-bench-answer'

export type AnswerKind = 'json-1k' | 'json-100k' | 'sse-small' | 'sse-long'

const KIB = 1024
const MODEL = 'claude-opus-5-5'

/** A messages request of about this size. */
export function requestBody(bytes: number, stream: boolean): Buffer {
  const body = (content: string) =>
    JSON.stringify({ model: MODEL, max_tokens: 1024, stream, messages: [{ role: 'user', content }] })
  return Buffer.from(body(filler(bytes - body('').length)))
}

export function jsonAnswer(kind: 'json-1k' | 'json-100k'): Buffer {
  const bytes = kind === 'json-1k' ? KIB : 100 * KIB
  const body = (text: string) =>
    JSON.stringify({
      id: 'msg_bench',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 },
    })
  return Buffer.from(body(filler(bytes - body('').length)))
}

export const streamOpening: readonly string[] = [
  event('message_start', {
    message: {
      id: 'msg_bench',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
    },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('ping', {}),
]

export function textDelta(text: string): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
}

export const streamClosing: readonly string[] = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } }),
  event('message_stop', {}),
]

function event(type: string, fields: Readonly<Record<string, unknown>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

/** Words and not one letter: no reader gets a run that a compiler or a cache could love. */
function filler(bytes: number): string {
  return 'the quick brown fox jumps over the lazy dog '.repeat(Math.ceil(bytes / 44)).slice(0, Math.max(0, bytes))
}
