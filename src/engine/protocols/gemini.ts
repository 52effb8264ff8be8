// Google's Gemini API (generateContent) behind the protocol interface.

import { splitTarget } from '../upstream/target.ts'
import { createGeminiStreamReader, readGeminiWhole } from './gemini-answer.ts'
import { estimateGeminiTokens } from './gemini-estimate.ts'
import { geminiPath, resourceOf, targetWithModel, withoutModels } from './gemini-path.ts'
import { googleStatus } from './gemini-status.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import { modelProblem } from './model-field.ts'
import type { Asked, FactsRead, Operation, ProtocolModule, RequestHead } from './protocol.ts'

const STREAM_METHOD = 'streamGenerateContent'

const methods: ReadonlyMap<string, Operation> = new Map([
  ['generateContent', { kind: 'generate', name: 'generateContent' }],
  [STREAM_METHOD, { kind: 'generate', name: STREAM_METHOD }],
  ['countTokens', { kind: 'count-tokens', name: 'countTokens' }],
])

export const gemini: ProtocolModule = {
  id: 'gemini',
  operationOf,
  claims: (head) =>
    /^\/(?:upload\/)?v1(?:beta|alpha)\//.test(head.path) || geminiPath(head.path) !== null || isGeminiClient(head),
  served: [...[...methods.keys()].map((method) => `POST /v1beta/models/{model}:${method}`), 'GET /v1beta/models'],
  factsOf,
  // Gemini CLI names none: its only header of that kind is one id per installation.
  sessionHeaders: [],
  upstreamTarget: (target) => target,
  withModel: ({ target, body }, model) => ({ target: targetWithModel(target, model), body }),
  createStreamReader: createGeminiStreamReader,
  readWhole: readGeminiWhole,
  // Google's SDKs throw at a line that is neither `data:` nor an error.
  ping: null,
  errorBody: ({ status, message }) =>
    JSON.stringify({ error: { code: status, message: `Switchyard: ${message}`, status: googleStatus(status) } }),
  estimateTokens: estimateGeminiTokens,
  countTokensBody: (tokens) => JSON.stringify({ totalTokens: tokens }),
  isTokenCount: (body) => typeof objectOf(parseJson(body))?.['totalTokens'] === 'number',
  modelsBody: (models) =>
    JSON.stringify({
      models: models.map((model) => ({
        name: model.startsWith('tunedModels/') ? model : `models/${withoutModels(model)}`,
        displayName: model,
        supportedGenerationMethods: [...methods.keys()],
      })),
    }),
  rectify: null,
  test: {
    listModels: '/v1beta/models?pageSize=1000',
    modelsOf,
    oneToken: (model) => ({
      target: `/v1beta/${resourceOf(model)}:${STREAM_METHOD}?alt=sse`,
      body: Buffer.from(
        JSON.stringify({
          contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
          generationConfig: { maxOutputTokens: 1 },
        }),
      ),
    }),
    headers: [],
  },
}

function operationOf(head: RequestHead): Operation | null {
  const { method, path } = head
  if (method === 'POST') return methods.get(geminiPath(path)?.method ?? '') ?? null
  if (method !== 'GET') return null
  // `/v1/models` is Anthropic's and OpenAI's list too.
  const lists =
    path === '/v1beta/models' || path === '/v1alpha/models' || (path === '/v1/models' && isGeminiClient(head))
  return lists ? { kind: 'list-models', name: 'models' } : null
}

/** A key in the query is Google's way alone. */
function isGeminiClient({ headers, query = '' }: RequestHead): boolean {
  if (headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined) return true
  return query.includes('key=') && new URLSearchParams(query).has('key')
}

function factsOf({ target }: Asked): FactsRead {
  const { path, query } = splitTarget(target)
  const asked = geminiPath(path)
  if (asked === null || asked.model === null) {
    return {
      ok: false,
      message: 'model: a model name is required in the path, as in /v1beta/models/NAME:generateContent.',
    }
  }
  const problem = modelProblem(asked.model)
  if (problem !== null) return { ok: false, message: problem }
  // Without alt=sse the chunks come as one JSON array, which is of use only as a whole.
  const parameters = new URLSearchParams(query)
  const events = parameters.get('alt') === 'sse' || parameters.get('$alt') === 'sse'
  return { ok: true, facts: { model: asked.model, stream: asked.method === STREAM_METHOD && events, sessionId: null } }
}

/** Those that can be asked for content: the list has embeddings and speech in it too. */
function modelsOf(body: Buffer): readonly string[] | null {
  const list = objectOf(parseJson(body))?.['models']
  if (!Array.isArray(list)) return null
  return list.flatMap((entry: unknown) => {
    const model = objectOf(entry)
    const name = withoutModels(textOf(model?.['name']))
    const can = model?.['supportedGenerationMethods']
    return name === '' || (Array.isArray(can) && !can.includes('generateContent')) ? [] : [name]
  })
}
