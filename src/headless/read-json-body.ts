// Reads the body of a control request: bounded, parsed once, an object; an empty one when there is none.
import type { IncomingMessage } from 'node:http'
import { type ControlRefusal, controlRefusals } from './control-error.ts'

/** Enough for a node with a thousand models; nothing of the control plane is larger (security.md). */
export const CONTROL_BODY_BYTES_MAX = 1024 * 1024

export type JsonBody =
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly refusal: ControlRefusal }

/** `askForBody` is called when nothing speaks against the body before it is read. */
export async function readJsonBody(request: IncomingMessage, askForBody: () => void): Promise<JsonBody> {
  if (Number(request.headers['content-length'] ?? 0) > CONTROL_BODY_BYTES_MAX) return tooLarge
  askForBody()
  const chunks: Buffer[] = []
  let bodyBytes = 0
  // Without destroyOnReturn the socket stays, so that the refusal reaches the client.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = toBytes(chunk)
    bodyBytes += bytes.length
    if (bodyBytes > CONTROL_BODY_BYTES_MAX) return tooLarge
    chunks.push(bytes)
  }
  if (bodyBytes === 0) return { ok: true, value: {} }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    const value: unknown = JSON.parse(text, refuseProto)
    // The router would take any other value for no input at all where the path has some.
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { ok: true, value } : { ok: false, refusal: controlRefusals.bodyNoObject }
  } catch {
    return { ok: false, refusal: controlRefusals.badJson }
  }
}

const tooLarge: JsonBody = { ok: false, refusal: controlRefusals.tooLarge }

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('__proto__ is refused')
  return value
}

// A stream is typed as giving anything; without an encoding it gives buffers.
function toBytes(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
}
