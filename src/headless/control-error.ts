// Every refusal of the control port that is not the router's own, in the shape the router's errors have.
import type { ServerResponse } from 'node:http'
import { speak } from '../shared/text/speak.ts'
import type { Spoken } from '../shared/text/spoken.ts'

export type ControlRefusal = {
  readonly status: number
  readonly code: string
  readonly message: string
  /** The message for who speaks another language. */
  readonly data?: Spoken
  /** For a 405: what the path takes. */
  readonly methods?: readonly string[]
}

export const controlRefusals = {
  unauthorized: refusal(401, 'UNAUTHORIZED', speak('control-unauthorized')),
  notFound: refusal(404, 'NOT_FOUND', speak('control-not-found')),
  needsJson: refusal(415, 'UNSUPPORTED_MEDIA_TYPE', speak('control-needs-json')),
  badJson: refusal(400, 'BAD_REQUEST', speak('control-bad-json')),
  bodyNoObject: refusal(400, 'BAD_REQUEST', speak('control-body-no-object')),
  tooLarge: refusal(413, 'PAYLOAD_TOO_LARGE', speak('control-too-large')),
  headersTooLarge: refusal(431, 'HEADERS_TOO_LARGE', speak('control-headers-too-large')),
  malformed: refusal(400, 'BAD_REQUEST', speak('control-malformed')),
  tooSlow: refusal(408, 'TIMEOUT', speak('control-too-slow')),
  internal: refusal(500, 'INTERNAL_SERVER_ERROR', speak('control-failed')),
} as const satisfies Readonly<Record<string, ControlRefusal>>

/** Of a method that this port takes nowhere. */
export function methodRefused(methods: readonly string[]): ControlRefusal {
  return { ...refusal(405, 'METHOD_NOT_SUPPORTED', speak('control-method')), methods }
}

/** Of a method that this path does not take. */
export function methodRefusedHere(methods: readonly string[]): ControlRefusal {
  return {
    ...refusal(405, 'METHOD_NOT_SUPPORTED', speak('control-method-here', { methods: methods.join(', ') })),
    methods,
  }
}

export const responseHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

// The connection stays: closing it with the body still on its way would reset it, and the client would never read why.
// Node throws the rest of the body away, within the server's request timeout.
export function sendRefusal(response: ServerResponse, refused: ControlRefusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(refused.status, {
    ...responseHeaders,
    'content-type': 'application/json',
    ...(refused.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(refused.methods === undefined ? {} : { allow: refused.methods.join(', ') }),
  })
  response.end(refusalBody(refused))
}

/** The shape oRPC's client reads as a typed error. */
export function refusalBody({ code, status, message, data }: ControlRefusal): string {
  return JSON.stringify({ defined: false, code, status, message, ...(data === undefined ? {} : { data }) })
}

function refusal(status: number, code: string, data: Spoken): ControlRefusal {
  return { status, code, message: data.text, data }
}
