// A message as the Anthropic API gives it: the events of a stream, or one JSON object. Pure.

export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | {
      readonly type: 'tool_use'
      readonly id: string
      readonly name: string
      readonly input: Readonly<Record<string, unknown>>
    }

export type Message = {
  readonly id: string
  readonly model: string
  readonly blocks: readonly Block[]
  /** Laid over the defaults of `message_start` (and of the whole message when not streaming). */
  readonly usage: Readonly<Record<string, unknown>>
}
export type SseEvent = { readonly type: string } & Readonly<Record<string, unknown>>
export type Newline = '\n' | '\r\n'

export const INPUT_TOKENS = 12
export const OUTPUT_TOKENS = 9

export const pingEvent: SseEvent = { type: 'ping' }

/** message_start, the blocks with a ping after the first start, message_delta, message_stop. */
export function messageEvents(message: Message): readonly SseEvent[] {
  const [first = [], ...others] = message.blocks.map(blockEvents)
  return [
    {
      type: 'message_start',
      message: { ...envelope(message), content: [], stop_reason: null, usage: usageOf(message, 1) },
    },
    ...first.slice(0, 1),
    pingEvent,
    ...first.slice(1),
    ...others.flat(),
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason(message), stop_sequence: null },
      usage: { output_tokens: OUTPUT_TOKENS },
    },
    { type: 'message_stop' },
  ]
}

export function messageJson(message: Message): Readonly<Record<string, unknown>> {
  return {
    ...envelope(message),
    content: message.blocks,
    stop_reason: stopReason(message),
    usage: usageOf(message, OUTPUT_TOKENS),
  }
}

export function sseBytes(event: SseEvent, newline: Newline = '\n'): Buffer {
  return Buffer.from(`event: ${event.type}${newline}data: ${JSON.stringify(event)}${newline}${newline}`)
}

export type ErrorEnvelope = {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
}

export function errorEnvelope(type: string, message: string): ErrorEnvelope {
  return { type: 'error', error: { type, message } }
}

/** The error type the API uses with a status. */
export function errorTypeOf(status: number): string {
  return errorTypes.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

const errorTypes = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [529, 'overloaded_error'],
])

function blockEvents(block: Block, index: number): readonly SseEvent[] {
  const start = (content_block: object): SseEvent => ({ type: 'content_block_start', index, content_block })
  const delta = (change: object): SseEvent => ({ type: 'content_block_delta', index, delta: change })
  const stop: SseEvent = { type: 'content_block_stop', index }
  switch (block.type) {
    case 'text':
      return [
        start({ type: 'text', text: '' }),
        ...words(block.text).map((text) => delta({ type: 'text_delta', text })),
        stop,
      ]
    case 'thinking':
      // Thinking that is not shown has no thinking_delta: start, silence, one signature, stop.
      return [
        start({ type: 'thinking', thinking: '', signature: '' }),
        ...words(block.thinking).map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: block.signature }),
        stop,
      ]
    case 'tool_use':
      return [
        start({ type: 'tool_use', id: block.id, name: block.name, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        ...halves(JSON.stringify(block.input)).map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
        stop,
      ]
  }
}

function envelope(message: Message): Readonly<Record<string, unknown>> {
  return { id: message.id, type: 'message', role: 'assistant', model: message.model, stop_sequence: null }
}

function usageOf(message: Message, outputTokens: number): Readonly<Record<string, unknown>> {
  return {
    input_tokens: INPUT_TOKENS,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
    ...message.usage,
  }
}

function stopReason(message: Message): string {
  return message.blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
}

/** Each word with the space behind it; nothing for the empty text. */
export function words(text: string): readonly string[] {
  return text.match(/\S*\s+|\S+$/g) ?? []
}

function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)]
}
