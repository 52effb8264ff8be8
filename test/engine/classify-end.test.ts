// Every row of policies §3: what an end is called, what the breaker hears, where the exchange may go.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptEnd } from '../../src/engine/classify/attempt-end.ts'
import { classifyEnd, type EndContext } from '../../src/engine/classify/classify-end.ts'
import type { Verdict } from '../../src/engine/classify/verdict.ts'
import { ADDRESS_REFUSED } from '../../src/engine/upstream/address-check.ts'
import { errorClassSchema } from '../../src/shared/model/outcome.ts'
import { createRedactor } from '../../src/shared/redact.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'

const context: EndContext = {
  settings: defaultSettings,
  model: 'claude-x',
  wallNowMs: 1_800_000_000_000,
  stream: true,
  redact: (text) => text,
}
const classify = (end: AttemptEnd, changes: Partial<EndContext> = {}): Verdict =>
  classifyEnd(end, { ...context, ...changes })
const status = (code: number, body = '', headers: Record<string, string> = {}): AttemptEnd => ({
  kind: 'status',
  status: code,
  headers,
  body,
})
const said = (type: string, message: string) => JSON.stringify({ type: 'error', error: { type, message } })
const html = '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>'

const MINUTE = 60_000
const parked = { what: 'node', as: 'parked', forMs: 60 * MINUTE }
const refused = { what: 'key', as: 'refused', forMs: 30 * MINUTE }
const throttled = (forMs: number | null) => ({ what: 'key', as: 'throttled', forMs })
const cooling = (forMs: number) => ({ what: 'node', as: 'cooling', forMs })
const gap = { what: 'model', as: 'gap', forMs: 10 * MINUTE }

describe('a key that a node quotes', () => {
  const key = 'relay.key-0123456789-abcdefghij'
  const { redact, add } = createRedactor()
  add(key)
  const nearTheCut = Array.from({ length: 60 }, (_, at) => 'w'.repeat(230 + at))
  const ends: readonly (readonly [string, AttemptEnd])[] = [
    ...nearTheCut.map((words): [string, AttemptEnd] => ['a message', status(500, said('api_error', words + key))]),
    ...nearTheCut.map((words): [string, AttemptEnd] => [
      'a location',
      status(307, '', { location: `/${words}${key}` }),
    ]),
    ...nearTheCut.map((words): [string, AttemptEnd] => [
      'an error inside a 200',
      { kind: 'error-in-answer', errorType: 'api_error', message: words + key, body: '', committed: false },
    ]),
    ['a type', status(500, said(`${'t'.repeat(80)}${key}`, 'no'))],
    ['a long message', status(500, said('api_error', `${'w'.repeat(980)}${key}`))],
  ]

  test.each(ends)('is gone whole, wherever a sentence is cut: %s', (_, end) => {
    expect(classify(end, { redact }).message).not.toContain(key.slice(0, 8))
  })
})

describe('ends without a status', () => {
  test.each<[name: string, end: AttemptEnd, expected: Partial<Verdict>]>([
    ['complete', { kind: 'complete' }, { outcome: 'success', breaker: 'success', message: '' }],
    ...['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EHOSTUNREACH', 'CERT_HAS_EXPIRED', 'UND_ERR_SOCKET'].map(
      (code): [string, AttemptEnd, Partial<Verdict>] => [
        code,
        { kind: 'connect-failed', code, detail: `connect ${code} 192.0.2.1:443` },
        { outcome: 'network', breaker: 'failure', move: 'next-node', costly: false, secondRound: true, setAside: null },
      ],
    ),
    ...['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EMFILE'].map(
      (code): [string, AttemptEnd, Partial<Verdict>] => [
        code,
        { kind: 'connect-failed', code, detail: 'no network' },
        { outcome: 'offline', breaker: 'none', move: 'next-node', costly: false, setAside: null },
      ],
    ),
    [
      'an address we refuse',
      { kind: 'connect-failed', code: ADDRESS_REFUSED, detail: 'metadata.example is link-local' },
      {
        outcome: 'wrong-path',
        breaker: 'none',
        move: 'next-node',
        costly: false,
        secondRound: false,
        message: "refused by Switchyard's address check: metadata.example is link-local",
      },
    ],
    [
      'connect time-out',
      { kind: 'connect-timeout', proxy: null },
      { outcome: 'network', breaker: 'failure', move: 'next-node', costly: false, secondRound: true },
    ],
    [
      'reset before the head',
      { kind: 'broken', phase: 'before-head', code: 'ECONNRESET' },
      { outcome: 'network', breaker: 'failure', move: 'next-node', costly: true, secondRound: true },
    ],
    [
      'reset before content',
      { kind: 'broken', phase: 'before-content', code: 'UND_ERR_SOCKET' },
      { outcome: 'network', breaker: 'failure', move: 'next-node', costly: true },
    ],
    [
      'cut after the commit',
      { kind: 'broken', phase: 'after-commit', code: 'ECONNRESET' },
      { outcome: 'truncated', breaker: 'failure', move: 'stop', secondRound: false },
    ],
    [
      'no first event',
      { kind: 'timed-out', timer: 'first-event', committed: false },
      { outcome: 'slow', breaker: 'failure', move: 'next-node', costly: true, secondRound: false },
    ],
    [
      'silence before the commit',
      { kind: 'timed-out', timer: 'silence', committed: false },
      { outcome: 'slow', breaker: 'failure', move: 'next-node', costly: true },
    ],
    [
      'silence after the commit',
      { kind: 'timed-out', timer: 'silence', committed: true },
      { outcome: 'truncated', breaker: 'failure', move: 'stop' },
    ],
    [
      'whole answer',
      { kind: 'timed-out', timer: 'whole-answer', committed: false },
      { outcome: 'slow', breaker: 'failure', move: 'next-node', costly: true },
    ],
    [
      'the time of all tries',
      { kind: 'timed-out', timer: 'before-content-total', committed: false },
      { outcome: 'slow', breaker: 'none', move: 'stop' },
    ],
    ...(['html', 'empty', 'malformed', 'ended-early'] as const).flatMap(
      (problem): [string, AttemptEnd, Partial<Verdict>][] => [
        [
          `200 ${problem}`,
          { kind: 'bad-answer', problem, committed: false },
          { outcome: 'false-success', breaker: 'failure', move: 'next-node', costly: true, secondRound: false },
        ],
        [
          `200 ${problem}, committed`,
          { kind: 'bad-answer', problem, committed: true },
          { outcome: 'truncated', breaker: 'failure', move: 'stop' },
        ],
      ],
    ),
    ['client gone', { kind: 'cancelled' }, { outcome: 'cancelled', breaker: 'none', move: 'stop' }],
    [
      'passed over',
      { kind: 'passed-over' },
      { outcome: 'passed-over', breaker: 'none', move: 'next-node', costly: false },
    ],
  ])('%s', (_name, end, expected) => {
    expect(classify(end)).toMatchObject(expected)
  })
})

describe('statuses without a telling body', () => {
  const server = [
    500, 502, 503, 504, 506, 507, 508, 509, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 408, 425, 598,
  ]
  const client = [405, 406, 407, 409, 410, 411, 412, 414, 415, 416, 417, 418, 421, 423, 424, 426, 428, 431, 451, 499]
  test.each<[statuses: readonly number[], expected: Partial<Verdict>]>([
    [
      server,
      { outcome: 'server', breaker: 'failure', move: 'next-node', secondRound: true, costly: false, setAside: null },
    ],
    [[501, 505], { outcome: 'not-offered', breaker: 'none', move: 'next-node', secondRound: false }],
    [[529], { outcome: 'overload', breaker: 'half-failure', move: 'next-node' }],
    [[429], { outcome: 'throttled', breaker: 'none', move: 'next-key' }],
    [[402], { outcome: 'out-of-funds', breaker: 'none', move: 'next-node' }],
    [[401, 403], { outcome: 'credential', breaker: 'none', move: 'next-key' }],
    [[404], { outcome: 'wrong-path', breaker: 'none', move: 'next-node' }],
    [[300, 301, 302, 303, 304, 307, 308], { outcome: 'wrong-path', breaker: 'failure', move: 'next-node' }],
    [[400, 422], { outcome: 'client-perhaps', breaker: 'none', move: 'other-origin-once' }],
    [[413], { outcome: 'client-recoverable', breaker: 'none', move: 'pass-on' }],
    [client, { outcome: 'client', breaker: 'none', move: 'pass-on', secondRound: false, costly: false }],
  ])('%j', (statuses, expected) => {
    for (const code of statuses) expect(classify(status(code)), String(code)).toMatchObject(expected)
  })

  test('what is set aside, and for how long', () => {
    expect(classify(status(529)).setAside).toEqual(cooling(10_000))
    expect(classify(status(529, '', { 'retry-after': '25' })).setAside).toEqual(cooling(25_000))
    expect(classify(status(529, '', { 'retry-after': '0' })).setAside).toEqual(cooling(10_000))
    expect(classify(status(503, '', { 'retry-after': '5' }))).toMatchObject({
      setAside: cooling(5_000),
      retryAfterMs: 5_000,
    })
    expect(classify(status(429)).setAside).toEqual(throttled(null))
    expect(classify(status(429, '', { 'retry-after': '12' })).setAside).toEqual(throttled(12_000))
    expect(classify(status(429, '', { 'retry-after': '0' }))).toMatchObject({
      setAside: throttled(null),
      retryAfterMs: 0,
    })
    expect(classify(status(429, '', { 'retry-after': '432000' })).setAside).toEqual(throttled(60 * MINUTE))
    expect(classify(status(402)).setAside).toEqual(parked)
    expect(classify(status(401)).setAside).toEqual(refused)
    expect(classify(status(404)).setAside).toBeNull()
  })

  test('RETRY_ON_STATUS adds server errors and takes nothing away', () => {
    const settings = { ...defaultSettings, retryOnStatus: [400, 401, 409, 413, 418, 429, 501, 529] }
    const outcomes = settings.retryOnStatus.map((code) => classify(status(code), { settings }).outcome)
    expect(outcomes).toEqual(['server', 'credential', 'server', 'server', 'server', 'throttled', 'server', 'overload'])
    expect(
      classify(status(400, said('invalid_request_error', 'prompt is too long: 3 tokens > 2 maximum')), { settings })
        .outcome,
    ).toBe('client-recoverable')
  })
})

describe('bodies win over statuses', () => {
  const quota = 'You exceeded your current quota, please check your plan and billing details.'
  const google = (retryDelay: string) =>
    JSON.stringify([
      {
        error: {
          code: 429,
          message: quota,
          status: 'RESOURCE_EXHAUSTED',
          details: [
            { '@type': 'type.googleapis.com/google.rpc.Help' },
            { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
          ],
        },
      },
    ])

  test.each<[name: string, end: AttemptEnd, expected: Partial<Verdict> | { setAside: unknown }]>([
    [
      '429 quota without a reset',
      status(429, said('x', quota)),
      { outcome: 'out-of-funds', setAside: parked, move: 'next-node' },
    ],
    [
      '429 quota, RetryInfo 37 s',
      status(429, google('37s')),
      { outcome: 'throttled', setAside: throttled(37_000), move: 'next-key' },
    ],
    ['429 quota, RetryInfo 20 h', status(429, google('72000s')), { outcome: 'out-of-funds' }],
    [
      '429 quota, Retry-After 59 min',
      status(429, said('x', quota), { 'retry-after': '3540' }),
      { outcome: 'throttled' },
    ],
    [
      '403 insufficient balance, Retry-After',
      status(403, said('x', 'Insufficient balance'), { 'retry-after': '30' }),
      { outcome: 'out-of-funds' },
    ],
    [
      '400 credit',
      status(400, said('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')),
      { outcome: 'out-of-funds', breaker: 'none' },
    ],
    [
      '403 余额',
      status(403, JSON.stringify({ code: 403, msg: '余额不足' })),
      { outcome: 'out-of-funds', breaker: 'none' },
    ],
    ['403 HTML', status(403, html), { outcome: 'firewall', breaker: 'none', move: 'next-node', setAside: null }],
    [
      '403 HTML by its header',
      status(403, 'blocked', { 'content-type': 'text/html; charset=utf-8' }),
      { outcome: 'firewall' },
    ],
    ['401 HTML', status(401, html), { outcome: 'credential' }],
    ['503 HTML', status(503, html), { outcome: 'server' }],
    [
      '404 with our model in it',
      status(404, said('not_found_error', 'claude-x: no such thing')),
      { outcome: 'model-gap', setAside: gap, breaker: 'none', move: 'next-node' },
    ],
    [
      '404 page not found',
      status(404, '404 page not found'),
      { outcome: 'wrong-path', setAside: null, breaker: 'none' },
    ],
    ['404 {"detail":"Not Found"}', status(404, '{"detail":"Not Found"}'), { outcome: 'wrong-path' }],
    [
      '404 HTML',
      status(404, '<html><body>Cannot POST /v1/messages about a model</body></html>'),
      { outcome: 'wrong-path' },
    ],
    [
      '503 no channel',
      status(503, said('new_api_error', '当前分组 default 下对于模型 claude-x 无可用渠道')),
      { outcome: 'model-gap', setAside: gap },
    ],
    [
      '400 overloaded',
      status(400, said('invalid_request_error', 'The model is overloaded, try later')),
      { outcome: 'masked-server-error', breaker: 'failure', move: 'next-node', secondRound: true },
    ],
    [
      '500 overloaded_error',
      status(500, said('overloaded_error', 'Overloaded')),
      { outcome: 'overload', breaker: 'half-failure', setAside: cooling(10_000) },
    ],
    [
      '400 signature',
      status(400, said('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block')),
      { outcome: 'rectifiable', breaker: 'none', move: 'rectify' },
    ],
    [
      '400 too long',
      status(400, said('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum')),
      { outcome: 'client-recoverable', breaker: 'none', move: 'pass-on' },
    ],
    [
      '400 else',
      status(400, said('invalid_request_error', 'messages: at least one message is required')),
      { outcome: 'client-perhaps', move: 'other-origin-once' },
    ],
    [
      '302',
      status(302, '', { location: 'https://login.example/sso?token=abc' }),
      {
        outcome: 'wrong-path',
        breaker: 'failure',
        message: 'answered 302 to https://login.example/sso; redirects are never followed',
      },
    ],
  ])('%s', (_name, end, expected) => {
    expect(classify(end)).toMatchObject(expected)
  })

  test('a gap without a known model is not remembered', () => {
    expect(classify(status(404, said('not_found_error', 'model: y')), { model: null })).toMatchObject({
      outcome: 'model-gap',
      setAside: null,
    })
  })
})

describe('errors inside a 200', () => {
  const within = (errorType: string, message = '', committed = false): AttemptEnd => ({
    kind: 'error-in-answer',
    errorType,
    message,
    body: '',
    committed,
  })
  test.each<[end: AttemptEnd, expected: Partial<Verdict>]>([
    [within('overloaded_error', 'Overloaded'), { outcome: 'overload', breaker: 'half-failure', move: 'next-node' }],
    [within('rate_limit_error', 'slow down'), { outcome: 'throttled', breaker: 'none', move: 'next-key' }],
    [within('authentication_error', 'invalid x-api-key'), { outcome: 'credential', breaker: 'none', move: 'next-key' }],
    [within('permission_error'), { outcome: 'credential' }],
    [within('billing_error'), { outcome: 'out-of-funds' }],
    [within('not_found_error', 'model: claude-x'), { outcome: 'model-gap' }],
    [within('invalid_request_error', 'prompt is too long: 3'), { outcome: 'client-recoverable', move: 'pass-on' }],
    [
      within('invalid_request_error', 'Invalid `signature` in `thinking` block'),
      { outcome: 'rectifiable', move: 'rectify' },
    ],
    [within('invalid_request_error', 'messages: required'), { outcome: 'client-perhaps', move: 'other-origin-once' }],
    [
      within('api_error', 'Internal server error'),
      { outcome: 'server', breaker: 'failure', move: 'next-node', secondRound: true },
    ],
    [within('timeout_error'), { outcome: 'server', breaker: 'failure' }],
    [within('new_api_error', '用户额度不足'), { outcome: 'out-of-funds' }],
    [within('new_api_error', '当前分组 default 下对于模型 claude-x 无可用渠道'), { outcome: 'model-gap' }],
    [within('', 'the model crashed'), { outcome: 'false-success', breaker: 'failure', move: 'next-node' }],
    [within('', ''), { outcome: 'false-success', breaker: 'failure' }],
    [within('overloaded_error', 'Overloaded', true), { outcome: 'truncated', breaker: 'failure', move: 'stop' }],
    [within('invalid_request_error', 'x', true), { outcome: 'truncated', breaker: 'failure', move: 'stop' }],
  ])('%j', (end, expected) => {
    expect(classify(end)).toMatchObject({ ...expected, costly: true })
  })
})

describe('messages', () => {
  test.each<[end: AttemptEnd, message: string]>([
    [status(529, said('overloaded_error', 'Overloaded')), 'answered 529 overloaded_error: Overloaded'],
    [status(502), 'answered 502'],
    [status(500, 'Internal\r\n\tServer Error'), 'answered 500 Internal Server Error'],
    [status(403, html), 'answered 403 with an HTML page, as a firewall in front of it does ("Just a moment...")'],
    [{ kind: 'connect-timeout', proxy: null }, 'no connection within 5 s'],
    [
      { kind: 'connect-timeout', proxy: 'http://127.0.0.1:7890' },
      'no connection within 5 s, through the proxy http://127.0.0.1:7890',
    ],
    [
      {
        kind: 'connect-failed',
        code: 'SY_WAY_FAILED',
        detail: 'the proxy http://127.0.0.1:7890 refused the connection',
      },
      'the proxy http://127.0.0.1:7890 refused the connection',
    ],
    [
      { kind: 'error-in-answer', errorType: '', message: '', body: '', committed: false },
      'answered 200 with an error that has no name',
    ],
    [
      { kind: 'error-in-answer', errorType: 'api_error', message: 'oops', body: '', committed: false },
      'answered 200 with the error api_error: oops',
    ],
    [
      { kind: 'broken', phase: 'after-commit', code: 'ECONNRESET' },
      'the connection broke in the middle of the answer (ECONNRESET)',
    ],
  ])('%j', (end, message) => {
    expect(classify(end).message).toBe(message)
  })
})

describe('for whatever comes', () => {
  const json = fc.json({ maxDepth: 6 })
  const errorBody = fc
    .record({
      type: fc.string(),
      code: fc.oneof(fc.string(), fc.integer()),
      message: fc.string({ maxLength: 2_000, unit: 'binary' }),
    })
    .map((error) => JSON.stringify({ error }))
  const body = fc.oneof(
    fc.string({ maxLength: 3_000, unit: 'binary' }),
    json,
    errorBody,
    json.map((text) => `[${text}`),
    json.map((text) => `data: ${text}`),
  )
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'retry-after-ms', 'content-type', 'location'),
    fc.string(),
  )

  test('every status from 300 to 599 has a verdict, whatever the body', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), body, headers, (code, text, fields) => {
        const verdict = classify(status(code, text, fields))
        expect(errorClassSchema.options).toContain(verdict.outcome)
        expect(verdict.breaker).not.toBe('success')
        expect(verdict.costly).toBe(false)
        expect(verdict.message.length).toBeLessThanOrEqual(300)
        expect(verdict.message).toMatch(/^answered \d{3}[^\n\r]*$/)
        if (verdict.retryAfterMs !== null)
          expect(verdict.retryAfterMs).toBeLessThanOrEqual(defaultSettings.retryAfterCapMs)
      }),
      { numRuns: 2_000 },
    )
    for (let code = 100; code < 1_000; code++) expect(() => classify(status(code))).not.toThrow()
  })

  test('every error inside a 200 has one, and a committed one always stops', () => {
    fc.assert(
      fc.property(fc.string(), body, fc.boolean(), (errorType, message, committed) => {
        const verdict = classify({ kind: 'error-in-answer', errorType, message, body: message, committed })
        expect(verdict.message.length).toBeLessThanOrEqual(300)
        expect(verdict.move === 'stop').toBe(committed)
      }),
    )
  })

  test('a body of 64 KiB made to be slow is read in no time', () => {
    const nasty = [
      `{"message":"${'quota '.repeat(10_000)}"}`,
      '{'.repeat(65_536),
      '模型'.repeat(20_000),
      `model ${'a'.repeat(60_000)}`,
      `"${'\\"'.repeat(30_000)}`,
    ]
    const startMs = performance.now()
    for (const text of nasty) for (const code of [400, 404, 429]) classify(status(code, text))
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })
})
