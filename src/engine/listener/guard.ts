// What the data plane refuses before routing, before the body is read (security.md).
import type { IncomingMessage } from 'node:http'
import { checkHead, type GuardNames } from '../../shared/http-guard.ts'
import { ProxyError, type ProxyErrorCode } from '../proxy-error.ts'

const codes = {
  MISDIRECTED_REQUEST: 'host-refused',
  FOREIGN_ORIGIN: 'origin-refused',
  BAD_TARGET: 'target-refused',
} as const satisfies Readonly<Record<string, ProxyErrorCode>>

const refusedMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'OPTIONS'])

/** Null lets the request through. */
export function checkRequest(request: IncomingMessage, names: GuardNames): ProxyError | null {
  const refusal = checkHead(
    {
      hosts: headerValues(request.rawHeaders, 'host'),
      origin: request.headers.origin,
      // Joined: a second field must not hide behind the first.
      fetchSite: headerValues(request.rawHeaders, 'sec-fetch-site').join(', ') || undefined,
      target: request.url ?? '',
    },
    names,
  )
  if (refusal !== null) return new ProxyError(codes[refusal.code], refusal.message, { shouldRetry: false })
  if (refusedMethods.has(request.method ?? '')) {
    return new ProxyError('method-refused', `${request.method} is not served here.`, { shouldRetry: false })
  }
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || request.headers['content-length'] !== undefined)) {
    return new ProxyError(
      'request-malformed',
      'Transfer-Encoding may only be "chunked", and not beside Content-Length.',
      {
        shouldRetry: false,
      },
    )
  }
  return null
}

function headerValues(raw: readonly string[], name: string): readonly string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const field = raw[at]
    if (field?.length === name.length && field.toLowerCase() === name) values.push(raw[at + 1] ?? '')
  }
  return values
}
