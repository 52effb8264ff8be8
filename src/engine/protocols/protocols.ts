// Which protocol a request speaks. A new protocol is one more module in this list.
import type { Protocol } from '../../shared/model/protocol.ts'
import { anthropic } from './anthropic.ts'
import type { Operation, ProtocolModule } from './protocol.ts'

export const protocolModules: Readonly<Record<Protocol, ProtocolModule>> = { anthropic }

const modules = Object.values(protocolModules)

export function matchProtocol(
  method: string,
  path: string,
): { readonly protocol: ProtocolModule; readonly operation: Operation } | null {
  for (const protocol of modules) {
    const operation = protocol.operationOf(method, path)
    if (operation !== null) return { protocol, operation }
  }
  return null
}
