// Reads the body of a control request: bounded, parsed once, `undefined` when empty.
import type { IncomingMessage } from 'node:http'
import { type ControlRefusal, controlRefusals } from './control-error.ts'

/** Enough for a node with a thousand models; nothing of the control plane is larger (security.md). */
export const CONTROL_BODY_BYTES_MAX = 1024 * 1024

export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly refusal: ControlRefusal }

export async function readJsonBody(request: IncomingMessage): Promise<JsonBody> {
  if (Number(request.headers['content-length'] ?? 0) > CONTROL_BODY_BYTES_MAX) return tooLarge
  const chunks: Buffer[] = []
  let bodyBytes = 0
  // Without destroyOnReturn the socket stays, so that the refusal reaches the client.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = toBytes(chunk)
    bodyBytes += bytes.length
    if (bodyBytes > CONTROL_BODY_BYTES_MAX) return tooLarge
    chunks.push(bytes)
  }
  if (bodyBytes === 0) return { ok: true, value: undefined }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    return { ok: true, value: JSON.parse(text, refuseProto) }
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
