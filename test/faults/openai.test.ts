// Both OpenAI protocols end to end: a failure before content moves to the next node inside the request, one behind it breaks
// the connection; what the client saw, what the nodes saw, what was recorded.
import { describe, expect, test } from 'vitest'
import type { ErrorClass } from '../../src/shared/model/outcome.ts'
import type { Answer } from '../harness/http-client.ts'
import { responseFailed, withoutUsage } from '../harness/openai-steps.ts'
import { plannedBytes, type Step } from '../harness/plan.ts'
import { sha256 } from '../harness/recorded-request.ts'
import { cutAfterEvents, empty, errorEvent, html, jsonError, ok, reset, status } from '../harness/steps.ts'
import {
  type OpenAiProtocol,
  type OpenAiScene,
  openAiProtocols,
  openAiRequest,
  SESSION,
  startOpenAi,
} from './openai-scene.ts'
import { answerOf, expectSentAsAsked } from './scene.ts'

/** As the harness reports it: 12 tokens of input of which 4 came from the cache. */
const USAGE = { input: 8, output: 9, cacheRead: 4, cacheWrite5m: 0, cacheWrite1h: 0, estimated: false }

/** Events of a good answer before its first content. */
const preambles: Readonly<Record<OpenAiProtocol, number>> = { 'openai-responses': 2, 'openai-chat': 1 }
/** …and up to its first word. */
const withContent: Readonly<Record<OpenAiProtocol, number>> = { 'openai-responses': 5, 'openai-chat': 2 }

const modes = [
  ['stream', true],
  ['whole', false],
] as const
type Row = {
  readonly name: string
  readonly a: (before: number) => Step
  readonly outcome: ErrorClass
  readonly message: string | RegExp
}

const rows: readonly Row[] = [
  { name: 'answers 500', a: () => status(500), outcome: 'server', message: 'answered 500 api_error: scripted 500' },
  { name: 'answers 429', a: () => status(429), outcome: 'throttled', message: /^answered 429/ },
  { name: 'answers 401', a: () => status(401), outcome: 'credential', message: /^answered 401/ },
  { name: 'resets', a: reset, outcome: 'network', message: /^the connection broke before it answered/ },
  { name: 'answers with nothing', a: empty, outcome: 'false-success', message: 'answered 200 with an empty body' },
  { name: 'answers with a page', a: () => html(), outcome: 'false-success', message: 'answered 200 with an HTML page' },
  {
    name: 'is cut before content',
    a: (before) => cutAfterEvents(before, { form: 'reset' }),
    outcome: 'network',
    message: /^the connection broke before any content/,
  },
  {
    name: 'sends an error inside a 200',
    a: (before) => errorEvent(before, 'server_error', 'boom'),
    outcome: 'server',
    message: 'answered 200 with the error server_error: boom',
  },
  {
    name: 'is overloaded inside a 200',
    a: (before) => errorEvent(before, 'server_is_overloaded', 'Our servers are busy.'),
    outcome: 'overload',
    message: 'answered 200 with the error server_is_overloaded: Our servers are busy.',
  },
]

async function expectMoved(
  protocol: OpenAiProtocol,
  { a: step, outcome, message }: Pick<Row, 'outcome' | 'message'> & { readonly a: Step },
  stream: boolean,
): Promise<void> {
  const scene = await startOpenAi(protocol, [step])
  const { a, b, engine } = scene
  const { path, upstreamPath, body, operation } = openAiRequest(protocol, stream)
  const answer = await engine.send({ path, body })

  const [atB] = b.requestsFor()
  if (atB === undefined) throw new Error(`B was not asked: the client got ${answer.status} ${answer.text}`)
  expect(answer).toMatchObject({ status: 200, ended: 'complete' })
  expect(answer.bodySha256).toBe(sha256(answerOf(b, atB, ok())))
  expect(answer.text).not.toContain('_a_1')

  expect([a.requestsFor().length, b.requestsFor().length]).toEqual([1, 1])
  expectSentAsAsked(a, body, upstreamPath)
  expectSentAsAsked(b, body, upstreamPath)

  const record = await engine.recorded()
  expect(record).toMatchObject({
    protocol,
    operation,
    outcome: 'success',
    status: 200,
    nodeName: 'b',
    model: 'gpt-5',
    stream,
    sessionId: SESSION,
    requestBytes: body.length,
    responseBytes: answer.body.length,
    usage: USAGE,
  })
  expect(record.attempts.map(({ nodeName, outcome: each }) => [nodeName, each])).toEqual([
    ['a', outcome],
    ['b', 'success'],
  ])
  if (typeof message === 'string') expect(record.attempts[0]?.message).toBe(message)
  else expect(record.attempts[0]?.message).toMatch(message)
  engine.expectQuiet()
}

describe.each(openAiProtocols)('%s: before content the request moves to the next node when the first', (protocol) => {
  describe.each(modes)('(%s)', (_mode, stream) => {
    test.each(rows)('$name', async ({ a, ...expected }) => {
      await expectMoved(protocol, { ...expected, a: a(preambles[protocol]) }, stream)
    })
  })

  test('ends cleanly before content', async () => {
    const a = cutAfterEvents(preambles[protocol], { form: 'end' })
    const message = 'answered 200 and ended before its final event'
    await expectMoved(protocol, { a, outcome: 'false-success', message }, true)
  })

  test('answers a stream with JSON', async () => {
    const a = jsonError('insufficient_quota', 'You exceeded your current quota.')
    const message = 'answered 200 with the error insufficient_quota: You exceeded your current quota.'
    await expectMoved(protocol, { a, outcome: 'out-of-funds', message }, true)
  })
})

describe('response.failed before content', () => {
  test.each<[code: string, outcome: ErrorClass]>([
    ['server_error', 'server'],
    ['rate_limit_exceeded', 'throttled'],
    ['insufficient_quota', 'out-of-funds'],
    ['server_is_overloaded', 'overload'],
    ['upstream_error', 'server'],
    ['nobody_knows_this', 'false-success'],
  ])('of the node’s own making moves to the next node: %s', async (code, outcome) => {
    for (const [, stream] of modes) {
      const message = `answered 200 with the error ${code}: scripted ${code}`
      await expectMoved('openai-responses', { a: responseFailed(2, code), outcome, message }, stream)
    }
  })

  test.each(['context_length_exceeded', 'invalid_prompt', 'cyber_policy'])(
    'that the client has to hear is passed on word for word, and no other node is asked: %s',
    async (code) => {
      for (const [, stream] of modes) {
        const step = responseFailed(2, code)
        const { a, b, engine } = await startOpenAi('openai-responses', [step])
        const { path, body } = openAiRequest('openai-responses', stream)
        const answer = await engine.send({ path, body })
        expect(answer).toMatchObject({ status: 200, ended: 'complete' })
        const [request] = a.requestsFor()
        if (request === undefined) throw new Error('A was not asked')
        expect(answer.bodySha256).toBe(sha256(answerOf(a, request, step)))
        expect(b.requests).toEqual([])
        expect(await engine.recorded()).toMatchObject({ outcome: 'success', nodeName: 'a' })
        expect(engine.nodeNow('a').breaker).toMatchObject({ state: 'closed', consecutiveFailures: 0 })
        engine.expectQuiet()
      }
    },
  )

  test('of every node is our error, with what each of them said', async () => {
    const { a, b, engine } = await startOpenAi('openai-responses', [responseFailed(2, 'strange', 'boom a')])
    b.script(responseFailed(2, 'strange', 'boom b'))
    const { path, body } = openAiRequest('openai-responses', true)
    const answer = await engine.send({ path, body })
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        message: expect.stringMatching(/^Switchyard: no node could answer now \(a: .*boom a; b: .*boom b\)\.$/),
        type: 'server_error',
        param: null,
        code: null,
      },
    })
    expect(a.requestsFor().length).toBeGreaterThan(0)
  })
})

describe.each(openAiProtocols)(
  '%s: behind content the connection is broken, and nothing is asked again,',
  (protocol) => {
    const count = withContent[protocol]
    const breaks: readonly (readonly [string, Step, RegExp])[] = [
      ['the node resets', cutAfterEvents(count, { form: 'reset' }), /^the connection broke in the middle/],
      ['the node closes', cutAfterEvents(count, { form: 'fin' }), /^the connection broke in the middle/],
      ['the node ends cleanly', cutAfterEvents(count, { form: 'end' }), /ended before its final event/],
      ['the node sends an error', errorEvent(count, 'server_error', 'boom'), /server_error: boom/],
      ...(protocol === 'openai-responses'
        ? ([['the node sends response.failed', responseFailed(count, 'server_error'), /server_error/]] as const)
        : []),
    ]
    test.each(breaks)('when %s', async (_name, step, message) => {
      const { a, b, engine } = await startOpenAi(protocol, [step])
      const { path, body } = openAiRequest(protocol, true)
      const answer = await engine.send({ path, body })
      expect(answer).toMatchObject({ status: 200, ended: 'broken' })
      const [request] = a.requestsFor()
      if (request === undefined) throw new Error('A was not asked')
      // Nothing beyond the node's own good events: no error event, no invented end.
      const good = plannedBytes(cutAfterEvents(count, { form: 'end' }), a.askOf(request))
      expect(good.subarray(0, answer.body.length)).toEqual(answer.body)
      expect(answer.text).not.toContain('"error"')
      expect(b.requests).toEqual([])
      const record = await engine.recorded()
      expect(record).toMatchObject({
        outcome: 'truncated',
        nodeName: 'a',
        responseBytes: answer.body.length,
        // Nothing was reported: what was asked and what was written are estimates.
        usage: { input: Math.ceil(body.length / 3.5), output: 2, cacheRead: 0, estimated: true },
      })
      expect(record.attempts.map(({ outcome }) => outcome)).toEqual(['truncated'])
      expect(record.attempts[0]?.message).toMatch(message)
      engine.expectQuiet()

      // The tool asks again: the node that broke off comes last.
      expect(await engine.send({ path, body })).toMatchObject({ status: 200, ended: 'complete' })
      expect(b.requestsFor()).toHaveLength(1)
    })
  },
)

describe('a 400 about reasoning that another account encrypted', () => {
  const refusal = status(400, {
    body: {
      error: {
        message: 'The encrypted content gAAA...Rg== could not be verified.',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_encrypted_content',
      },
    },
  })
  const reasoning = { type: 'reasoning', summary: [], encrypted_content: 'gAAAAABo' }
  const compaction = { type: 'compaction', encrypted_content: 'gAAAAABp' }
  const user = { type: 'message', role: 'user', content: 'hi — 嗨' }
  const call = { type: 'function_call', call_id: 'c', name: 'shell', arguments: '{}' }
  const request = (...input: readonly object[]) =>
    Buffer.from(JSON.stringify({ model: 'gpt-5', input, store: false, stream: true, prompt_cache_key: SESSION }))
  const path = '/v1/responses'

  test('is answered by the same request without that reasoning, to the same node, once', async () => {
    const { a, b, engine } = await startOpenAi('openai-responses', [refusal, ok()])
    const answer = await engine.send({ path, body: request(user, reasoning, compaction, call, reasoning) })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(a.requestsFor().map(({ body }) => body.toString())).toEqual([
      request(user, reasoning, compaction, call, reasoning).toString(),
      request(user, compaction, call).toString(),
    ])
    expect(b.requests).toEqual([])
    expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['rectifiable', 'success'])
  })

  test('is passed on word for word when there is nothing to take out', async () => {
    const { a, b, engine } = await startOpenAi('openai-responses', [refusal])
    const answer = await engine.send({ path, body: request(user, compaction) })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('invalid_encrypted_content')
    expect([a.requestsFor().length, b.requests.length]).toEqual([1, 0])
  })
})

describe('chat', () => {
  const { path, body } = openAiRequest('openai-chat', true)
  const send = async (step: Step): Promise<OpenAiScene & { readonly answer: Answer }> => {
    const scene = await startOpenAi('openai-chat', [step])
    return { ...scene, answer: await scene.engine.send({ path, body }) }
  }

  test('without include_usage is sent as it was asked, and its usage is an estimate', async () => {
    const { a, engine, answer } = await send(withoutUsage(ok()))
    expect(answer.ended).toBe('complete')
    expectSentAsAsked(a, body, path)
    expect((await engine.recorded()).usage).toEqual({
      ...USAGE,
      input: Math.ceil(body.length / 3.5),
      cacheRead: 0,
      // "reply from a"
      output: 3,
      estimated: true,
    })
  })

  test('that ends cleanly behind its finish reason, without [DONE], has finished', async () => {
    // The role, three words, the reason.
    const { engine, answer } = await send(cutAfterEvents(5, { form: 'end' }))
    expect(answer.ended).toBe('complete')
    expect(answer.text).not.toContain('[DONE]')
    expect((await engine.recorded()).outcome).toBe('success')
  })

  test('whose node dies behind [DONE] took nothing away', async () => {
    const { engine, answer } = await send(cutAfterEvents(7, { form: 'reset' }))
    expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(answer.ended).toBe('complete')
    expect(await engine.recorded()).toMatchObject({ outcome: 'success', usage: USAGE })
  })
})
