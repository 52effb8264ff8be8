// Every error Switchyard itself can answer on the data plane: a stable code, the status, and what the client needs to know.
// A protocol module turns one into its envelope (protocols/); docs/errors.md lists them.

export const proxyErrors = {
  'host-refused': { status: 421, type: 'invalid_request_error' },
  'origin-refused': { status: 403, type: 'permission_error' },
  'target-refused': { status: 400, type: 'invalid_request_error' },
  'method-refused': { status: 405, type: 'invalid_request_error' },
  'request-malformed': { status: 400, type: 'invalid_request_error' },
  'headers-too-large': { status: 431, type: 'invalid_request_error' },
  'path-unknown': { status: 404, type: 'not_found_error' },
  'upgrade-refused': { status: 426, type: 'invalid_request_error' },
  'key-missing': { status: 401, type: 'authentication_error' },
  'key-unknown': { status: 401, type: 'authentication_error' },
  'key-disabled': { status: 403, type: 'permission_error' },
  'key-expired': { status: 401, type: 'authentication_error' },
  'model-not-allowed': { status: 403, type: 'permission_error' },
  'body-too-large': { status: 413, type: 'request_too_large' },
  'body-timeout': { status: 408, type: 'invalid_request_error' },
  'body-unreadable': { status: 400, type: 'invalid_request_error' },
  'buffers-full': { status: 503, type: 'api_error' },
  loop: { status: 508, type: 'api_error' },
  'model-not-served': { status: 404, type: 'not_found_error' },
  'no-node': { status: 503, type: 'api_error' },
  'nodes-failed': { status: 503, type: 'api_error' },
  'credentials-dead': { status: 401, type: 'authentication_error' },
  'out-of-funds': { status: 402, type: 'billing_error' },
  'wrong-path': { status: 502, type: 'api_error' },
  stopping: { status: 503, type: 'api_error' },
  internal: { status: 500, type: 'api_error' },
} as const satisfies Readonly<Record<string, { status: number; type: string }>>

export type ProxyErrorCode = keyof typeof proxyErrors

export type ProxyErrorOptions = {
  /** Whole seconds; sent as Retry-After. */
  readonly retryAfterSeconds?: number
  /** False where a retry cannot help: `x-should-retry: false`. */
  readonly shouldRetry?: false
}

/** `message` is for people: what happened, to what, what to do. Never a secret. */
export class ProxyError extends Error {
  readonly code: ProxyErrorCode
  readonly options: ProxyErrorOptions
  constructor(code: ProxyErrorCode, message: string, options: ProxyErrorOptions = {}) {
    super(message)
    this.name = 'ProxyError'
    this.code = code
    this.options = options
  }
  get status(): number {
    return proxyErrors[this.code].status
  }
  /** Error type as Anthropic names it; other protocols map it. */
  get type(): string {
    return proxyErrors[this.code].type
  }
}

export function stopping(): ProxyError {
  return new ProxyError('stopping', 'Switchyard is stopping.', { retryAfterSeconds: 1 })
}
