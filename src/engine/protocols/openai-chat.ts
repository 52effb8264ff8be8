// OpenAI Chat Completions behind the protocol interface.
import { objectOf, parseJson } from './json-fields.ts'
import { type FieldSpan, fieldValue, outlineOf } from './json-outline.ts'
import { modelIds, modelInBody } from './model-field.ts'
import { createChatStreamReader } from './openai-chat-stream.ts'
import { failureOf } from './openai-failure.ts'
import { openAiErrorBody, openAiModelsBody, openAiPing } from './openai-replies.ts'
import {
  afterVersion,
  estimateOpenAiTokens,
  openAiFactsOf,
  openAiOperation,
  openAiSessionHeaders,
} from './openai-request.ts'
import { openAiUsageOf } from './openai-usage.ts'
import type { Operation, ProtocolModule, WholeAnswer } from './protocol.ts'

const operations: ReadonlyMap<string, Operation> = new Map([
  ['POST /v1/chat/completions', { kind: 'generate', name: 'chat_completions' }],
  ['GET /v1/models', { kind: 'list-models', name: 'models' }],
])

/** Also what OpenAI's API has and we do not, and what a base URL without `/v1` asks for. */
const claimed =
  /^(?:\/v1(?:\/|$)|\/(?:chat|completions|models|embeddings|files|batches|images|audio|moderations|uploads|vector_stores)(?:\/|$))/

export const openAiChat: ProtocolModule = {
  id: 'openai-chat',
  operationOf: (head) => openAiOperation(operations, head),
  claims: ({ path }) => claimed.test(path),
  served: [...operations.keys()],
  factsOf: openAiFactsOf,
  sessionHeaders: openAiSessionHeaders,
  upstreamTarget: afterVersion,
  withModel: modelInBody,
  createStreamReader: createChatStreamReader,
  readWhole,
  ping: openAiPing,
  errorBody: openAiErrorBody,
  // Chat counts no tokens beforehand: nobody asks for these, but for an estimate of what a stream reported nothing of.
  estimateTokens: estimateOpenAiTokens,
  countTokensBody: (tokens) => JSON.stringify({ input_tokens: tokens }),
  isTokenCount: () => false,
  modelsBody: openAiModelsBody,
  rectify: null,
  test: {
    listModels: '/models',
    modelsOf: (body) => modelIds(objectOf(parseJson(body))?.['data']),
    oneToken: (model) => ({
      target: '/chat/completions',
      // Not `max_tokens`, which newer models refuse; nor 1, with which one that reasons may answer an error.
      body: Buffer.from(
        JSON.stringify({
          model,
          max_completion_tokens: 16,
          stream: true,
          messages: [{ role: 'user', content: 'hi' }],
        }),
      ),
    }),
    headers: [],
  },
}

const answerFields: ReadonlySet<string> = new Set(['choices', 'error', 'usage'])

function readWhole(body: Buffer): WholeAnswer {
  const outline = outlineOf(body, answerFields)
  if (!outline.ok) return { kind: 'malformed' }
  const error = fieldValue(body, outline.fields.get('error')) ?? null
  if (error !== null) {
    const { errorType, message } = failureOf(error)
    return { kind: 'error', errorType, message }
  }
  if (!hasChoices(body, outline.fields.get('choices'))) return { kind: 'malformed' }
  return { kind: 'complete', usage: openAiUsageOf(fieldValue(body, outline.fields.get('usage'))) }
}

/** Relays answer `null` or `[]` where their upstream gave nothing; a client that reads the first choice would break on it. */
function hasChoices(body: Buffer, span: FieldSpan | undefined): boolean {
  return span !== undefined && body.indexOf('{', span.start) >= 0 && body.indexOf('{', span.start) < span.end
}
