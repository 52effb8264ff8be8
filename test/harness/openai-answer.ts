// A good answer as the OpenAI APIs give it, Responses and Chat Completions: the frames of a stream, or one JSON object. Pure.
import { INPUT_TOKENS, OUTPUT_TOKENS, type SseEvent, sseBytes, words } from './anthropic-message.ts'

export type Reply = { readonly id: string; readonly model: string; readonly text: string }

const CACHED_TOKENS = 4
const CREATED_SECONDS = 1_700_000_000

/** response.created, response.in_progress, the message with a delta per word, response.completed. */
export function responsesFrames(reply: Reply): readonly Buffer[] {
  const part = { type: 'output_text', text: reply.text, annotations: [] }
  const place = { item_id: `msg_${reply.id}`, output_index: 0, content_index: 0 }
  const events: readonly SseEvent[] = [
    { type: 'response.created', response: responseOf(reply, false) },
    { type: 'response.in_progress', response: responseOf(reply, false) },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...messageOf(reply), status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...words(reply.text).map((delta) => Object.assign({ type: 'response.output_text.delta', delta }, place)),
    { type: 'response.output_text.done', ...place, text: reply.text },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item: messageOf(reply) },
    { type: 'response.completed', response: responseOf(reply, true) },
  ]
  return events.map((event, sequence_number) => sseBytes({ ...event, sequence_number }))
}

export function responsesJson(reply: Reply): object {
  return responseOf(reply, true)
}

/** The role, a chunk per word, the reason it ended, the usage (as `include_usage` asks for it), `[DONE]`. */
export function chatFrames(reply: Reply): readonly Buffer[] {
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    ...chatEnvelope(reply, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, finish_reason }],
  })
  const chunks = [
    chunk({ role: 'assistant', content: '' }),
    ...words(reply.text).map((content) => chunk({ content })),
    chunk({}, 'stop'),
    { ...chatEnvelope(reply, 'chat.completion.chunk'), choices: [], usage: chatUsage },
  ]
  return [...chunks.map((data) => JSON.stringify(data)), '[DONE]'].map((data) => Buffer.from(`data: ${data}\n\n`))
}

export function chatJson(reply: Reply): object {
  const message = { role: 'assistant', content: reply.text }
  return {
    ...chatEnvelope(reply, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: chatUsage,
  }
}

export function openaiError(type: string, message: string): object {
  return { error: { message, type, param: null, code: null } }
}

const chatUsage = {
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: OUTPUT_TOKENS,
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
  prompt_tokens_details: { cached_tokens: CACHED_TOKENS },
}

const responsesUsage = {
  input_tokens: INPUT_TOKENS,
  input_tokens_details: { cached_tokens: CACHED_TOKENS },
  output_tokens: OUTPUT_TOKENS,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
}

function responseOf(reply: Reply, complete: boolean): object {
  return {
    id: `resp_${reply.id}`,
    object: 'response',
    created_at: CREATED_SECONDS,
    status: complete ? 'completed' : 'in_progress',
    model: reply.model,
    output: complete ? [messageOf(reply)] : [],
    usage: complete ? responsesUsage : null,
  }
}

function messageOf({ id, text }: Reply): object {
  const content = [{ type: 'output_text', text, annotations: [] }]
  return { id: `msg_${id}`, type: 'message', role: 'assistant', status: 'completed', content }
}

function chatEnvelope({ id, model }: Reply, object: string): object {
  return { id: `chatcmpl-${id}`, object, created: CREATED_SECONDS, model }
}
