// The rows of policies §3 that a node tells by an error status or an error's type.
import { DEFAULT_MODEL } from '../harness/messages-body.ts'
import { withHeaders } from '../harness/step-wrappers.ts'
import { apiError, errorEvent, jsonError, redirect, status } from '../harness/steps.ts'
import { MINUTE, type Row, SECOND, said, said200, scripted } from './matrix-row.ts'

const serverStatuses = [
  500, 502, 503, 504, 506, 507, 508, 509, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 408, 425, 540, 599,
]
export const server: readonly Row[] = [
  ...serverStatuses.map(
    (code): Row => ({
      name: `status ${code}`,
      a: () => status(code),
      outcome: 'server',
      status: code,
      message: scripted(code),
      breaker: 'counts',
    }),
  ),
  {
    name: 'status 500 without a body',
    a: () => status(500, { body: '' }),
    outcome: 'server',
    status: 500,
    message: 'answered 500',
    breaker: 'counts',
  },
  {
    name: 'status 502 with an HTML page',
    a: () => status(502, { body: '<html><head><title>Bad gateway</title></head></html>' }),
    outcome: 'server',
    status: 502,
    message: 'answered 502 with an HTML page ("Bad gateway")',
    breaker: 'counts',
  },
  {
    name: 'status 503 with Retry-After: 7',
    a: () => status(503, { headers: { 'retry-after': '7' } }),
    outcome: 'server',
    status: 503,
    message: scripted(503),
    breaker: 'counts',
    aside: { what: 'cooling', forMs: 7 * SECOND },
  },
  {
    name: 'status 409 that the user added',
    a: () => status(409),
    outcome: 'server',
    status: 409,
    message: scripted(409),
    breaker: 'counts',
    settings: { retryOnStatus: [409] },
  },
  {
    name: 'status 501 that the user added',
    a: () => status(501),
    outcome: 'server',
    status: 501,
    message: scripted(501),
    breaker: 'counts',
    settings: { retryOnStatus: [501] },
  },
  {
    name: 'an api_error inside a 200',
    a: () => errorEvent(0, 'api_error', 'Internal server error'),
    outcome: 'server',
    status: 200,
    message: said200('api_error', 'Internal server error'),
    breaker: 'counts',
  },
]

export const notOffered: readonly Row[] = [501, 505].map((code) => ({
  name: `status ${code}`,
  a: () => status(code),
  outcome: 'not-offered',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
}))

export const overload: readonly Row[] = [
  {
    name: 'status 529',
    a: () => status(529),
    outcome: 'overload',
    status: 529,
    message: scripted(529),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 10 * SECOND },
  },
  {
    name: 'status 529 with Retry-After: 30',
    a: () => status(529, { headers: { 'retry-after': '30' } }),
    outcome: 'overload',
    status: 529,
    message: scripted(529),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 30 * SECOND },
  },
  {
    name: 'overloaded_error with status 500',
    a: () => apiError(500, 'Overloaded', 'overloaded_error'),
    outcome: 'overload',
    status: 500,
    message: said(500, 'Overloaded', 'overloaded_error'),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 10 * SECOND },
  },
  {
    name: 'overloaded_error as the first event of a 200',
    a: () => errorEvent(0),
    outcome: 'overload',
    status: 200,
    message: said200('overloaded_error', 'Overloaded'),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 10 * SECOND },
  },
  {
    name: 'overloaded_error after message_start and an open block',
    a: () => errorEvent(2),
    modes: ['stream'],
    outcome: 'overload',
    status: 200,
    message: said200('overloaded_error', 'Overloaded'),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 10 * SECOND },
  },
  {
    name: 'overloaded_error as JSON in a 200',
    a: () => jsonError(),
    outcome: 'overload',
    status: 200,
    message: said200('overloaded_error', 'Overloaded'),
    breaker: 'half',
    aside: { what: 'cooling', forMs: 10 * SECOND },
  },
]

const throttledRow = (name: string, headers: Readonly<Record<string, string>>, forMs: number): Row => ({
  name,
  a: () => status(429, { headers }),
  outcome: 'throttled',
  status: 429,
  message: scripted(429),
  breaker: 'nothing',
  aside: { what: 'key', forMs },
})
const quota = 'You exceeded your current quota'
export const throttled: readonly Row[] = [
  throttledRow('status 429', {}, 30 * SECOND),
  throttledRow('status 429 with Retry-After in seconds', { 'retry-after': '7' }, 7 * SECOND),
  throttledRow('status 429 with retry-after-ms', { 'retry-after-ms': '4500' }, 4500),
  // The held clock starts at 2026-01-05 12:00:00 GMT.
  throttledRow(
    'status 429 with Retry-After as a date',
    { 'retry-after': 'Mon, 05 Jan 2026 12:00:40 GMT' },
    40 * SECOND,
  ),
  throttledRow('status 429 with a negative Retry-After', { 'retry-after': '-5' }, 30 * SECOND),
  throttledRow('status 429 with a Retry-After of words', { 'retry-after': 'soon' }, 30 * SECOND),
  throttledRow('status 429 with a Retry-After of a day', { 'retry-after': '86400' }, 60 * MINUTE),
  {
    name: 'status 429 without a body',
    a: () => status(429, { body: '' }),
    outcome: 'throttled',
    status: 429,
    message: 'answered 429',
    breaker: 'nothing',
    aside: { what: 'key', forMs: 30 * SECOND },
  },
  {
    name: '"quota" with a Retry-After within the hour',
    a: () => withHeaders(apiError(403, quota), { 'retry-after': '600' }),
    outcome: 'throttled',
    status: 403,
    message: said(403, quota),
    breaker: 'nothing',
    aside: { what: 'key', forMs: 10 * MINUTE },
  },
  {
    name: '"quota" with a RetryInfo within the hour',
    a: () =>
      status(429, {
        body: { error: { code: 429, message: quota, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '37s' }] } },
      }),
    outcome: 'throttled',
    status: 429,
    message: `answered 429 RESOURCE_EXHAUSTED: ${quota}`,
    breaker: 'nothing',
    aside: { what: 'key', forMs: 37 * SECOND },
  },
]

const fundsRow = (code: number, text: string): Row => ({
  name: `status ${code} "${text}"`,
  a: () => apiError(code, text),
  outcome: 'out-of-funds',
  status: code,
  message: said(code, text),
  breaker: 'nothing',
  aside: { what: 'parked', forMs: 60 * MINUTE },
})
export const funds: readonly Row[] = [
  { ...fundsRow(402, ''), name: 'status 402', a: () => status(402), message: scripted(402) },
  fundsRow(400, 'Your credit balance is too low to access the Anthropic API.'),
  fundsRow(403, 'insufficient balance'),
  fundsRow(403, '用户余额不足'),
  fundsRow(403, '该令牌额度已用尽'),
  fundsRow(429, quota),
  {
    ...fundsRow(429, quota),
    name: '"quota" with a Retry-After of a day',
    a: () => withHeaders(apiError(429, quota), { 'retry-after': '86400' }),
  },
]

export const credential: readonly Row[] = [401, 403].map((code) => ({
  name: `status ${code}`,
  a: () => status(code),
  outcome: 'credential',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
  aside: { what: 'key', forMs: 30 * MINUTE },
}))

export const firewall: readonly Row[] = [
  {
    name: 'status 403 with an HTML page',
    a: () => status(403, { body: '<html><head><title>Just a moment...</title></head></html>' }),
    outcome: 'firewall',
    status: 403,
    message: 'answered 403 with an HTML page, as a firewall in front of it does ("Just a moment...")',
    breaker: 'nothing',
  },
]

const gapRow = (code: number, text: string): Row => ({
  name: `status ${code} "${text}"`,
  a: () => apiError(code, text),
  outcome: 'model-gap',
  status: code,
  message: said(code, text),
  breaker: 'nothing',
  aside: { what: 'model', forMs: 10 * MINUTE },
})
export const modelGap: readonly Row[] = [
  gapRow(404, `model: ${DEFAULT_MODEL}`),
  gapRow(400, 'unknown model'),
  gapRow(503, `No available channel for model ${DEFAULT_MODEL} under group default`),
  gapRow(503, `当前分组 default 下对于模型 ${DEFAULT_MODEL} 无可用渠道`),
]

export const wrongPath: readonly Row[] = [
  {
    name: 'status 404 about a path',
    a: () => apiError(404, 'no such path'),
    outcome: 'wrong-path',
    status: 404,
    message: said(404, 'no such path'),
    breaker: 'nothing',
  },
  {
    name: 'status 404 with an HTML page',
    a: () => status(404, { body: '<html><head><title>404 Not Found</title></head></html>' }),
    outcome: 'wrong-path',
    status: 404,
    message: 'answered 404 with an HTML page ("404 Not Found")',
    breaker: 'nothing',
  },
  ...[301, 302, 303, 307, 308].map(
    (code): Row => ({
      name: `redirect ${code}`,
      a: () => redirect('http://127.0.0.1:9/login?token=secret', code),
      outcome: 'wrong-path',
      status: code,
      message: `answered ${code} to http://127.0.0.1:9/login; redirects are never followed`,
      breaker: 'counts',
    }),
  ),
]

export const masked: readonly Row[] = [
  'Service is temporarily unavailable',
  'upstream error: do request failed',
  'the engine is overloaded',
].map((text) => ({
  name: `status 400 "${text}"`,
  a: () => apiError(400, text),
  outcome: 'masked-server-error',
  status: 400,
  message: said(400, text),
  breaker: 'counts',
}))

export const clientPerhaps: readonly Row[] = [400, 422].map((code) => ({
  name: `status ${code} of this relay only`,
  a: () => status(code),
  outcome: 'client-perhaps',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
}))
