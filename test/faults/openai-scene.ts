// Scripted OpenAI nodes before a real engine, and the requests of their tools.
import type { Protocol } from '../../src/shared/model/protocol.ts'
import type { TestEngineOptions } from '../harness/engine.ts'
import type { Step } from '../harness/plan.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

export type OpenAiProtocol = Extract<Protocol, 'openai-responses' | 'openai-chat'>
export const openAiProtocols: readonly OpenAiProtocol[] = ['openai-responses', 'openai-chat']
export const SESSION = '01a1fc5b-bd74-7f23-a6e4-9c8164646a87'

/** As the tools ask; `path` is the client's, `upstreamPath` the node's own. */
export type OpenAiRequest = {
  readonly path: string
  readonly upstreamPath: string
  readonly body: Buffer
  readonly operation: string
}

export function openAiRequest(protocol: OpenAiProtocol, stream: boolean): OpenAiRequest {
  const bytes = (body: object) => Buffer.from(JSON.stringify(body))
  switch (protocol) {
    case 'openai-responses':
      return {
        path: '/v1/responses?x=%2F',
        upstreamPath: '/v1/responses?x=%2F',
        body: bytes({ model: 'gpt-5', input: 'hi — 嗨', stream, store: false, prompt_cache_key: SESSION }),
        operation: 'responses',
      }
    case 'openai-chat':
      return {
        path: '/v1/chat/completions',
        upstreamPath: '/v1/chat/completions',
        body: bytes({
          model: 'gpt-5',
          messages: [{ role: 'user', content: 'hi — 嗨' }],
          stream,
          prompt_cache_key: SESSION,
        }),
        operation: 'chat_completions',
      }
  }
}

export type OpenAiScene = {
  readonly a: ScriptedUpstream
  readonly b: ScriptedUpstream
  readonly engine: FaultEngine
}

/** A is asked first and does these; B answers. Their base URLs end in a version, as OpenAI's do. */
export async function startOpenAi(
  protocol: OpenAiProtocol,
  steps: readonly Step[],
  options: Omit<TestEngineOptions, 'nodes'> = {},
): Promise<OpenAiScene> {
  const a = await startNode('a', ...steps)
  const b = await startNode('b')
  const nodes = [a, b].map(({ name, url }) => ({ name, url: `${url}/v1`, protocol }))
  return { a, b, engine: await startEngineOver(nodes, options) }
}
