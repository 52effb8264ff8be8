// What a simulated node answers: Anthropic Messages with made-up text that says so, and says which node it is.
import type { TokenUsage } from '../../shared/model/exchange.ts'

export type SimulatedRequest = { readonly model: string; readonly stream: boolean; readonly bodyBytes: number }
export type SimulatedEvent = { readonly event: string; readonly data: Readonly<Record<string, unknown>> }

export const SIMULATED_MODELS = ['claude-simulated'] as const

/** About what English costs. */
const BYTES_PER_TOKEN = 4

/** In pieces, the way a model streams it. */
export function simulatedText(nodeName: string): readonly string[] {
  return [
    'This is a simulated answer',
    ` from the node ${nodeName}.`,
    ' Switchyard made it up:',
    ' no model was asked,',
    ' and nothing left this machine.',
    ' Add a node of your own',
    ' to get real answers.',
  ]
}

export function simulatedUsage(nodeName: string, bodyBytes: number): Pick<TokenUsage, 'input' | 'output'> {
  const output = simulatedText(nodeName).join('').length
  return { input: Math.ceil(bodyBytes / BYTES_PER_TOKEN), output: Math.ceil(output / BYTES_PER_TOKEN) }
}

export function simulatedMessage(nodeName: string, messageId: string, request: SimulatedRequest): object {
  const usage = simulatedUsage(nodeName, request.bodyBytes)
  return {
    ...emptyMessage(messageId, request.model),
    content: [{ type: 'text', text: simulatedText(nodeName).join('') }],
    stop_reason: 'end_turn',
    usage: wireUsage(usage.input, usage.output),
  }
}

/** The events of a stream in their order; the caller paces them. */
export function simulatedStream(nodeName: string, messageId: string, request: SimulatedRequest): SimulatedEvent[] {
  const usage = simulatedUsage(nodeName, request.bodyBytes)
  const named = (event: string, fields: object): SimulatedEvent => ({ event, data: { type: event, ...fields } })
  return [
    named('message_start', {
      message: { ...emptyMessage(messageId, request.model), usage: wireUsage(usage.input, 1) },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('ping', {}),
    ...simulatedText(nodeName).map((text) =>
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    ),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output },
    }),
    named('message_stop', {}),
  ]
}

export function simulatedModels(): object {
  const data = SIMULATED_MODELS.map((id) => ({
    type: 'model',
    id,
    display_name: 'Simulated by Switchyard',
    created_at: '2025-01-01T00:00:00Z',
  }))
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
}

export function simulatedError(type: string, message: string): object {
  return { type: 'error', error: { type, message } }
}

function emptyMessage(id: string, model: string): object {
  return { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null }
}

function wireUsage(input: number, output: number): object {
  return { input_tokens: input, output_tokens: output, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
}
