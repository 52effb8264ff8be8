// How long a node asks to be left alone: Retry-After in its forms, and Google's RetryInfo.

export type ResponseHeaders = Readonly<Record<string, string | undefined>>

/**
 * `retry-after-ms`, `retry-after` (seconds or an HTTP date, RFC 9110 §10.2.3), then the body's RetryInfo. Junk, negatives and
 * past dates are null. Not capped: whether a reset is near is asked of the true number; the cap is `capRetryAfterMs`.
 */
export function readRetryAfterMs(
  headers: ResponseHeaders,
  bodyRetryDelayMs: number | null,
  wallNowMs: number,
): number | null {
  const milliseconds = parseAmount(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const value = headers['retry-after']?.trim()
  const seconds = parseAmount(value)
  if (seconds !== null) return seconds * 1000
  return parseDelayUntil(value, wallNowMs) ?? bodyRetryDelayMs
}

export function capRetryAfterMs(retryAfterMs: number | null, capMs: number): number | null {
  return retryAfterMs === null ? null : Math.min(retryAfterMs, capMs)
}

/** `google.rpc.RetryInfo.retryDelay` as JSON writes a duration: "37s", "0.5s". */
export function parseDurationMs(value: unknown): number | null {
  if (typeof value !== 'string' || !value.endsWith('s')) return null
  const seconds = parseAmount(value.slice(0, -1))
  return seconds === null ? null : seconds * 1000
}

/** Digits only, with a fraction because some relays send one: no sign, no exponent, no hexadecimal, no list. */
function parseAmount(value: string | undefined): number | null {
  if (value === undefined || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return null
  const amount = Number(value)
  return Number.isFinite(amount) ? amount : null
}

/** Dates end in GMT: without it Date.parse reads local time, and "-5" or "1" as a year. */
function parseDelayUntil(value: string | undefined, wallNowMs: number): number | null {
  if (value === undefined || !/^[A-Za-z]{3,9},? .*\bGMT$/.test(value)) return null
  const delayMs = Date.parse(value) - wallNowMs
  return Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : null
}
