// Anthropic Messages behind the protocol interface.
import type { IncomingHttpHeaders } from 'node:http'
import { rectifySignature } from '../classify/rectify-signature.ts'
import { createAnthropicStreamReader } from './anthropic-stream.ts'
import { mergeUsage } from './anthropic-usage.ts'
import { bodyFactsOf } from './body-facts.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import { fieldValue, outlineOf } from './json-outline.ts'
import { modelIds, modelInBody } from './model-field.ts'
import type { Asked, FactsRead, Operation, ProtocolModule, WholeAnswer } from './protocol.ts'

const operations: ReadonlyMap<string, Operation> = new Map([
  ['POST /v1/messages', { kind: 'generate', name: 'messages' }],
  ['POST /v1/messages/count_tokens', { kind: 'count-tokens', name: 'count_tokens' }],
  ['GET /v1/models', { kind: 'list-models', name: 'models' }],
])

export const anthropic: ProtocolModule = {
  id: 'anthropic',
  operationOf: ({ method, path, headers }) =>
    path === '/v1/models' && !isAnthropicClient(headers) ? null : (operations.get(`${method} ${path}`) ?? null),
  claims: ({ path, headers }) => path.startsWith('/v1/messages') || isAnthropicClient(headers),
  served: [...operations.keys()],
  factsOf,
  sessionHeaders: ['x-claude-code-session-id'],
  upstreamTarget: (target) => target,
  withModel: modelInBody,
  createStreamReader: createAnthropicStreamReader,
  readWhole,
  ping: 'event: ping\ndata: {"type": "ping"}\n\n',
  errorBody: (error) =>
    JSON.stringify({ type: 'error', error: { type: error.type, message: `Switchyard: ${error.message}` } }),
  estimateTokens: (body) => Math.max(1, Math.ceil(body.length / BYTES_PER_TOKEN)),
  countTokensBody: (tokens) => JSON.stringify({ input_tokens: tokens }),
  isTokenCount: (body) => typeof objectOf(parseJson(body))?.['input_tokens'] === 'number',
  modelsBody: (models) =>
    JSON.stringify({
      data: models.map((id) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' })),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }),
  rectify: rectifySignature,
  test: {
    listModels: '/v1/models?limit=1000',
    modelsOf: (body) => modelIds(objectOf(parseJson(body))?.['data']),
    oneToken: (model) => ({
      target: '/v1/messages',
      body: Buffer.from(
        JSON.stringify({ model, max_tokens: 1, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      ),
    }),
    headers: ['anthropic-version', '2023-06-01'],
  },
}

/** Both Anthropic and OpenAI list their models at `/v1/models`; every Anthropic client says its version or sends its own key header. */
export function isAnthropicClient(headers: IncomingHttpHeaders): boolean {
  return headers['anthropic-version'] !== undefined || headers['x-api-key'] !== undefined
}

/** English JSON runs at about 3.6 bytes a token; Claude Code compacts by this number, so rather too many than too few. */
const BYTES_PER_TOKEN = 3.5

const requestFields: ReadonlySet<string> = new Set(['model', 'stream', 'metadata'])

function factsOf({ body }: Asked): FactsRead {
  const read = bodyFactsOf(body, requestFields)
  if (!read.ok) return read
  const { model, stream, field } = read
  const userId = objectOf(field('metadata'))?.['user_id']
  return { ok: true, facts: { model, stream, sessionId: sessionOf(userId) } }
}

/** Claude Code writes `metadata.user_id` as a JSON string with `session_id`; older ones as `user_…_session_UUID`. */
function sessionOf(userId: unknown): string | null {
  const text = textOf(userId)
  const old = /_session_([0-9a-f-]{36})$/.exec(text)?.[1]
  if (old !== undefined) return old
  if (!text.startsWith('{')) return null
  try {
    return textOf(objectOf(JSON.parse(text))?.['session_id']) || null
  } catch {
    return null
  }
}

const answerFields: ReadonlySet<string> = new Set(['type', 'usage', 'error', 'content'])

function readWhole(body: Buffer): WholeAnswer {
  const outline = outlineOf(body, answerFields)
  if (!outline.ok) return { kind: 'malformed' }
  const error = objectOf(fieldValue(body, outline.fields.get('error')))
  if (error !== null || fieldValue(body, outline.fields.get('type')) === 'error') {
    return { kind: 'error', errorType: textOf(error?.['type'] ?? error?.['code']), message: textOf(error?.['message']) }
  }
  // A relay that answers {"code":0,"msg":"…"} with 200 has not answered.
  if (!outline.fields.has('content')) return { kind: 'malformed' }
  return { kind: 'complete', usage: mergeUsage(null, fieldValue(body, outline.fields.get('usage'))) }
}
