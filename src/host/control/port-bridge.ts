// The control plane over a message port: the bridge of a window. Whose port it is, the shell has checked before.
//
// One gate: a message that is no request of our client is thrown away here, for the library would fail on it outside of
// any request. That the name is in the contract and the input parses, the router sees to, with the errors of the contract.
import { RPCHandler } from '@orpc/server/message-port'
import { z } from 'zod'
import type { ControlRouter } from '../host.ts'

/** The shape of Electron's MessagePortMain. */
export type BridgePort = {
  readonly on: (event: 'message' | 'close', listener: (event?: { readonly data: unknown }) => void) => unknown
  readonly postMessage: (message: unknown) => void
}

/** The same bound as over HTTP (security.md). */
const MESSAGE_CHARACTERS_MAX = 1024 * 1024

/** `onRefused` hears of every message that was thrown away; there is nobody to answer to. */
export function openPortBridge(router: ControlRouter, port: BridgePort, onRefused: () => void): void {
  new RPCHandler(router).upgrade({
    postMessage: (message: unknown) => port.postMessage(message),
    on: (event, listener) => {
      if (event === 'close') port.on('close', () => listener())
      if (event !== 'message') return
      port.on('message', (message) => {
        if (isRequest(message?.data)) listener({ data: message.data })
        else onRefused()
      })
    },
  })
}

const id = z.string().max(100)
/** The library's number for "the caller went away". */
const ABORT = 4
/** What the library's client sends for procedures without files and without streams of their own. */
const messageSchema = z.union([
  z.strictObject({
    i: id,
    p: z.strictObject({
      u: z.string().startsWith('/').max(300),
      b: z.unknown(),
      h: z.strictObject({ 'last-event-id': z.string().max(200) }).optional(),
    }),
  }),
  z.strictObject({ i: id, t: z.literal(ABORT), p: z.undefined().optional() }),
])

function isRequest(message: unknown): message is string {
  if (typeof message !== 'string' || message.length > MESSAGE_CHARACTERS_MAX) return false
  try {
    return messageSchema.safeParse(JSON.parse(message)).success
  } catch {
    return false
  }
}
