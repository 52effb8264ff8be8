// Which protocol a request speaks. A new protocol is one more module in this list.
import type { Protocol } from '../../shared/model/protocol.ts'
import { anthropic } from './anthropic.ts'
import { gemini } from './gemini.ts'
import { openAiChat } from './openai-chat.ts'
import { openAiResponses } from './openai-responses.ts'
import type { Operation, ProtocolModule, RequestHead } from './protocol.ts'

/** In this order they are asked whose a request is. */
export const protocolModules: Readonly<Record<Protocol, ProtocolModule>> = {
  anthropic,
  // Before OpenAI's, which take `/v1/models` from whoever asks.
  gemini,
  'openai-responses': openAiResponses,
  'openai-chat': openAiChat,
}

const modules = Object.values(protocolModules)

export function matchProtocol(
  head: RequestHead,
): { readonly protocol: ProtocolModule; readonly operation: Operation } | null {
  for (const protocol of modules) {
    const operation = protocol.operationOf(head)
    if (operation !== null) return { protocol, operation }
  }
  return null
}

/** Every protocol that serves this very request: both of OpenAI's list their models under one path. */
export function protocolsServing(head: RequestHead): readonly Protocol[] {
  return modules.flatMap((protocol) => (protocol.operationOf(head) === null ? [] : [protocol.id]))
}

/** The protocol whose envelope an error wears when nobody serves the request, or before that is known. */
export function claimingProtocol(head: RequestHead): ProtocolModule {
  return matchProtocol(head)?.protocol ?? modules.find((protocol) => protocol.claims(head)) ?? protocolModules.anthropic
}

/** "POST /v1/messages", of all protocols. */
export function servedRequests(): readonly string[] {
  return [...new Set(modules.flatMap(({ served }) => served))]
}
