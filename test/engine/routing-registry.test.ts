// Which nodes a request may have: the memory of the database, its misses, and `explain`, which must say what a request does.
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExplainQuery } from '../../src/engine/engine-door.ts'
import { sentModelOf } from '../../src/engine/nodes/model-mapping.ts'
import { globMatches } from '../../src/shared/glob.ts'
import { startTestEngine, type TestEngine, type TestNode } from '../harness/engine.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { apiError, ok, stallBeforeHead, status } from '../harness/steps.ts'
import { ourError } from './our-error.ts'

/** No second rounds, whose back-off a held clock would hold. */
const onceEach = { retryBudgetPercent: 0, retryBudgetFloor: 0 }
const SECOND = 1000
const MINUTE = 60 * SECOND

async function upstream(name: string, ...steps: readonly Step[]): Promise<ScriptedUpstream> {
  const [first, ...more] = steps
  const node = await startScriptedUpstream({ name, ...(first === undefined ? {} : { steps: [first, ...more] }) })
  onTestFinished(node.close)
  return node
}

const nodeAt = (at: ScriptedUpstream, more: Partial<TestNode> = {}): TestNode => ({
  name: at.name,
  url: at.url,
  ...more,
})

/** What a request of the usual client key is. */
const asked: ExplainQuery = { pools: ['default'], model: DEFAULT_MODEL, protocol: 'anthropic', pinned: null }

/** The node whose answer came. */
async function servedBy(engine: TestEngine, model = DEFAULT_MODEL): Promise<string | null> {
  const answer = await engine.send({ body: messagesBody({ model }) })
  return answer.status === 200 ? (/reply from (\w+)/.exec(answer.text)?.[1] ?? '') : null
}

describe('a node that was added to the database a moment ago', () => {
  test.each<[name: string, nodes: (known: ScriptedUpstream) => readonly TestNode[]]>([
    ['there was none', () => []],
    ['the others are disabled', (known) => [nodeAt(known, { enabled: false })]],
    ['the others do not have the model', (known) => [nodeAt(known, { models: ['other-*'] })]],
    ['the others are in another pool', (known) => [nodeAt(known, { pools: ['team'] })]],
  ])('is found when %s', async (_name, nodes) => {
    const [known, added] = [await upstream('known'), await upstream('added')]
    const engine = await startTestEngine({ nodes: nodes(known) })
    engine.database.nodes = [...nodes(known), nodeAt(added)]
    expect(await servedBy(engine)).toBe('added')
    await engine.logged('CacheRetry', 'no node of pool default fits, refreshing the cache')
    expect(engine.log.filter(({ tag }) => tag === 'CacheFallback')).toEqual([])
    const loads = engine.database.loads()
    expect(await servedBy(engine)).toBe('added')
    expect(engine.database.loads()).toBe(loads)
  })

  test('is found for counting tokens as well', async () => {
    const added = await upstream('added')
    const engine = await startTestEngine({ nodes: [] })
    engine.database.nodes = [nodeAt(added)]
    const answer = await engine.send({ path: '/v1/messages/count_tokens', body: messagesBody() })
    expect(answer.status).toBe(200)
    expect(added.requestsFor('count_tokens')).toHaveLength(1)
  })

  test('is found when the others have to be left alone for a while', async () => {
    const [known, added] = [await upstream('known', status(429)), await upstream('added')]
    const engine = await startTestEngine({ nodes: [nodeAt(known)] })
    expect(await servedBy(engine)).toBeNull()
    engine.database.nodes = [nodeAt(known), nodeAt(added)]
    expect(await servedBy(engine)).toBe('added')
    await engine.logged('CacheRetry', 'refreshing the cache')
  })
})

describe('when the database has none either', () => {
  test.each<[name: string, more: Partial<TestNode> | null, code: number, type: string, words: string]>([
    ['no node at all', null, 503, 'api_error', 'pool default has no node'],
    ['only disabled ones', { enabled: false }, 503, 'api_error', 'it is disabled'],
    [
      'none with the model',
      { models: ['other-*'] },
      404,
      'not_found_error',
      `no node of pool default can serve ${DEFAULT_MODEL}`,
    ],
  ])('%s: the answer says so after the cache and the database were asked', async (_name, more, code, type, words) => {
    const known = await upstream('known')
    const engine = await startTestEngine({ nodes: more === null ? [] : [nodeAt(known, more)] })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, ourError(answer).type]).toEqual([code, type])
    expect(ourError(answer).message).toContain(words)
    expect(answer.headers['retry-after']).toBe(code === 503 ? '20' : undefined)
    expect(engine.log.filter(({ tag }) => tag.startsWith('Cache')).map(({ tag }) => tag)).toEqual([
      'CacheRetry',
      'CacheFallback',
    ])
    const record = await engine.recorded()
    expect([record.outcome, record.attempts]).toEqual(['failed', []])
    expect(known.connections()).toBe(0)
  })
})

describe('a database that does not answer', () => {
  test('is not noticed while memory has a node', async () => {
    const engine = await startTestEngine({ nodes: [nodeAt(await upstream('known'))] })
    engine.database.failing = true
    expect(await servedBy(engine)).toBe('known')
    expect(engine.log.filter(({ tag }) => tag.startsWith('Cache'))).toEqual([])
  })

  test('leaves what memory has, at a miss, at a sync, and when every request asks', async () => {
    const engine = await startTestEngine({ nodes: [nodeAt(await upstream('known'), { models: ['claude-*'] })] })
    engine.database.failing = true
    const missed = await engine.send({ body: messagesBody({ model: 'unknown' }) })
    expect([missed.status, ourError(missed).type]).toEqual([404, 'not_found_error'])
    await engine.logged('CacheFallback', 'the database does not answer; going on with what memory has')
    await engine.clock.advance(MINUTE)
    await engine.logged('CacheRetry', 'going on with what memory has')
    expect(await servedBy(engine)).toBe('known')
    engine.change({ memoryCacheEnabled: false })
    expect(await servedBy(engine)).toBe('known')
    await expect(engine.engine.refreshRegistry()).rejects.toThrow('the database is locked')
    expect(engine.engine.liveNodes().map(({ nodeId }) => nodeId)).toEqual(['node_known'])
  })

  test('that comes back is read at the next sync', async () => {
    const [known, added] = [await upstream('known'), await upstream('added')]
    const engine = await startTestEngine({ nodes: [nodeAt(known)] })
    engine.database.failing = true
    await engine.clock.advance(MINUTE)
    engine.database.failing = false
    engine.database.nodes = [nodeAt(added)]
    await engine.clock.advance(MINUTE)
    expect(await servedBy(engine)).toBe('added')
  })
})

describe('the memory of the database', () => {
  test('is read again by a timer, whose time can change while it runs', async () => {
    const engine = await startTestEngine({ nodes: [nodeAt(await upstream('known'))] })
    const loads = () => engine.database.loads()
    expect(loads()).toBe(1)
    await engine.clock.advance(MINUTE - 1)
    expect(loads()).toBe(1)
    await engine.clock.advance(1)
    expect(loads()).toBe(2)
    engine.change({ registrySyncMs: 10 * SECOND })
    await engine.clock.advance(MINUTE)
    expect(loads()).toBe(3)
    await engine.clock.advance(30 * SECOND)
    expect(loads()).toBe(6)
  })

  test('is not used where it is switched off: every request sees the database as it is', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const engine = await startTestEngine({ nodes: [nodeAt(a)], settings: { memoryCacheEnabled: false } })
    expect(await servedBy(engine)).toBe('a')
    const loads = engine.database.loads()
    engine.database.nodes = [nodeAt(b)]
    expect(await servedBy(engine)).toBe('b')
    engine.database.nodes = [nodeAt(a, { enabled: false }), nodeAt(b)]
    expect(await servedBy(engine)).toBe('b')
    expect(engine.database.loads()).toBe(loads + 2)
  })

  test('forgets a node that was removed; a request it already has goes on', async () => {
    const held = stallBeforeHead()
    const [a, b] = [await upstream('a', held), await upstream('b')]
    const engine = await startTestEngine({ nodes: [nodeAt(a), nodeAt(b)] })
    const running = engine.send({ body: messagesBody() })
    await a.nextRequest()
    engine.database.nodes = [nodeAt(b)]
    await engine.engine.refreshRegistry()
    expect(await servedBy(engine)).toBe('b')
    expect(engine.engine.liveNodes().map(({ nodeId }) => nodeId)).toEqual(['node_b'])
    held.release()
    expect((await running).text).toContain('reply from a')
  })

  test('takes changes of a node and keeps what the engine knows of it', async () => {
    const a = await upstream('a', status(429))
    const engine = await startTestEngine({ nodes: [nodeAt(a)] })
    expect(await servedBy(engine)).toBeNull()
    engine.database.nodes = [nodeAt(a, { priority: 7, models: ['claude-*'] })]
    await engine.engine.refreshRegistry()
    expect(engine.engine.liveNodes()[0]).toMatchObject({
      status: 'cooling',
      keys: [{ id: 'key_a_0', asideReason: expect.any(String) as string }],
    })
    engine.database.nodes = [nodeAt(a, { enabled: false })]
    await engine.engine.refreshRegistry()
    expect(engine.engine.liveNodes()[0]?.status).toBe('disabled')
  })

  test('has a new key of a node at once, and none of the state of the old one', async () => {
    const a = await upstream('a', status(401), ok())
    const engine = await startTestEngine({ nodes: [nodeAt(a)] })
    expect(await servedBy(engine)).toBeNull()
    engine.database.nodes = [nodeAt(a, { keys: [] })]
    await engine.engine.refreshRegistry()
    expect(await servedBy(engine)).toBe('a')
    expect(a.requestsFor()[1]?.header('authorization')).toBeNull()
  })
})

describe('the order of nodes', () => {
  test('is by priority, then by age, and the same for every request', async () => {
    const nodes = await Promise.all(['late', 'first', 'second', 'third'].map((name) => upstream(name)))
    const [late, first, second, third] = nodes
    if (late === undefined || first === undefined || second === undefined || third === undefined)
      throw new Error('four')
    const engine = await startTestEngine({
      nodes: [
        nodeAt(late, { priority: 9 }),
        nodeAt(first, { priority: 2 }),
        nodeAt(second, { priority: 2 }),
        nodeAt(third, { priority: 2 }),
      ],
    })
    for (let time = 0; time < 5; time++) expect(await servedBy(engine)).toBe('first')
    first.script(apiError(500, 'no'))
    second.script(apiError(500, 'no'))
    third.script(apiError(500, 'no'))
    expect(await servedBy(engine)).toBe('late')
    const record = await engine.recorded(6)
    expect(record.attempts.map(({ nodeName }) => nodeName)).toEqual(['first', 'second', 'third', 'late'])
    expect(engine.engine.liveNodes().map(({ status: is }) => is)).toEqual(['standby', 'active', 'standby', 'standby'])
  })

  test('passes over a node that has as many requests as it may, and only as long', async () => {
    const held = stallBeforeHead()
    const [a, b] = [await upstream('a', held, ok()), await upstream('b')]
    const engine = await startTestEngine({ nodes: [nodeAt(a, { maxConcurrent: 1 }), nodeAt(b)] })
    const running = engine.send({ body: messagesBody() })
    await a.nextRequest()
    expect(await servedBy(engine)).toBe('b')
    held.release()
    expect((await running).status).toBe(200)
    await engine.recorded(2)
    expect(await servedBy(engine)).toBe('a')
  })

  test('has no simulated node beside a real one, whatever the real one is good for', async () => {
    const [real, made] = [await upstream('real', apiError(500, 'no')), await upstream('made')]
    const simulated = nodeAt(made, { simulated: true, priority: 1, keys: [] })
    const engine = await startTestEngine({ nodes: [simulated], settings: onceEach })
    expect(await servedBy(engine)).toBe('made')
    engine.database.nodes = [simulated, nodeAt(real, { priority: 9 })]
    await engine.engine.refreshRegistry()
    expect(await servedBy(engine)).toBeNull()
    engine.change({ memoryCacheEnabled: false })
    expect(await servedBy(engine)).toBeNull()
    expect(made.requestsFor()).toHaveLength(1)
    expect(engine.engine.explain(asked).nodes.map(({ nodeName }) => nodeName)).toEqual(['real'])
  })

  test('is that of the pool of the client key', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const team = 'sy-team-key-0123456789'
    const engine = await startTestEngine({
      nodes: [nodeAt(a), nodeAt(b, { pools: ['team', 'other'] })],
      clientKeys: [{ token: 'sy-test-client-key-0123456789' }, { token: team, pools: ['team'] }],
    })
    expect(await servedBy(engine)).toBe('a')
    const answer = await engine.send({ body: messagesBody(), headers: { authorization: `Bearer ${team}` } })
    expect(answer.text).toContain('reply from b')
    expect((await engine.recorded(2)).pool).toBe('team')
  })
})

describe('explain', () => {
  type State = {
    readonly name: string
    readonly a: readonly Step[]
    readonly b?: readonly Step[]
    readonly nodes?: { readonly a?: Partial<TestNode>; readonly b?: Partial<TestNode> }
    /** Requests that bring the state about. */
    readonly before?: number
  }
  const boom = apiError(500, 'boom')
  const states: readonly State[] = [
    { name: 'nothing happened', a: [] },
    { name: 'the first has a worse priority', a: [], nodes: { a: { priority: 9 } } },
    { name: 'the first is disabled', a: [], nodes: { a: { enabled: false } } },
    { name: 'the first does not have the model', a: [], nodes: { a: { models: ['x'] } } },
    {
      name: 'the first has another name for the model',
      a: [],
      nodes: { a: { modelMap: [{ from: '*', to: 'glm-5' }] } },
    },
    { name: 'the first is throttled', a: [status(429)], before: 1 },
    { name: 'the first is overloaded', a: [status(529)], before: 1 },
    { name: 'the first is out of funds', a: [status(402)], before: 1 },
    { name: 'the key of the first was refused', a: [status(401)], before: 1 },
    {
      name: 'one of two keys of the first was refused',
      a: [status(401), ok()],
      nodes: { a: { keys: ['k-000001', 'k-000002'] } },
      before: 1,
    },
    { name: 'the first said it lacks the model', a: [apiError(404, `model: ${DEFAULT_MODEL}`)], before: 1 },
    { name: 'the breaker of the first is open', a: [boom], before: 5 },
    { name: 'both breakers are open', a: [boom], b: [boom], before: 5 },
    { name: 'both are throttled', a: [status(429)], b: [status(429)], before: 1 },
    { name: 'both are disabled', a: [], nodes: { a: { enabled: false }, b: { enabled: false } } },
    { name: 'neither has the model', a: [], nodes: { a: { models: ['x'] }, b: { models: ['y'] } } },
    { name: 'one is throttled and one is disabled', a: [status(429)], nodes: { b: { enabled: false } }, before: 1 },
    { name: 'the only one in use has an open breaker', a: [boom], nodes: { b: { enabled: false } }, before: 5 },
  ]

  test.each(states.map((state) => [state.name, state] as const))(
    'says what the next request does when %s',
    async (_name, state) => {
      const [a, b] = [await upstream('a', ...state.a), await upstream('b', ...(state.b ?? []))]
      const nodes = [nodeAt(a, state.nodes?.a), nodeAt(b, state.nodes?.b)]
      const engine = await startTestEngine({ nodes, settings: onceEach })
      for (let time = 0; time < (state.before ?? 0); time++) await engine.send({ body: messagesBody() })
      await expectSameAsRequest(engine)
    },
  )

  test('says what the next request does when the first is busy', async () => {
    const [a, b] = [await upstream('a', stallBeforeHead()), await upstream('b')]
    const engine = await startTestEngine({ nodes: [nodeAt(a, { maxConcurrent: 1 }), nodeAt(b)] })
    void engine.send({ body: messagesBody() })
    await a.nextRequest()
    await expectSameAsRequest(engine)
  })

  test('says what the next request does when both breakers are open and one request is on its way all the same', async () => {
    const [a, b] = [await upstream('a', boom), await upstream('b', boom)]
    const engine = await startTestEngine({ nodes: [nodeAt(a), nodeAt(b)], settings: onceEach })
    for (let time = 0; time < 5; time++) await engine.send({ body: messagesBody() })
    const held = stallBeforeHead()
    a.script(held)
    b.script(held)
    const through = engine.send({ body: messagesBody() })
    await Promise.race([a.requestCount(a.requestsFor().length + 1), b.requestCount(b.requestsFor().length + 1)])
    await expectSameAsRequest(engine, 1)
    held.release()
    expect((await through).status).toBe(200)
  })

  test('says what the next request does when the breaker is half-open, with its probe free and with it under way', async () => {
    const [a, b] = [await upstream('a', boom), await upstream('b')]
    const engine = await startTestEngine({ nodes: [nodeAt(a), nodeAt(b)] })
    for (let time = 0; time < 5; time++) await engine.send({ body: messagesBody() })
    await engine.clock.advance(40 * SECOND)
    const held = stallBeforeHead()
    a.script(held, ok())
    const probe = engine.send({ body: messagesBody() })
    await a.requestCount(6)
    await expectSameAsRequest(engine)
    held.release()
    expect((await probe).text).toContain('reply from a')
    await expectSameAsRequest(engine)
  })

  test('says when a node is due again, and why it is set aside', async () => {
    const a = await upstream('a', status(429, { headers: { 'retry-after': '50' } }))
    const engine = await startTestEngine({ nodes: [nodeAt(a)] })
    await engine.send({ body: messagesBody() })
    const [node] = engine.engine.explain(asked).nodes
    expect(node).toMatchObject({
      nodeName: 'a',
      eligible: false,
      sentModel: null,
      dueAtMs: engine.clock.wallMs() + 50 * SECOND,
    })
    expect(node?.reason).toMatch(/^its key is throttled for another 50 s: .*429/)
    expect(engine.engine.explain({ ...asked, pools: ['nowhere'], model: 'x' })).toEqual({
      pools: ['nowhere'],
      model: 'x',
      protocol: 'anthropic',
      refused: null,
      chosen: null,
      nodes: [],
    })
  })

  /** `running`: requests whose record is still to come. */
  async function expectSameAsRequest(engine: TestEngine, running = 0): Promise<void> {
    const explained = engine.engine.explain(asked)
    const settled = engine.exchanges.length
    const answer = await engine.send({ body: messagesBody() })
    const record = await engine.recorded(settled + 1)
    expect(engine.exchanges.length - settled).toBeLessThanOrEqual(1 + running)
    const [first] = record.attempts
    expect(explained.chosen).toBe(first?.nodeName ?? null)
    if (first === undefined) {
      expect([404, 503, 401, 402]).toContain(answer.status)
      expect(explained.nodes.filter(({ eligible }) => eligible)).toEqual([])
      return
    }
    const chosen = explained.nodes.find(({ nodeName }) => nodeName === first.nodeName)
    expect([chosen?.reason, chosen?.sentModel]).toEqual([`would be chosen: ${first.reason}`, first.model])
    expect(explained.nodes.filter(({ reason }) => reason.startsWith('would be chosen'))).toHaveLength(1)
  }
})

describe('the list of models', () => {
  test('has what the nodes in use list or map, once, in order, without patterns', async () => {
    const [a, b, c] = [await upstream('a'), await upstream('b'), await upstream('c')]
    const engine = await startTestEngine({
      nodes: [
        nodeAt(a, {
          models: ['claude-b', 'claude-a', 'claude-*'],
          modelMap: [
            { from: 'haiku', to: 'x' },
            { from: '*', to: 'y' },
          ],
        }),
        nodeAt(b, { models: ['claude-a', 'claude-c'] }),
        nodeAt(c, { models: ['gone'], enabled: false }),
      ],
    })
    const answer = await engine.send({ path: '/v1/models?limit=1000', headers: { 'anthropic-version': '2023-06-01' } })
    const listed = JSON.parse(answer.text) as { data: { id: string }[] }
    expect(listed.data.map(({ id }) => id)).toEqual(['claude-a', 'claude-b', 'claude-c', 'haiku'])
    expect((await engine.recorded()).operation).toBe('models')
    expect(a.connections() + b.connections()).toBe(0)
  })
})

describe('the name of a model at a node', () => {
  test.each<[asked: string, models: string[], modelMap: [from: string, to: string][], sent: string | null]>([
    ['m', [], [], 'm'],
    ['m', ['m'], [], 'm'],
    ['m', ['n'], [], null],
    ['m', ['*'], [], 'm'],
    ['claude-x', ['claude-*'], [], 'claude-x'],
    ['m', [], [['m', 'exact']], 'exact'],
    ['m', ['m'], [['m', 'exact']], 'exact'],
    [
      'm1',
      [],
      [
        ['m*', 'glob'],
        ['m1', 'exact'],
      ],
      'exact',
    ],
    [
      'claude-haiku-5',
      [],
      [
        ['claude-*', 'short'],
        ['claude-haiku-*', 'long'],
        ['*', 'all'],
      ],
      'long',
    ],
    ['m', [], [['*', 'all']], 'all'],
    ['m', ['m'], [['*', 'all']], 'm'],
    ['n', ['m'], [['*', 'all']], 'all'],
    ['n', ['m'], [['m', 'x']], null],
    ['n', [], [['m', 'x']], 'n'],
    ['M', ['m'], [], null],
  ])('%s with models %j and mapping %j is sent as %s', (name, models, modelMap, sent) => {
    expect(sentModelOf({ models, modelMap: modelMap.map(([from, to]) => ({ from, to })) }, name)).toBe(sent)
  })

  test('fits a pattern exactly when the regular expression with the same meaning does', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '-'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 10 })
    fc.assert(
      fc.property(few, text, (pattern, name) => {
        const source = pattern
          .split('*')
          .map((part) => part.replace(/[.-]/g, '\\$&'))
          .join('.*')
        expect(globMatches(pattern, name)).toBe(new RegExp(`^${source}$`, 's').test(name))
      }),
      { numRuns: 20_000 },
    )
  })

  test('fits a pattern of many stars without trying every way', () => {
    expect(globMatches(`${'a*'.repeat(90)}b`, 'a'.repeat(200))).toBe(false)
    expect(globMatches('*'.repeat(200), 'anything')).toBe(true)
  })
})

test('a node whose base URL in the database is no URL is left out with a line in the log; the others serve', async () => {
  const b = await startScriptedUpstream({ name: 'b', steps: [ok()] })
  onTestFinished(b.close)
  const engine = await startTestEngine({
    nodes: [
      { name: 'worse', url: 'ftp://relay.example' },
      { name: 'bad', url: 'not a url' },
      { name: 'b', url: b.url },
    ],
  })
  const answer = await engine.send({ body: messagesBody() })
  expect(answer.status).toBe(200)
  expect(engine.log).toContainEqual(
    expect.objectContaining({
      level: 'error',
      message: 'node bad is left out: its base URL in the database is not an http or https URL',
    }),
  )
})
