// Gemini clients before nodes that fail: the client gets the other node's answer, byte for byte.
import { describe, expect, test } from 'vitest'
import { advanceUntil } from '../engine/advance-until.ts'
import type { TestNode } from '../harness/engine.ts'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { geminiStream, goldenStream, goldenText } from '../harness/gemini-steps.ts'
import { request } from '../harness/http-client.ts'
import { createGate, type Step } from '../harness/plan.ts'
import { type RecordedRequest, sha256 } from '../harness/recorded-request.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { closeEarly, html, ok, reset, status } from '../harness/steps.ts'
import { answerOf, startEngineOver, startNode, startRefusingNode } from './scene.ts'

const STREAM = '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse'
const WHOLE = '/v1beta/models/gemini-2.5-pro:generateContent'
const body = Buffer.from(
  '{ "contents": [{"parts":[{"text":"h\\u00ef ☃"}],"role":"user"}],  "generationConfig": {"temperature": 0} }',
)

function geminiNode({ name, url }: ScriptedUpstream, more: Partial<TestNode> = {}): TestNode {
  return { name, url, protocol: 'gemini', auth: 'x-goog-api-key', ...more }
}

/** A answers so, B well; both as the Gemini API. */
async function startPair(step: Step) {
  const a = await startNode('a', step)
  const b = await startNode('b')
  return { a, b, engine: await startEngineOver([geminiNode(a), geminiNode(b)]) }
}

function onlyRequest(node: ScriptedUpstream): RecordedRequest {
  const [asked, ...others] = node.requestsFor()
  if (asked === undefined || others.length > 0)
    throw new Error(`${node.name} was asked ${others.length} times too many`)
  return asked
}

/** The client's bytes and target, the node's own key in Google's header, the client's key nowhere. */
function expectSentAsAsked(node: ScriptedUpstream, target: string): void {
  const asked = onlyRequest(node)
  expect(asked).toMatchObject({ target, bodySha256: sha256(body) })
  expect(asked.header('x-goog-api-key')).toBe(`key-of-${node.name}-0000`)
  expect(asked.header('authorization')).toBeNull()
  expect(asked.rawHeaders.join('\n') + asked.target).not.toContain(CLIENT_TOKEN)
}

const json = (file: string, code = 200) => status(code, { body: JSON.parse(goldenText(file)) })

type Failure = {
  readonly name: string
  readonly step: () => Step
  readonly outcome: string
  readonly only?: 'stream' | 'whole'
}

const failures: readonly Failure[] = [
  { name: '500', step: () => json('error-internal.json', 500), outcome: 'server' },
  { name: '503', step: () => status(503), outcome: 'server' },
  { name: '429 with RetryInfo', step: () => json('error-429.json', 429), outcome: 'throttled' },
  { name: '400 about its key', step: () => json('error-key.json', 400), outcome: 'credential' },
  { name: '404 about the model', step: () => json('error-model.json', 404), outcome: 'model-gap' },
  { name: 'a reset', step: reset, outcome: 'network' },
  { name: 'a close', step: closeEarly, outcome: 'network' },
  { name: 'a page', step: () => html(), outcome: 'false-success' },
  { name: 'wrong JSON', step: () => status(200, { body: { code: 0, msg: 'busy' } }), outcome: 'false-success' },
  { name: 'an error in a 200', step: () => json('error-internal.json'), outcome: 'server' },
  {
    name: 'no candidate',
    step: () => status(200, { body: { usageMetadata: {} } }),
    outcome: 'false-success',
    only: 'whole',
  },
  {
    name: 'an error in the stream',
    step: () => geminiStream(goldenStream('error-event.sse')),
    outcome: 'server',
    only: 'stream',
  },
  {
    name: 'an error in the stream without data:',
    step: () => geminiStream(goldenStream('error-bare.sse')),
    outcome: 'server',
    only: 'stream',
  },
  {
    name: 'an error behind chunks without content',
    step: () =>
      geminiStream([
        ...goldenStream('usage-last.sse').slice(0, 2),
        Buffer.from(goldenText('error-bare.sse').trimEnd()),
      ]),
    outcome: 'server',
    only: 'stream',
  },
  {
    name: 'a reset before content',
    step: () => geminiStream(goldenStream('usage-last.sse').slice(0, 2), { act: 'reset' }),
    outcome: 'network',
    only: 'stream',
  },
  {
    name: 'an end before content',
    step: () => geminiStream(goldenStream('usage-last.sse').slice(0, 2)),
    outcome: 'false-success',
    only: 'stream',
  },
  {
    name: 'an end inside the first chunk',
    step: () => geminiStream([goldenStream('thinking.sse')[0]?.subarray(0, 80) ?? Buffer.alloc(0)]),
    outcome: 'false-success',
    only: 'stream',
  },
  {
    name: 'a chunk that is no JSON',
    step: () => geminiStream([Buffer.from('data: {"candidates": [\r\n\r\n')]),
    outcome: 'false-success',
    only: 'stream',
  },
]

describe.each([
  { mode: 'stream', target: STREAM },
  { mode: 'whole', target: WHOLE },
])('$mode: the client gets B’s answer when A answers with', ({ mode, target }) => {
  test.each(failures.filter(({ only }) => only === undefined || only === mode))('$name', async ({ step, outcome }) => {
    const { a, b, engine } = await startPair(step())
    const answer = await engine.send({ path: target, body })
    const expected = answerOf(b, onlyRequest(b), ok())
    expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(expected) })
    expectSentAsAsked(a, target)
    expectSentAsAsked(b, target)
    const record = await engine.recorded()
    expect(record).toMatchObject({
      outcome: 'success',
      protocol: 'gemini',
      model: 'gemini-2.5-pro',
      stream: mode === 'stream',
      nodeName: 'b',
      usage: { estimated: false },
    })
    expect(record.attempts.map((attempt) => attempt.outcome)).toEqual([outcome, 'success'])
    engine.expectQuiet()
  })

  test('nothing, for nobody listens', async () => {
    const a = await startRefusingNode('a')
    const b = await startNode('b')
    const engine = await startEngineOver([geminiNode(a), geminiNode(b)])
    expect((await engine.send({ path: target, body })).bodySha256).toBe(sha256(answerOf(b, onlyRequest(b), ok())))
  })
})

test('a node that names its delay in RetryInfo is left alone for that long', async () => {
  const { a, engine } = await startPair(json('error-429.json', 429))
  await engine.send({ path: STREAM, body })
  await engine.send({ path: STREAM, body })
  expect(a.requestsFor()).toHaveLength(1)
  expect(engine.nodeNow('a').keys[0]?.asideUntilMs).toBe(engine.clock.wallMs() + 37_000)
})

describe('a stream', () => {
  test.each(['thinking.sse', 'tool-call.sse', 'usage-last.sse', 'blocked.sse'])('%s passes whole', async (file) => {
    const pieces = goldenStream(file)
    const { b, engine } = await startPair(geminiStream(pieces))
    const answer = await engine.send({ path: STREAM, body })
    expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(Buffer.concat(pieces)) })
    expect((await engine.recorded()).outcome).toBe('success')
    expect(b.requestsFor()).toHaveLength(0)
  })

  test('goes out with its first thought, not before', async () => {
    const pieces = goldenStream('thinking.sse')
    const gate = createGate()
    const { engine } = await startPair(
      geminiStream(
        pieces.slice(0, 1),
        { act: 'hold', gate },
        { act: 'write', bytes: Buffer.concat(pieces.slice(1)) },
        { act: 'end' },
      ),
    )
    const stream = engine.stream({ path: STREAM, body })
    await stream.contains('Counting the r')
    // Its clients break on a comment: silence stays silence.
    await engine.clock.advance(30_000)
    expect(stream.received()).toEqual(pieces[0])
    gate.release()
    expect((await stream.finished).bodySha256).toBe(sha256(Buffer.concat(pieces)))
  })

  test.each([
    { name: 'a reset', behind: { act: 'reset' } as const },
    { name: 'a clean end', behind: { act: 'end' } as const },
  ])('with $name behind content breaks, and is tried nowhere else', async ({ behind }) => {
    const pieces = goldenStream('thinking.sse').slice(0, 2)
    const gate = createGate()
    const { b, engine } = await startPair(geminiStream(pieces, { act: 'hold', gate }, behind))
    const stream = engine.stream({ path: STREAM, body })
    await stream.contains('There are')
    gate.release()
    expect(await stream.finished).toMatchObject({ ended: 'broken', bodySha256: sha256(Buffer.concat(pieces)) })
    expect(await engine.recorded()).toMatchObject({
      outcome: 'truncated',
      usage: { input: 14, output: 189, estimated: true },
    })
    expect(b.requestsFor()).toHaveLength(0)
  })

  test('with an error behind content breaks before the error', async () => {
    const content = goldenStream('thinking.sse').slice(0, 1)
    const gate = createGate()
    const bytes = Buffer.from(goldenText('error-bare.sse'))
    const { engine } = await startPair(
      geminiStream(content, { act: 'hold', gate }, { act: 'write', bytes }, { act: 'end' }),
    )
    const stream = engine.stream({ path: STREAM, body })
    await stream.contains('Counting')
    gate.release()
    expect(await stream.finished).toMatchObject({ ended: 'broken', bodySha256: sha256(Buffer.concat(content)) })
    expect((await engine.recorded()).attempts[0]?.message).toContain('UNAVAILABLE')
  })

  test('that breaks between its finish reason and its usage is complete for the record, and broken for the client', async () => {
    const pieces = goldenStream('usage-last.sse').slice(0, 4)
    const gate = createGate()
    const { engine } = await startPair(geminiStream(pieces, { act: 'hold', gate }, { act: 'reset' }))
    const stream = engine.stream({ path: STREAM, body })
    await stream.contains('MAX_TOKENS')
    gate.release()
    expect((await stream.finished).ended).toBe('broken')
    expect((await engine.recorded()).outcome).toBe('success')
  })

  test('that breaks behind its last chunk is complete for the client too: Gemini CLI gives up on a broken one', async () => {
    const pieces = goldenStream('thinking.sse')
    const gate = createGate()
    const { engine } = await startPair(geminiStream(pieces, { act: 'hold', gate }, { act: 'reset' }))
    const stream = engine.stream({ path: STREAM, body })
    await stream.contains('STOP')
    gate.release()
    expect(await stream.finished).toMatchObject({ ended: 'complete', bodySha256: sha256(Buffer.concat(pieces)) })
    expect((await engine.recorded()).outcome).toBe('success')
  })

  test('without alt=sse is one JSON array, held whole', async () => {
    const text = goldenText('stream-array.json')
    const step: Step = {
      ...status(200),
      plan: () => [
        { act: 'head', status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' } },
        { act: 'write', bytes: Buffer.from(text.slice(0, 200)) },
        { act: 'write', bytes: Buffer.from(text.slice(200)) },
        { act: 'end' },
      ],
    }
    const a = await startNode('a', status(200, { body: [{ error: { code: 503, status: 'UNAVAILABLE' } }] }))
    const b = await startNode('b', step)
    const engine = await startEngineOver([geminiNode(a), geminiNode(b)])
    const answer = await engine.send({ path: '/v1beta/models/gemini-2.5-pro:streamGenerateContent', body })
    expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(Buffer.from(text)) })
    expect(await engine.recorded()).toMatchObject({ stream: false, usage: { input: 14, output: 191 } })
  })
})

describe('the model in the path', () => {
  test('is each node’s own, the query and the body stay', async () => {
    const a = await startNode('a', status(500))
    const b = await startNode('b')
    const engine = await startEngineOver([
      geminiNode(a, { modelMap: [{ from: 'gemini-*', to: 'google/gemini-2.5-pro:free' }] }),
      geminiNode(b, { modelMap: [{ from: '*', to: 'tunedModels/mine' }] }),
    ])
    const path = `/v1/models/gemini-2.5-pro:streamGenerateContent?x=%20y&key=${CLIENT_TOKEN}&alt=sse&z`
    const answer = await request({ port: engine.port, path, body })
    expect(answer.bodySha256).toBe(sha256(answerOf(b, onlyRequest(b), ok())))
    expectSentAsAsked(a, '/v1/models/google/gemini-2.5-pro:free:streamGenerateContent?x=%20y&alt=sse&z')
    expectSentAsAsked(b, '/v1/tunedModels/mine:streamGenerateContent?x=%20y&alt=sse&z')
    const { attempts, model } = await engine.recorded()
    expect([model, ...attempts.map((attempt) => attempt.model)]).toEqual([
      'gemini-2.5-pro',
      'google/gemini-2.5-pro:free',
      'tunedModels/mine',
    ])
  })

  test('that nobody maps stays as the client escaped it', async () => {
    const { a, engine } = await startPair(ok())
    const path = '/v1beta/models/google%2Fgemini%2D2.5%3Afree:generateContent'
    await engine.send({ path, body })
    expectSentAsAsked(a, path)
    expect((await engine.recorded()).model).toBe('google/gemini-2.5:free')
  })

  test('is required', async () => {
    const { a, engine } = await startPair(ok())
    const answer = await engine.send({ path: '/v1beta/models/%ff:generateContent', body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } })
    expect(a.requests).toHaveLength(0)
  })
})

describe('the client’s key', () => {
  test.each([
    ['x-goog-api-key', { headers: { 'x-goog-api-key': CLIENT_TOKEN } }, STREAM],
    ['the query’s key', {}, `${STREAM}&key=${CLIENT_TOKEN}`],
    ['a bearer', { headers: { authorization: `Bearer ${CLIENT_TOKEN}` } }, STREAM],
  ])('may come as %s, and goes no further', async (_name, more, path) => {
    const { a, engine } = await startPair(ok())
    expect((await request({ port: engine.port, path, body, ...more })).status).toBe(200)
    expectSentAsAsked(a, STREAM)
  })

  test('that is wrong is refused in Google’s envelope', async () => {
    const { a, engine } = await startPair(ok())
    const answer = await request({ port: engine.port, path: STREAM, body, headers: { 'x-goog-api-key': 'sy-wrong' } })
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text)).toEqual({
      error: { code: 401, message: expect.stringMatching(/^Switchyard: .+\.$/), status: 'UNAUTHENTICATED' },
    })
    expect(a.requests).toHaveLength(0)
  })
})

test('all nodes down: 503 UNAVAILABLE with Retry-After', async () => {
  const { engine } = await startPair(status(500))
  engine.database.nodes = engine.database.nodes.slice(0, 1)
  await engine.engine.refreshRegistry()
  const asked = engine.send({ path: STREAM, body })
  await advanceUntil(asked, engine.clock)
  const answer = await asked
  expect(answer.status).toBe(503)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } })
})

describe('countTokens', () => {
  const path = '/v1beta/models/gemini-2.5-pro:countTokens'

  test('is asked of a node and answered word for word', async () => {
    const text = goldenText('count-tokens.json')
    const { a, engine } = await startPair(ok())
    a.scriptFor('count_tokens', status(200, { body: JSON.parse(text) }))
    expect(JSON.parse((await engine.send({ path, body })).text)).toEqual(JSON.parse(text))
    expect(a.requestsFor('count_tokens')[0]).toMatchObject({ target: path, bodySha256: sha256(body) })
  })

  test('is estimated when the node fails', async () => {
    const { a, engine } = await startPair(ok())
    a.scriptFor('count_tokens', status(500))
    const answer = await engine.send({ path, body })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({ totalTokens: expect.any(Number) })
    expect((await engine.recorded()).operation).toBe('countTokens')
  })
})

test('GET /v1beta/models lists what Gemini nodes serve', async () => {
  const a = await startNode('a')
  const b = await startNode('b')
  const engine = await startEngineOver([
    geminiNode(a, { models: ['gemini-2.5-pro', 'gemini-*'] }),
    { name: 'b', url: b.url, models: ['claude-opus-5-5'] },
  ])
  const answer = await engine.send({ path: '/v1beta/models' })
  expect(JSON.parse(answer.text)).toEqual({
    models: [expect.objectContaining({ name: 'models/gemini-2.5-pro', supportedGenerationMethods: expect.any(Array) })],
  })
})

test('what is not served is a 404 in Google’s envelope', async () => {
  const { engine } = await startPair(ok())
  const answer = await engine.send({ path: '/v1beta/models/text-embedding-004:embedContent', body })
  expect(answer.status).toBe(404)
  expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
})
