// A good answer as the Gemini API gives it: the frames of `streamGenerateContent?alt=sse`, or one JSON object. Pure.
import { INPUT_TOKENS, OUTPUT_TOKENS, words } from './anthropic-message.ts'
import type { Reply } from './openai-answer.ts'

/** A chunk per word; the last one says why it ended and what it cost. Gemini ends its lines with CR LF. */
export function geminiFrames(reply: Reply): readonly Buffer[] {
  const pieces = words(reply.text)
  const chunks = pieces.map((text, at) => chunkOf(reply, text, at === pieces.length - 1))
  return chunks.map((chunk) => Buffer.from(`data: ${JSON.stringify(chunk)}\r\n\r\n`))
}

export function geminiJson(reply: Reply): object {
  return chunkOf(reply, reply.text, true)
}

export function geminiError(code: number, message: string): object {
  return { error: { code, message, status: statusNames.get(code) ?? (code >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT') } }
}

const statusNames = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [429, 'RESOURCE_EXHAUSTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

function chunkOf({ id, model }: Reply, text: string, last: boolean): object {
  const content = { role: 'model', parts: [{ text }] }
  return {
    candidates: [{ content, index: 0, ...(last ? { finishReason: 'STOP' } : {}) }],
    ...(last ? { usageMetadata } : {}),
    modelVersion: model,
    responseId: id,
  }
}

const usageMetadata = {
  promptTokenCount: INPUT_TOKENS,
  candidatesTokenCount: OUTPUT_TOKENS,
  totalTokenCount: INPUT_TOKENS + OUTPUT_TOKENS,
}
