// What a client key may do, and until when: seen by its tool, by the nodes and in the records.
import { describe, expect, onTestFinished, test } from 'vitest'
import { CLIENT_TOKEN, startTestEngine, type TestEngine, type TestNode } from '../harness/engine.ts'
import type { Answer } from '../harness/http-client.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { eventsThenSilence, ok, stallBeforeHead } from '../harness/steps.ts'
import { ourError } from './our-error.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
/** Where the held clock starts. */
const NOW = Date.UTC(2026, 0, 5, 12)

async function startNode(): Promise<ScriptedUpstream> {
  const node = await startScriptedUpstream({ name: 'a' })
  onTestFinished(node.close)
  return node
}

type Limits = { readonly models?: string[]; readonly expiresAtMs?: number; readonly enabled?: boolean }

async function startLimited(
  limits: Limits,
  more: Partial<TestNode> = {},
): Promise<{ readonly engine: TestEngine; readonly node: ScriptedUpstream }> {
  const node = await startNode()
  const clientKeys = [{ token: CLIENT_TOKEN, name: 'laptop', ...limits }]
  const engine = await startTestEngine({ nodes: [{ name: 'a', url: node.url, ...more }], clientKeys })
  return { engine, node }
}

const operations: readonly (readonly [name: string, send: (engine: TestEngine, model?: string) => Promise<Answer>])[] =
  [
    ['messages', (engine, model = DEFAULT_MODEL) => engine.send({ body: messagesBody({ model }) })],
    [
      'messages, streaming',
      (engine, model = DEFAULT_MODEL) => engine.send({ body: messagesBody({ model, stream: true }) }),
    ],
    [
      'count_tokens',
      (engine, model = DEFAULT_MODEL) =>
        engine.send({ path: '/v1/messages/count_tokens', body: messagesBody({ model }) }),
    ],
  ]

function listModels(engine: TestEngine): Promise<Answer> {
  return engine.send({ path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } })
}

/** The client is told once and for all, nothing reached the node, and the record names the key. */
async function expectRefused(
  { engine, node, answer }: { engine: TestEngine; node: ScriptedUpstream; answer: Answer },
  { code, status, type }: { code: string; status: number; type: string },
): Promise<string> {
  const error = ourError(answer)
  expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([status, type, 'false'])
  expect(answer.headers['retry-after']).toBeUndefined()
  expect(node.connections()).toBe(0)
  const record = await engine.recorded()
  expect(record).toMatchObject({
    outcome: 'rejected',
    errorCode: code,
    status,
    clientKeyName: 'laptop',
    attempts: [],
    nodeId: null,
  })
  expect(engine.exchanges).toHaveLength(1)
  expect(engine.engine.counts().inFlight).toBe(0)
  return error.message
}

describe('a client key that expires', () => {
  const expired = { code: 'key-expired', status: 401, type: 'authentication_error' }

  test.each([...operations, ['models', (engine: TestEngine) => listModels(engine)] as const])(
    'is refused with when it expired and what to do: %s',
    async (_name, send) => {
      const { engine, node } = await startLimited({ expiresAtMs: NOW - HOUR })
      const message = await expectRefused({ engine, node, answer: await send(engine) }, expired)
      expect(message).toContain('the client key laptop expired at 2026-01-05T11:00:00.000Z')
      expect(message).toContain('switchyard key edit')
      expect(message).toContain('switchyard key create')
    },
  )

  test('is good until the millisecond before, and never asks the database for it', async () => {
    const { engine, node } = await startLimited({ expiresAtMs: NOW + 5000 })
    await engine.clock.advance(4999)
    expect((await engine.send({ body: messagesBody() })).status).toBe(200)
    await engine.clock.advance(1)
    expect((await engine.send({ body: messagesBody() })).status).toBe(401)
    expect((await engine.recorded(2)).errorCode).toBe('key-expired')
    expect(node.requestsFor()).toHaveLength(1)
    expect(engine.database.loads()).toBe(1)
  })

  test('goes by the wall clock, which moves on while the machine sleeps', async () => {
    const { engine } = await startLimited({ expiresAtMs: NOW + HOUR })
    expect((await engine.send({ body: messagesBody() })).status).toBe(200)
    engine.clock.jump({ wallMs: HOUR, monotonicMs: 0 })
    expect((await engine.send({ body: messagesBody() })).status).toBe(401)
    engine.clock.jump({ wallMs: -1, monotonicMs: 0 })
    expect((await engine.send({ body: messagesBody() })).status).toBe(200)
  })

  test('lets the stream it is in the middle of come to its end', async () => {
    const { engine, node } = await startLimited({ expiresAtMs: NOW + SECOND })
    const held = eventsThenSilence(4)
    node.script(held, ok())
    const stream = engine.stream({ body: messagesBody({ stream: true }) })
    await stream.contains('text_delta')
    await engine.clock.advance(2 * SECOND)
    expect((await engine.send({ body: messagesBody() })).status).toBe(401)
    held.release()
    expect(await stream.finished).toMatchObject({ status: 200, ended: 'complete' })
    expect(await engine.recorded(2)).toMatchObject({ outcome: 'success', nodeName: 'a', clientKeyName: 'laptop' })
  })

  test('lets a request that it began move to the next node', async () => {
    const b = await startScriptedUpstream({ name: 'b' })
    onTestFinished(b.close)
    const a = await startNode()
    const held = stallBeforeHead()
    a.script(held)
    const engine = await startTestEngine({
      nodes: [
        { name: 'a', url: a.url },
        { name: 'b', url: b.url },
      ],
      clientKeys: [{ token: CLIENT_TOKEN, expiresAtMs: NOW + SECOND }],
    })
    const asking = engine.send({ body: messagesBody() })
    await a.nextRequest()
    await engine.clock.advance(2 * SECOND)
    await a.kill()
    expect(await asking).toMatchObject({ status: 200 })
    expect(b.requestsFor()).toHaveLength(1)
  })

  test('and is disabled as well is said to be disabled', async () => {
    const { engine, node } = await startLimited({ expiresAtMs: NOW - 1, enabled: false })
    const answer = await engine.send({ body: messagesBody() })
    await expectRefused({ engine, node, answer }, { code: 'key-disabled', status: 403, type: 'permission_error' })
  })
})

describe('a client key with a list of models', () => {
  const notAllowed = { code: 'model-not-allowed', status: 403, type: 'permission_error' }

  test.each(operations)('is refused any other, with the list: %s', async (_name, send) => {
    const { engine, node } = await startLimited({ models: ['claude-haiku-*', 'glm-5'] })
    const answer = await send(engine, 'claude-opus-5-5')
    const message = await expectRefused({ engine, node, answer }, notAllowed)
    expect(message).toContain(
      'the client key laptop may not ask for claude-opus-5-5. It may ask for: claude-haiku-*, glm-5.',
    )
    expect((await engine.recorded()).model).toBe('claude-opus-5-5')
    // Nobody was looked for, so nobody was missed.
    expect(engine.log.filter(({ tag }) => tag.startsWith('Cache'))).toEqual([])
    expect(engine.database.loads()).toBe(1)
  })

  test.each(operations)('may ask for what is on it: %s', async (_name, send) => {
    const { engine } = await startLimited({ models: ['claude-haiku-*', 'glm-5'] })
    expect((await send(engine, 'glm-5')).status).toBe(200)
    expect((await send(engine, 'claude-haiku-4')).status).toBe(200)
  })

  test.each<[models: string[], asked: string, status: number]>([
    [[], 'anything', 200],
    [['*'], 'anything', 200],
    [['a'], 'a', 200],
    [['a'], 'A', 403],
    [['a'], 'ab', 403],
    [['a*'], 'ab', 200],
    [['*b'], 'ab', 200],
    [['a*c'], 'abc', 200],
    [['a*c'], 'abd', 403],
    [['x', 'a*'], 'abd', 200],
    [['claude-[34]*'], 'claude-3', 403],
    [['a.c'], 'abc', 403],
  ])('%j: asking for %s is answered %i', async (models, asked, status) => {
    const { engine } = await startLimited({ models })
    expect((await engine.send({ body: messagesBody({ model: asked }) })).status).toBe(status)
  })

  test('is asked by the name the client gives, whatever the node calls it', async () => {
    const { engine, node } = await startLimited({ models: ['haiku'] }, { modelMap: [{ from: 'haiku', to: 'glm-5' }] })
    expect((await engine.send({ body: messagesBody({ model: 'haiku' }) })).status).toBe(200)
    expect(JSON.parse(node.requestsFor()[0]?.body.toString() ?? '')).toMatchObject({ model: 'glm-5' })
    expect((await engine.send({ body: messagesBody({ model: 'glm-5' }) })).status).toBe(403)
    expect(node.requestsFor()).toHaveLength(1)
  })

  test.each([
    ['/v1/responses', { model: 'gpt-6', input: 'hi' }],
    ['/v1/chat/completions', { model: 'gpt-6', messages: [{ role: 'user', content: 'hi' }] }],
    ['/v1beta/models/gpt-6:generateContent', { contents: [{ parts: [{ text: 'hi' }] }] }],
    ['/v1beta/models/gpt-6:countTokens', { contents: [{ parts: [{ text: 'hi' }] }] }],
  ])('is asked in every protocol: %s', async (path, body) => {
    const { engine, node } = await startLimited({ models: ['glm-*'] })
    const answer = await engine.send({ path, body })
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([403, 'false'])
    expect(answer.text).toContain('the client key laptop may not ask for gpt-6. It may ask for: glm-*.')
    expect(await engine.recorded()).toMatchObject({
      outcome: 'rejected',
      errorCode: 'model-not-allowed',
      model: 'gpt-6',
    })
    expect(node.connections()).toBe(0)
  })

  test('is shown only those of its nodes’ models', async () => {
    const models = ['claude-opus-5', 'claude-haiku-4', 'glm-5', 'claude-*']
    const { engine } = await startLimited(
      { models: ['claude-*', 'glm-5', 'not-there'] },
      { models: [...models, 'gpt-6'] },
    )
    const answer = await listModels(engine)
    const listed = JSON.parse(answer.text) as { data: { id: string }[] } // As `modelsBody` writes it.
    expect(listed.data.map(({ id }) => id)).toEqual(['claude-haiku-4', 'claude-opus-5', 'glm-5'])
  })

  test('names no more of a long list than a person reads', async () => {
    const models = Array.from({ length: 1000 }, (_, number) => `model-${number}`)
    const { engine, node } = await startLimited({ models })
    const answer = await engine.send({ body: messagesBody({ model: 'x'.repeat(200) }) })
    const message = await expectRefused({ engine, node, answer }, notAllowed)
    expect(message).toContain(
      'model-0, model-1, model-2, model-3, model-4, model-5, model-6, model-7, model-8, model-9, and 990 more.',
    )
    expect(message.length).toBeLessThan(600)
  })
})
