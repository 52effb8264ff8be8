// Every row of policies §3 with node A failing that way and B healthy: what the client, the nodes and the records saw.
import { describe, expect, test } from 'vitest'
import type { DecisionKind } from '../../src/shared/model/decision.ts'
import type { ErrorClass } from '../../src/shared/model/outcome.ts'
import { DEFAULT_POOL } from '../../src/shared/model/pool.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { errorEnvelope, errorTypeOf, INPUT_TOKENS, OUTPUT_TOKENS } from '../harness/anthropic-message.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { sha256 } from '../harness/recorded-request.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { withHeaders } from '../harness/step-wrappers.ts'
import {
  apiError,
  closeEarly,
  cutAfterEvents,
  empty,
  errorEvent,
  eventsThenSilence,
  headersThenSilence,
  html,
  jsonError,
  ok,
  pingsOnly,
  redirect,
  reset,
  stallBeforeHead,
  status,
} from '../harness/steps.ts'
import { answerOf, expectSentAsAsked, type FaultEngine, startEngineOver, startNode, startRefusingNode } from './scene.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

type Mode = 'stream' | 'whole'
type Aside = { readonly what: 'cooling' | 'parked' | 'key' | 'model'; readonly forMs: number }
type Row = {
  readonly name: string
  /** What A does. */
  readonly a: (() => Step) | 'refused' | 'no TLS'
  /** Default: both. */
  readonly modes?: readonly Mode[]
  readonly outcome: ErrorClass
  /** Status of A's attempt. */
  readonly status: number | null
  readonly message: string | RegExp
  /** What A's breaker hears. */
  readonly breaker: 'counts' | 'half' | 'nothing'
  readonly aside?: Aside
  readonly settings?: Partial<Settings>
  /** Time that must pass before the proxy moves on. */
  readonly afterMs?: Readonly<Record<Mode, number>>
}

const both: readonly Mode[] = ['stream', 'whole']
const scripted = (code: number) => `answered ${code} ${errorTypeOf(code)}: scripted ${code}`
const said = (code: number, text: string, type = errorTypeOf(code)) => `answered ${code} ${type}: ${text}`
const said200 = (type: string, text: string) => `answered 200 with the error ${type}: ${text}`

const network: readonly Row[] = [
  {
    name: 'a refused connection',
    a: 'refused',
    outcome: 'network',
    status: null,
    message: /^could not connect \(ECONNREFUSED\): /,
    breaker: 'counts',
  },
  {
    name: 'a failed TLS handshake',
    a: 'no TLS',
    outcome: 'network',
    status: null,
    message: /^could not connect \(\w+\): .*wrong version number/i,
    breaker: 'counts',
  },
  {
    name: 'a reset before the head',
    a: reset,
    outcome: 'network',
    status: null,
    message: 'the connection broke before it answered (ECONNRESET)',
    breaker: 'counts',
  },
  {
    name: 'a close before the head',
    a: closeEarly,
    outcome: 'network',
    status: null,
    message: 'the connection broke before it answered (UND_ERR_SOCKET)',
    breaker: 'counts',
  },
  {
    name: 'a reset in the body before content',
    a: () => cutAfterEvents(1, { form: 'reset' }),
    outcome: 'network',
    status: 200,
    message: 'the connection broke before any content (ECONNRESET)',
    breaker: 'counts',
  },
  {
    name: 'a close in the body before content',
    a: () => cutAfterEvents(1, { form: 'fin' }),
    outcome: 'network',
    status: 200,
    message: /^the connection broke before any content \(/,
    breaker: 'counts',
  },
]

const slow: readonly Row[] = [
  {
    name: 'no head in time',
    a: stallBeforeHead,
    outcome: 'slow',
    status: null,
    message: 'nothing came in time',
    breaker: 'counts',
    afterMs: { stream: 60 * SECOND, whole: 0 },
    modes: ['stream'],
  },
  {
    name: 'a head and no event in time',
    a: headersThenSilence,
    outcome: 'slow',
    status: 200,
    message: 'nothing came in time',
    breaker: 'counts',
    afterMs: { stream: 60 * SECOND, whole: 0 },
    modes: ['stream'],
  },
  {
    name: 'nothing but pings in time',
    a: pingsOnly,
    outcome: 'slow',
    status: 200,
    message: 'nothing came in time',
    breaker: 'counts',
    afterMs: { stream: 60 * SECOND, whole: 0 },
    modes: ['stream'],
  },
  {
    name: 'silence after the first event, before any content',
    a: () => eventsThenSilence(1),
    outcome: 'slow',
    status: 200,
    message: 'it fell silent',
    breaker: 'counts',
    settings: { silenceTimeoutMs: 30 * SECOND },
    afterMs: { stream: 30 * SECOND, whole: 0 },
    modes: ['stream'],
  },
  {
    // By default 600 s, when the total of 200 s is long over and no new attempt is made.
    name: 'half an answer in time',
    a: () => eventsThenSilence(1),
    outcome: 'slow',
    status: 200,
    message: 'the answer was not complete in time',
    breaker: 'counts',
    settings: { wholeAnswerTimeoutMs: 100 * SECOND },
    afterMs: { stream: 0, whole: 100 * SECOND },
    modes: ['whole'],
  },
]

const serverStatuses = [500, 502, 503, 504, 506, 507, 508, 509, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 408, 425, 540, 599]
const server: readonly Row[] = [
  ...serverStatuses.map((code): Row => ({
    name: `status ${code}`,
    a: () => status(code),
    outcome: 'server',
    status: code,
    message: scripted(code),
    breaker: 'counts',
  })),
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

const notOffered: readonly Row[] = [501, 505].map((code) => ({
  name: `status ${code}`,
  a: () => status(code),
  outcome: 'not-offered',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
}))

const overload: readonly Row[] = [
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
const throttled: readonly Row[] = [
  throttledRow('status 429', {}, 30 * SECOND),
  throttledRow('status 429 with Retry-After in seconds', { 'retry-after': '7' }, 7 * SECOND),
  throttledRow('status 429 with retry-after-ms', { 'retry-after-ms': '4500' }, 4500),
  // The held clock starts at 2026-01-05 12:00:00 GMT.
  throttledRow('status 429 with Retry-After as a date', { 'retry-after': 'Mon, 05 Jan 2026 12:00:40 GMT' }, 40 * SECOND),
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
const funds: readonly Row[] = [
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

const credential: readonly Row[] = [401, 403].map((code) => ({
  name: `status ${code}`,
  a: () => status(code),
  outcome: 'credential',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
  aside: { what: 'key', forMs: 30 * MINUTE },
}))

const firewall: readonly Row[] = [
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
const modelGap: readonly Row[] = [
  gapRow(404, `model: ${DEFAULT_MODEL}`),
  gapRow(400, 'unknown model'),
  gapRow(503, `No available channel for model ${DEFAULT_MODEL} under group default`),
  gapRow(503, `当前分组 default 下对于模型 ${DEFAULT_MODEL} 无可用渠道`),
]

const wrongPath: readonly Row[] = [
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
  ...[301, 302, 303, 307, 308].map((code): Row => ({
    name: `redirect ${code}`,
    a: () => redirect('http://127.0.0.1:9/login?token=secret', code),
    outcome: 'wrong-path',
    status: code,
    message: `answered ${code} to http://127.0.0.1:9/login; redirects are never followed`,
    breaker: 'counts',
  })),
]

const masked: readonly Row[] = ['Service is temporarily unavailable', 'upstream error: do request failed', 'the engine is overloaded'].map(
  (text) => ({
    name: `status 400 "${text}"`,
    a: () => apiError(400, text),
    outcome: 'masked-server-error',
    status: 400,
    message: said(400, text),
    breaker: 'counts',
  }),
)

const falseSuccess: readonly Row[] = [
  {
    name: 'a 200 with an HTML page',
    a: () => html(),
    outcome: 'false-success',
    status: 200,
    message: 'answered 200 with an HTML page',
    breaker: 'counts',
  },
  {
    name: 'a 200 with an empty body',
    a: empty,
    outcome: 'false-success',
    status: 200,
    message: 'answered 200 with an empty body',
    breaker: 'counts',
  },
  {
    name: 'a 200 with an error that has no known type',
    a: () => jsonError('strange_error', 'something else'),
    outcome: 'false-success',
    status: 200,
    message: said200('strange_error', 'something else'),
    breaker: 'counts',
  },
  {
    name: 'a 200 with JSON that is no answer',
    a: () => status(200, { body: { code: 0, msg: 'ok' } }),
    outcome: 'false-success',
    status: 200,
    message: /^answered 200 with a (?:stream|body) that cannot be read$/,
    breaker: 'counts',
  },
  {
    name: 'a stream that ends after message_start',
    a: () => cutAfterEvents(1, { form: 'end' }),
    modes: ['stream'],
    outcome: 'false-success',
    status: 200,
    message: 'answered 200 and ended before its final event',
    breaker: 'counts',
  },
  {
    name: 'a stream that ends inside an empty block',
    a: () => cutAfterEvents(2, { form: 'end' }),
    modes: ['stream'],
    outcome: 'false-success',
    status: 200,
    message: 'answered 200 and ended before its final event',
    breaker: 'counts',
  },
  {
    name: 'half of a JSON answer that ends cleanly',
    a: () => cutAfterEvents(1, { form: 'end' }),
    modes: ['whole'],
    outcome: 'false-success',
    status: 200,
    message: 'answered 200 with a body that cannot be read',
    breaker: 'counts',
  },
]

const clientPerhaps: readonly Row[] = [400, 422].map((code) => ({
  name: `status ${code} of this relay only`,
  a: () => status(code),
  outcome: 'client-perhaps',
  status: code,
  message: scripted(code),
  breaker: 'nothing',
}))

const rows: Readonly<Record<string, readonly Row[]>> = {
  network,
  slow,
  server,
  'not offered': notOffered,
  overload,
  throttled,
  'out of funds': funds,
  credential,
  firewall,
  'model gap': modelGap,
  'wrong path': wrongPath,
  'masked server error': masked,
  'false success': falseSuccess,
  'client, perhaps of this relay only': clientPerhaps,
}

for (const [name, list] of Object.entries(rows)) {
  describe(`${name}: the client gets B's answer and`, () => {
    const cases = list.flatMap((row) => (row.modes ?? both).map((mode) => ({ ...row, mode, title: `${row.name}, ${mode}` })))
    test.each(cases)('notices nothing of $title', async ({ mode, ...row }) => {
      await expectMovesToB(row, mode)
    })
  })
}

async function expectMovesToB(row: Row, mode: Mode): Promise<void> {
  const a = typeof row.a === 'function' ? await startNode('a', row.a()) : row.a === 'refused' ? await startRefusingNode('a') : await startNode('a')
  const b = await startNode('b', ok())
  const url = row.a === 'no TLS' ? a.url.replace('http:', 'https:') : a.url
  const engine = await startEngineOver([{ name: 'a', url }, b], { settings: row.settings ?? {} })
  const body = messagesBody({ stream: mode === 'stream' })
  const asking = engine.send({ path: '/v1/messages?beta=true', body })
  if (row.afterMs !== undefined) await letItBeTooLate(a, engine, row.afterMs[mode])
  const answer = await asking

  // The client.
  const [atB] = b.requestsFor()
  if (atB === undefined) throw new Error(`B was not asked: the client got ${answer.status} ${answer.text}`)
  expect(answer).toMatchObject({ status: 200, ended: 'complete' })
  expect(answer.bodySha256).toBe(sha256(answerOf(b, atB, ok())))
  expect(answer.headers['request-id']).toBe('req_b_1')
  expect(answer.headers['x-should-retry']).toBeUndefined()

  // The nodes.
  expect(a.requestsFor()).toHaveLength(typeof row.a === 'function' ? 1 : 0)
  expect(b.requestsFor()).toHaveLength(1)
  expectSentAsAsked(a, body)
  expectSentAsAsked(b, body)
  if (row.afterMs !== undefined) await a.clientGone(await a.nextRequest())

  // The records.
  const record = await engine.recorded()
  expect(engine.exchanges).toHaveLength(1)
  expect(answer.headers['x-switchyard-exchange']).toBe(record.id)
  expect(record).toMatchObject({
    outcome: 'success',
    status: 200,
    errorCode: null,
    nodeName: 'b',
    model: DEFAULT_MODEL,
    stream: mode === 'stream',
    requestBytes: body.length,
    responseBytes: answer.body.length,
    usage: { input: INPUT_TOKENS, output: OUTPUT_TOKENS, estimated: false },
  })
  expect(record.attempts).toHaveLength(2)
  const [failed, good] = record.attempts
  expect(failed).toMatchObject({ number: 1, nodeName: 'a', keyId: 'key_a_0', outcome: row.outcome, status: row.status })
  if (typeof row.message === 'string') expect(failed?.message).toBe(row.message)
  else expect(failed?.message).toMatch(row.message)
  expect(good).toMatchObject({ number: 2, nodeName: 'b', keyId: 'key_b_0', outcome: 'success', status: 200, message: null })

  // The consequences.
  expectBreaker(engine, row.breaker)
  expectAside(engine, row.aside ?? null)
  expectDecisions(engine, row.aside ?? null, failed?.message ?? '')
  expect(engine.breakers).toEqual([])
  engine.expectQuiet()
}

async function letItBeTooLate(a: ScriptedUpstream, engine: FaultEngine, afterMs: number): Promise<void> {
  await a.requestCount(1)
  await engine.clock.timerStarted((delayMs) => delayMs === afterMs)
  await engine.clock.advance(afterMs - 1)
  expect(engine.exchanges).toHaveLength(0)
  await engine.clock.advance(1)
}

function expectBreaker(engine: FaultEngine, heard: Row['breaker']): void {
  const expected = {
    counts: { state: 'closed', consecutiveFailures: 1, failureRatio: 1 },
    half: { state: 'closed', consecutiveFailures: 0.5, failureRatio: 0.5 },
    nothing: { state: 'closed', consecutiveFailures: 0, failureRatio: null },
  }
  expect(engine.nodeNow('a').breaker).toMatchObject(expected[heard])
  expect(engine.nodeNow('b').breaker).toMatchObject({ state: 'closed', consecutiveFailures: 0, failureRatio: 0 })
}

function expectAside(engine: FaultEngine, aside: Aside | null): void {
  const a = engine.nodeNow('a')
  const untilMs = aside === null ? null : engine.clock.wallMs() + aside.forMs
  const byNode = aside !== null && aside.what !== 'model'
  expect(a.unavailableUntilMs).toBe(byNode ? untilMs : null)
  expect(a.keys.map((key) => key.asideUntilMs)).toEqual([aside?.what === 'key' ? untilMs : null])
  expect(a.status).toBe(byNode ? (aside.what === 'parked' ? 'parked' : 'cooling') : 'active')
  expect(engine.nodeNow('b')).toMatchObject({ status: byNode ? 'active' : 'standby', unavailableUntilMs: null })
  const explained = (model: string) =>
    engine.engine.explain({ pool: DEFAULT_POOL, model }).nodes.find(({ nodeName }) => nodeName === 'a')
  expect(explained(DEFAULT_MODEL)).toMatchObject({ eligible: aside === null, dueAtMs: untilMs })
  expect(explained('another-model')).toMatchObject({ eligible: !byNode })
}

function expectDecisions(engine: FaultEngine, aside: Aside | null, message: string): void {
  const kinds: Readonly<Record<Aside['what'], DecisionKind>> = {
    cooling: 'node-cooled',
    parked: 'node-parked',
    key: 'key-set-aside',
    model: 'model-gap',
  }
  const subjects: Readonly<Record<Aside['what'], string>> = {
    cooling: 'a cools',
    parked: 'a is parked',
    key: 'key key-0 of a is set aside',
    model: `a is taken not to have ${DEFAULT_MODEL}`,
  }
  const set =
    aside === null
      ? []
      : [{ kind: kinds[aside.what], nodeId: 'node_a', text: `${subjects[aside.what]} for ${Math.round(aside.forMs / 1000)} s: ${message}` }]
  const moved = { kind: 'failed-over', nodeId: 'node_b', text: `a request moved from a to b: a ${message}` }
  expect(engine.decisions.map(({ kind, nodeId, text }) => ({ kind, nodeId, text }))).toEqual([...set, moved])
  expect(new Set(engine.decisions.map(({ exchangeId }) => exchangeId))).toEqual(new Set([engine.exchanges[0]?.id]))
}

describe('what only the client can mend is passed on word for word, with one upstream call', () => {
  const tooLong = 'prompt is too long: 210000 tokens > 200000 maximum'
  const clientStatuses = [405, 406, 409, 410, 411, 414, 415, 416, 417, 418, 424, 426, 428, 431, 451, 412, 419, 499]
  type PassedOn = { name: string; code: number; outcome: ErrorClass; body: object; message: string }
  const list: readonly PassedOn[] = [
    {
      name: '400 about a prompt that is too long',
      code: 400,
      outcome: 'client-recoverable',
      body: errorEnvelope('invalid_request_error', tooLong),
      message: said(400, tooLong),
    },
    {
      name: '413',
      code: 413,
      outcome: 'client-recoverable',
      body: errorEnvelope('request_too_large', 'Request exceeds the maximum size'),
      message: said(413, 'Request exceeds the maximum size'),
    },
    ...clientStatuses.map((code): PassedOn => ({
      name: `${code}`,
      code,
      outcome: 'client',
      body: errorEnvelope('invalid_request_error', `scripted ${code}`),
      message: said(code, `scripted ${code}`, 'invalid_request_error'),
    })),
  ]
  const cases = list.flatMap((row) => both.map((mode) => ({ ...row, mode, title: `${row.name}, ${mode}` })))

  test.each(cases)('$title', async ({ code, body: words, outcome, message, mode }) => {
    const step = status(code, {
      body: words,
      headers: { 'x-should-retry': 'false', 'request-id': 'req_mine', 'set-cookie': 'a=1', 'x-own': 'kept' },
    })
    const a = await startNode('a', step)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const body = messagesBody({ stream: mode === 'stream' })
    const answer = await engine.send({ path: '/v1/messages?beta=true', body })

    expect(answer).toMatchObject({ status: code, ended: 'complete', text: JSON.stringify(words) })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'request-id': 'req_mine',
      'x-own': 'kept',
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(a.requestsFor()).toHaveLength(1)
    expect(b.requests).toHaveLength(0)
    expectSentAsAsked(a, body)

    const record = await engine.recorded()
    expect(answer.headers['x-switchyard-exchange']).toBe(record.id)
    expect(record).toMatchObject({
      outcome: 'passed-on',
      status: code,
      errorCode: null,
      nodeName: 'a',
      responseBytes: answer.body.length,
      usage: null,
    })
    expect(record.attempts).toEqual([expect.objectContaining({ number: 1, nodeName: 'a', outcome, status: code, message })])
    expect(engine.decisions).toEqual([])
    expect(engine.nodeNow('a')).toMatchObject({
      status: 'active',
      unavailableUntilMs: null,
      breaker: { state: 'closed', consecutiveFailures: 0, failureRatio: null },
    })
    engine.expectQuiet()
  })
})

describe('any other 400 or 422', () => {
  const own = { 'x-should-retry': 'true', 'request-id': 'req_first' }
  const refused = (code: number) => withHeaders(apiError(code, `refused with ${code}`), own)

  test.each([
    { second: 'a 400', step: () => apiError(400, 'another refusal') },
    { second: 'a 422', step: () => apiError(422, 'another refusal') },
    { second: 'a 404', step: () => apiError(404, 'no such path') },
    { second: 'a 401', step: () => apiError(401, 'invalid x-api-key') },
    { second: 'a 500', step: () => apiError(500, 'boom') },
  ])('is passed on word for word, the first one, when the other origin says $second', async ({ step }) => {
    const a = await startNode('a', refused(400))
    const b = await startNode('b', step())
    const c = await startNode('c')
    const engine = await startEngineOver([a, b, c])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({
      status: 400,
      ended: 'complete',
      text: JSON.stringify(errorEnvelope('invalid_request_error', 'refused with 400')),
    })
    expect(answer.headers).toMatchObject(own)
    const record = await engine.recorded()
    expect(record).toMatchObject({ outcome: 'passed-on', status: 400, nodeName: 'a' })
    expect(record.attempts.map(({ nodeName }) => nodeName)).toEqual(['a', 'b'])
    expect([a, b, c].map((node) => node.requestsFor().length)).toEqual([1, 1, 0])
    engine.expectQuiet()
  })

  test('is passed on at once when there is no node of another origin', async () => {
    const a = await startNode('a', refused(422))
    const engine = await startEngineOver([{ name: 'a', url: a.url }, { name: 'a2', url: `${a.url}/other` }])
    const answer = await engine.send({ body: messagesBody({ stream: true }) })
    expect(answer).toMatchObject({ status: 422, headers: own })
    expect((await engine.recorded()).attempts).toHaveLength(1)
    expect(a.requests).toHaveLength(1)
    engine.expectQuiet()
  })

  test('is passed on when the other origin cannot be reached', async () => {
    const a = await startNode('a', refused(400))
    const b = await startRefusingNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({ status: 400, headers: own })
    const record = await engine.recorded()
    expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'client-perhaps'],
      ['b', 'network'],
    ])
    expect(record).toMatchObject({ outcome: 'passed-on', nodeName: 'a' })
    engine.expectQuiet()
  })

  test('that breaks off in its body is not passed on', async () => {
    const half: Step = {
      kind: 'half a 400',
      plan: () => [
        { act: 'head', status: 400, headers: { 'content-type': 'application/json', 'content-length': '1000' } },
        { act: 'write', bytes: Buffer.from('{"type":"error",') },
        { act: 'reset' },
      ],
    }
    const a = await startNode('a', half)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect((await engine.recorded()).attempts.map(({ nodeName }) => nodeName)).toEqual(['a', 'b'])
    engine.expectQuiet()
  })
})

describe('no failure at all', () => {
  test.each([
    { name: 'an empty text block', step: () => ok({ text: '' }), modes: both },
    { name: 'no block', step: () => ok({ blocks: [] }), modes: both },
  ])('is a complete answer with $name and end_turn', async ({ step, modes }) => {
    for (const mode of modes) {
      const a = await startNode('a', step())
      const b = await startNode('b')
      const engine = await startEngineOver([a, b])
      const answer = await engine.send({ body: messagesBody({ stream: mode === 'stream' }) })
      const [request] = a.requestsFor()
      if (request === undefined) throw new Error('A was not asked')
      expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(answerOf(a, request, step())) })
      expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['success'])
      expect(b.requests).toHaveLength(0)
      expect(engine.decisions).toEqual([])
      engine.expectQuiet()
    }
  })
})

describe('a secret', () => {
  test('that a node echoes is in no record, decision or log line', async () => {
    const a = await startNode('a', apiError(401, 'invalid x-api-key: key-of-a-0000'))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    await engine.send({ body: messagesBody() })
    const record = await engine.recorded()
    expect(record.attempts[0]?.message).toBe(said(401, 'invalid x-api-key: [redacted]'))
    expect(JSON.stringify([engine.exchanges, engine.decisions, engine.log, engine.engine.liveNodes()])).not.toContain(
      'key-of-a-0000',
    )
  })
})
