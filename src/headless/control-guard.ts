// What the control port asks of a request before its body is read: our host, no foreign page, a plain path, a known method.
import type { IncomingMessage } from 'node:http'
import { checkHead, type GuardNames } from '../shared/http-guard.ts'
import { type ControlRefusal, methodRefused } from './control-error.ts'

const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export function checkControlRequest(request: IncomingMessage, names: GuardNames): ControlRefusal | null {
  const refusal = checkHead(
    {
      hosts: hostFields(request.rawHeaders),
      origin: request.headers.origin,
      fetchSite: first(request.headers['sec-fetch-site']),
      target: request.url ?? '',
    },
    names,
  )
  if (refusal !== null) return refusal
  return methods.includes(request.method ?? '') ? null : methodRefused(methods)
}

/** State changes need JSON: a plain HTML form cannot send that. */
export function changesState(request: IncomingMessage): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD'
}

export function isJson(request: IncomingMessage): boolean {
  return /^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')
}

// `headers.host` holds the first of several; a duplicate shows in the raw list only.
function hostFields(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host')
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
