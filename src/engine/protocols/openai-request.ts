// What both OpenAI protocols read of a request: its model, whether it streams, its session; and where it goes at a node.

import { isAnthropicClient } from './anthropic.ts'
import { bodyFactsOf } from './body-facts.ts'
import { textOf } from './json-fields.ts'
import type { Asked, FactsRead, Operation, RequestHead } from './protocol.ts'

/**
 * Measured: Codex 0.169 sends `session-id` (its threads and sub-agents share it), older ones `session_id`; opencode 1.18
 * sends `x-session-id` and `x-session-affinity`, and for a sub-agent its parent's, with whom it goes.
 */
export const openAiSessionHeaders: readonly string[] = [
  'session-id',
  'session_id',
  'x-parent-session-id',
  'x-session-id',
  'x-session-affinity',
]

/** By method and path; a list of models only for those who do not speak Anthropic's protocol. */
export function openAiOperation(
  operations: ReadonlyMap<string, Operation>,
  { method, path, headers }: RequestHead,
): Operation | null {
  if (path === '/v1/models' && isAnthropicClient(headers)) return null
  return operations.get(`${method} ${path}`) ?? null
}

/** A node's base URL ends in its version (`/v1`, `/api/paas/v4`), as OpenAI's own SDKs take it: what follows is ours to add. */
export function afterVersion(target: string): string {
  return target.replace(/^\/v1(?=\/)/, '')
}

const requestFields: ReadonlySet<string> = new Set(['model', 'stream', 'prompt_cache_key'])

export function openAiFactsOf({ body }: Asked): FactsRead {
  const read = bodyFactsOf(body, requestFields)
  if (!read.ok) return read
  const { model, stream, field } = read
  // Tools keep one cache key for a whole conversation: Codex its session, opencode too.
  const sessionId = textOf(field('prompt_cache_key')) || null
  return { ok: true, facts: { model, stream, sessionId } }
}

/** English JSON runs at about 3.6 bytes a token: rather too many than too few. */
const BYTES_PER_TOKEN = 3.5
/** A large image in full detail; its bytes say nothing about its tokens. */
const TOKENS_PER_DATA_URL = 1500
const DATA_URL = ';base64,'

export function estimateOpenAiTokens(body: Buffer): number {
  let textBytes = body.length
  let dataUrls = 0
  for (let at = body.indexOf(DATA_URL); at >= 0; at = body.indexOf(DATA_URL, at)) {
    const start = at + DATA_URL.length
    const quote = body.indexOf('"', start)
    at = quote < 0 ? body.length : quote
    textBytes -= at - start
    dataUrls++
  }
  return Math.max(1, Math.ceil(textBytes / BYTES_PER_TOKEN) + dataUrls * TOKENS_PER_DATA_URL)
}
