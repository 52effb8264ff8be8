// The headers a node gets: the client's end-to-end ones unchanged, every place of a key emptied, the node's own put in.
import type { AuthForm } from '../../shared/model/node.ts'
import { connectionNamed, hopByHop } from './hop-by-hop.ts'

/** Carries our instance id; only our own is refused, so that gateways can be chained. */
export const LOOP_HEADER = 'x-switchyard-via'

/** Hop-by-hop, places of a key, forwarding headers, and what undici writes itself. */
const removed: ReadonlySet<string> = new Set([
  ...hopByHop,
  'expect',
  'host',
  'content-length',
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'forwarded',
  'cookie',
])

export type NodeHeaders = {
  /** Name and value in turn, as the client sent them. */
  readonly clientRawHeaders: readonly string[]
  readonly auth: AuthForm
  /** Null for a node that needs none. */
  readonly secret: string | null
  /** Ask for events that can be read: gate, meter and pings need them. */
  readonly identityEncoding: boolean
  /** The body was decoded to change it, so its encoding is gone. */
  readonly bodyDecoded: boolean
  /** What LOOP_HEADER says: the instances the request came through, ours last. */
  readonly via: string
}

/** Name and value in turn, for undici. */
export function requestHeaders(options: NodeHeaders): string[] {
  const raw = options.clientRawHeaders
  const named = connectionNamed(raw)
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (removed.has(lower) || lower.startsWith('x-forwarded-') || lower === LOOP_HEADER || named?.has(lower)) continue
    if (lower === 'accept-encoding' && options.identityEncoding) continue
    if (lower === 'content-encoding' && options.bodyDecoded) continue
    headers.push(name, raw[at + 1] ?? '')
  }
  if (options.identityEncoding) headers.push('accept-encoding', 'identity')
  headers.push(LOOP_HEADER, options.via)
  if (options.secret !== null) headers.push(...credential(options.auth, options.secret))
  return headers
}

function credential(auth: AuthForm, secret: string): readonly [string, string] {
  switch (auth) {
    case 'bearer':
      return ['authorization', `Bearer ${secret}`]
    case 'x-api-key':
    case 'x-goog-api-key':
      return [auth, secret]
  }
}
