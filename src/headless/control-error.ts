// Every refusal of the control port that is not the router's own, in the shape the router's errors have.
import type { ServerResponse } from 'node:http'

export type ControlRefusal = {
  readonly status: number
  readonly code: string
  readonly message: string
}

export const controlRefusals = {
  unauthorized: {
    status: 401,
    code: 'UNAUTHORIZED',
    message:
      'The control API needs the control token: "Authorization: Bearer …" with the content of the file control-token in the data directory. A client key does not open it.',
  },
  methodNotAllowed: {
    status: 405,
    code: 'METHOD_NOT_SUPPORTED',
    message: 'The control API takes GET, HEAD, POST, PUT, PATCH and DELETE.',
  },
  notFound: {
    status: 404,
    code: 'NOT_FOUND',
    message: 'Nothing is served here: the control API starts at /admin/api.',
  },
  needsJson: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'A request that changes something needs "Content-Type: application/json".',
  },
  badJson: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'The body is not valid JSON, or has a "__proto__" key.',
  },
  tooLarge: {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The body is larger than 1 MiB.',
  },
  headersTooLarge: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    message: 'The headers are larger than 32 KiB.',
  },
  malformed: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'This is not a well-formed HTTP/1.1 request.',
  },
  tooSlow: {
    status: 408,
    code: 'TIMEOUT',
    message: 'The request did not arrive in time.',
  },
  internal: {
    status: 500,
    code: 'INTERNAL_SERVER_ERROR',
    message: 'The request failed inside Switchyard: the reason is in its log.',
  },
} as const satisfies Readonly<Record<string, ControlRefusal>>

export const responseHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

// The connection stays: closing it with the body still on its way would reset it, and the client would never read why.
// Node throws the rest of the body away, within the server's request timeout.
export function sendRefusal(response: ServerResponse, refusal: ControlRefusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(refusal.status, {
    ...responseHeaders,
    'content-type': 'application/json',
    ...(refusal.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
  response.end(refusalBody(refusal))
}

/** The shape oRPC's client reads as a typed error. */
export function refusalBody(refusal: ControlRefusal): string {
  return JSON.stringify({
    defined: false,
    code: refusal.code,
    status: refusal.status,
    message: refusal.message,
  })
}
