// The control plane over a message port, the way a window will have it: both ends of a channel, and a client at one.
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { openPortBridge } from '../../src/host/control/port-bridge.ts'
import type { ControlRouter } from '../../src/host/host.ts'
import type { Contract } from '../../src/shared/contract/contract.ts'

export type MessagePortBridge = {
  readonly client: ContractRouterClient<Contract>
  /** Under the client: calls by any name. */
  readonly link: RPCLink<Record<never, never>>
  /** The window's end, to send what no client would. */
  readonly port: MessagePort
  /** Messages the gate threw away. */
  readonly refused: () => number
  readonly close: () => void
}

export function openMessagePortBridge(router: ControlRouter): MessagePortBridge {
  const { port1, port2 } = new MessageChannel()
  let refused = 0
  openPortBridge(router, likeElectron(port1), () => {
    refused += 1
  })
  const link = new RPCLink<Record<never, never>>({ port: likeElectron(port2) })
  return {
    client: createORPCClient(link),
    link,
    port: port2,
    refused: () => refused,
    close: () => {
      port1.close()
      port2.close()
    },
  }
}

/** Node hands a listener the message itself, Electron an event that holds it. */
function likeElectron(port: MessagePort) {
  return {
    on: (event: string, listener: (event?: { data: unknown }) => void) => {
      port.on(event, (data: unknown) => listener({ data }))
    },
    postMessage: (message: unknown) => port.postMessage(message),
  }
}
