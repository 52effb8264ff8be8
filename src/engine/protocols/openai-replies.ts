// What Switchyard itself says to a client of either OpenAI protocol: errors, a list of models, a sign of life.
import type { ProxyError } from '../proxy-error.ts'

/** Clients look for events: a comment line is life and nothing else. The empty line is for those that split at it. */
export const openAiPing = ': ping\n\n'

export function openAiErrorBody(error: ProxyError): string {
  const { type, code } = wordsOf(error)
  return JSON.stringify({ error: { message: `Switchyard: ${error.message}`, type, param: null, code } })
}

type Words = { readonly type: string; readonly code: string | null }

/** OpenAI says less with the type and more with the code; its tools look at both. */
function wordsOf(error: ProxyError): Words {
  // A tool that hears model_not_found says so instead of trying again.
  if (error.code === 'model-not-served') return { type: 'invalid_request_error', code: 'model_not_found' }
  return words.get(error.type) ?? { type: error.type, code: null }
}

const words: ReadonlyMap<string, Words> = new Map([
  ['authentication_error', { type: 'authentication_error', code: 'invalid_api_key' }],
  ['permission_error', { type: 'permission_error', code: 'insufficient_permissions' }],
  ['not_found_error', { type: 'invalid_request_error', code: null }],
  ['request_too_large', { type: 'invalid_request_error', code: null }],
  ['billing_error', { type: 'insufficient_quota', code: 'insufficient_quota' }],
  ['rate_limit_error', { type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
  ['overloaded_error', { type: 'server_error', code: null }],
  ['api_error', { type: 'server_error', code: null }],
])

export function openAiModelsBody(models: readonly string[]): string {
  const data = models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'switchyard' }))
  return JSON.stringify({ object: 'list', data })
}
