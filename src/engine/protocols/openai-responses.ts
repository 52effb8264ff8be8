// OpenAI Responses behind the protocol interface.
import { rectifyEncryptedReasoning } from '../classify/rectify-encrypted-reasoning.ts'
import { countOf, objectOf, parseJson } from './json-fields.ts'
import { fieldValue, outlineOf } from './json-outline.ts'
import { modelIds, modelInBody } from './model-field.ts'
import { failureOf } from './openai-failure.ts'
import { openAiErrorBody, openAiModelsBody, openAiPing } from './openai-replies.ts'
import {
  afterVersion,
  estimateOpenAiTokens,
  openAiFactsOf,
  openAiOperation,
  openAiSessionHeaders,
} from './openai-request.ts'
import { createResponsesStreamReader } from './openai-responses-stream.ts'
import { openAiUsageOf } from './openai-usage.ts'
import type { Operation, ProtocolModule, WholeAnswer } from './protocol.ts'

const operations: ReadonlyMap<string, Operation> = new Map([
  ['POST /v1/responses', { kind: 'generate', name: 'responses' }],
  // The public API's and older Codex's; today's Codex compacts with an ordinary request.
  ['POST /v1/responses/compact', { kind: 'generate', name: 'compact' }],
  ['POST /v1/responses/input_tokens', { kind: 'count-tokens', name: 'input_tokens' }],
  ['GET /v1/models', { kind: 'list-models', name: 'models' }],
])

export const openAiResponses: ProtocolModule = {
  id: 'openai-responses',
  operationOf: (head) => openAiOperation(operations, head),
  claims: ({ path }) => /^(?:\/v1)?\/responses(?:\/|$)/.test(path),
  served: [...operations.keys()],
  factsOf: openAiFactsOf,
  sessionHeaders: openAiSessionHeaders,
  upstreamTarget: afterVersion,
  withModel: modelInBody,
  createStreamReader: createResponsesStreamReader,
  readWhole,
  ping: openAiPing,
  errorBody: openAiErrorBody,
  estimateTokens: estimateOpenAiTokens,
  countTokensBody: (tokens) => JSON.stringify({ object: 'response.input_tokens', input_tokens: tokens }),
  isTokenCount: (body) => countOf(objectOf(parseJson(body))?.['input_tokens']) !== null,
  modelsBody: openAiModelsBody,
  rectify: rectifyEncryptedReasoning,
  test: {
    listModels: '/models',
    modelsOf: (body) => modelIds(objectOf(parseJson(body))?.['data']),
    oneToken: (model) => ({
      target: '/responses',
      // OpenAI refuses fewer than 16; the test leaves with the first.
      body: Buffer.from(JSON.stringify({ model, input: 'hi', max_output_tokens: 16, store: false, stream: true })),
    }),
    headers: [],
  },
}

const answerFields: ReadonlySet<string> = new Set(['error', 'output', 'status', 'usage'])

function readWhole(body: Buffer): WholeAnswer {
  const outline = outlineOf(body, answerFields)
  if (!outline.ok) return { kind: 'malformed' }
  const field = (name: string): unknown => fieldValue(body, outline.fields.get(name))
  const error = field('error') ?? null
  const failed = field('status') === 'failed'
  if (error !== null || failed) {
    const failure = failureOf(error)
    // A Response that failed over its own request is what the client has to hear.
    if (!failed || !failure.clientsOwn) {
      return { kind: 'error', errorType: failure.errorType, message: failure.message }
    }
  }
  // A relay that answers {"code":0,"msg":"…"} with 200 has not answered.
  if (!outline.fields.has('output')) return { kind: 'malformed' }
  return { kind: 'complete', usage: openAiUsageOf(field('usage')) }
}
