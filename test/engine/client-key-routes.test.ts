// Where the requests of a client key go: its pools in their order, its pinned node, and nowhere else.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PinnedNode } from '../../src/shared/model/client-key.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { startBlackHole } from '../faults/black-hole.ts'
import {
  CLIENT_TOKEN,
  startTestEngine,
  type TestEngine,
  type TestEngineOptions,
  type TestNode,
} from '../harness/engine.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { apiError, cutAfterEvents, ok, stallBeforeHead, status } from '../harness/steps.ts'
import { ourError } from './our-error.ts'

/** No second rounds, whose back-off a held clock would hold. */
const onceEach = { retryBudgetPercent: 0, retryBudgetFloor: 0 }
const SECOND = 1000
const boom = apiError(500, 'boom')

async function upstream(name: string, ...steps: readonly Step[]): Promise<ScriptedUpstream> {
  const [first, ...more] = steps
  const node = await startScriptedUpstream({ name, ...(first === undefined ? {} : { steps: [first, ...more] }) })
  onTestFinished(node.close)
  return node
}

type Keyed = Omit<TestEngineOptions, 'clientKeys'> & {
  readonly pools?: string[]
  readonly pinned?: PinnedNode
}

function startFor({ pools = ['default'], pinned, ...options }: Keyed): Promise<TestEngine> {
  const clientKeys = [{ token: CLIENT_TOKEN, name: 'laptop', pools, pinned: pinned ?? null }]
  return startTestEngine({ settings: onceEach, ...options, clientKeys })
}

function inPool(node: ScriptedUpstream, pool: string | readonly string[], more: Partial<TestNode> = {}): TestNode {
  return { name: node.name, url: node.url, pools: typeof pool === 'string' ? [pool] : [...pool], ...more }
}

/** One request and its record: [node, reason] of each attempt. */
async function ask(
  engine: TestEngine,
  more: Parameters<typeof messagesBody>[0] = {},
): Promise<{ readonly record: ExchangeRecord; readonly tried: readonly (readonly [string, string])[] }> {
  const settled = engine.exchanges.length
  await engine.send({ body: messagesBody(more) })
  const record = await engine.recorded(settled + 1)
  return { record, tried: record.attempts.map(({ nodeName, reason }) => [nodeName, reason]) }
}

describe('a client key with several pools', () => {
  const pools = ['team', 'default']

  test('uses the first, however much better the nodes of the next are', async () => {
    const [near, far] = [await upstream('near'), await upstream('far')]
    const engine = await startFor({
      pools,
      nodes: [inPool(near, 'default', { priority: 1 }), inPool(far, 'team', { priority: 99 })],
    })
    for (let time = 0; time < 5; time++) {
      const { record, tried } = await ask(engine)
      expect(tried).toEqual([['far', 'its pool comes first']])
      expect(record).toMatchObject({ outcome: 'success', nodeName: 'far', pool: 'team' })
    }
    expect(near.connections()).toBe(0)
  })

  test('moves within the same request to the next pool when all of the first have failed', async () => {
    const nodes = [
      await upstream('team1', boom),
      await upstream('team2', boom),
      await upstream('spare1', boom),
      await upstream('spare2'),
    ] as const
    const [team1, team2, spare1, spare2] = nodes
    const engine = await startFor({
      pools,
      nodes: [inPool(spare1, 'default'), inPool(spare2, 'default'), inPool(team1, 'team'), inPool(team2, 'team')],
    })
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([
      ['team1', 'first in order'],
      ['team2', 'its pool comes first'],
      ['spare1', 'the pools before it have no node for it'],
      ['spare2', 'the pools before it have no node for it'],
    ])
    expect(record).toMatchObject({ outcome: 'success', nodeName: 'spare2', pool: 'default' })
    for (const node of nodes) expect(node.requestsFor()).toHaveLength(1)
  })

  test.each<[why: string, team: Partial<TestNode>, step: Step, before: number]>([
    ['is disabled', { enabled: false }, ok(), 0],
    ['does not have the model', { models: ['other'] }, ok(), 0],
    ['speaks another protocol', { protocol: 'openai-chat' }, ok(), 0],
    ['has none of its keys to be asked with', { keys: [], keysWithheld: true }, ok(), 0],
    ['is throttled', {}, status(429), 1],
    ['is out of funds', {}, status(402), 1],
    ['has a key that was refused', {}, status(401), 1],
    ['is overloaded', {}, status(529), 1],
  ])('goes on to the next pool at once while the only node of the first %s', async (_why, team, step, before) => {
    const [first, next] = [await upstream('first', step), await upstream('next')]
    const engine = await startFor({ pools, nodes: [inPool(next, 'default'), inPool(first, 'team', team)] })
    for (let time = 0; time < before; time++) expect((await ask(engine)).record.pool).toBe('default')
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([['next', 'the pools before it have no node for it']])
    expect(record).toMatchObject({ outcome: 'success', pool: 'default' })
    expect(first.requestsFor()).toHaveLength(before)
  })

  test('goes on to the next pool while the breaker of the first is open, and comes back by its probes', async () => {
    const [first, next] = [await upstream('first', boom), await upstream('next')]
    const engine = await startFor({ pools, nodes: [inPool(next, 'default'), inPool(first, 'team')] })
    for (let time = 0; time < 5; time++) await ask(engine)
    expect((await ask(engine)).tried).toEqual([['next', 'the breakers before it are open']])
    first.script(ok())
    await engine.clock.advance(40 * SECOND)
    const { record } = await ask(engine)
    expect(record).toMatchObject({ pool: 'team', nodeName: 'first', attempts: [{ probe: true }] })
  })

  test('goes on to the next pool while the first has as many requests as it may, and only as long', async () => {
    const held = stallBeforeHead()
    const [first, next] = [await upstream('first', held, ok()), await upstream('next')]
    const engine = await startFor({
      pools,
      nodes: [inPool(next, 'default'), inPool(first, 'team', { maxConcurrent: 1 })],
    })
    const running = engine.send({ body: messagesBody() })
    await first.nextRequest()
    const meanwhile = await engine.send({ body: messagesBody() })
    expect(meanwhile.text).toContain('reply from next')
    held.release()
    expect((await running).text).toContain('reply from first')
    await engine.recorded(2)
    expect((await ask(engine)).record.pool).toBe('team')
  })

  test('passes over a node of the first pool that does not answer its connect', async () => {
    const next = await upstream('next')
    const hole = { name: 'hole', url: await startBlackHole(), pools: ['team'] }
    const engine = await startFor({ pools, nodes: [inPool(next, 'default'), hole] })
    const asking = engine.send({ body: messagesBody() })
    await engine.clock.timerStarted((delayMs) => delayMs === SECOND)
    await engine.clock.advance(SECOND)
    expect((await asking).text).toContain('reply from next')
    expect(await engine.recorded()).toMatchObject({ pool: 'default' })
    expect((await ask(engine)).tried).toEqual([['next', 'the other does not answer its connect']])
  })

  test('what a session sends after an answer that broke off goes to the next pool, and the one after that back', async () => {
    const [first, next] = [await upstream('first', cutAfterEvents(5), ok()), await upstream('next')]
    const engine = await startFor({ pools, nodes: [inPool(next, 'default'), inPool(first, 'team')] })
    const asked = { sessionId: 's1', stream: true }
    expect((await ask(engine, asked)).record).toMatchObject({ outcome: 'truncated', pool: 'team', nodeName: 'first' })
    expect((await ask(engine, { ...asked, sessionId: 's2' })).tried).toEqual([['first', 'its pool comes first']])
    expect((await ask(engine, asked)).tried).toEqual([['next', "another failed this session's last request"]])
    expect((await ask(engine, asked)).tried).toEqual([['first', 'its pool comes first']])
  })

  test('tries a node that is in two of them once', async () => {
    const [both, next] = [await upstream('both', boom), await upstream('next', boom)]
    const engine = await startFor({
      pools: ['team', 'third', 'default'],
      nodes: [inPool(next, 'default', { priority: 1 }), inPool(both, ['default', 'third'], { priority: 2 })],
    })
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([
      ['both', 'the pools before it have no node for it'],
      ['next', 'the pools before it have no node for it'],
    ])
    // Nobody answered: the record has the key's first pool.
    expect(record).toMatchObject({ outcome: 'failed', pool: 'team' })
  })

  test('records the pool the answering node was reached through, also when it leaves that pool meanwhile', async () => {
    const held = stallBeforeHead()
    const node = await upstream('a', held, apiError(413, 'too long'))
    const engine = await startFor({ pools, nodes: [inPool(node, 'default')] })
    const running = engine.send({ body: messagesBody() })
    await node.nextRequest()
    engine.database.nodes = [
      inPool(node, 'elsewhere'),
      inPool(await upstream('b', apiError(413, 'too long')), 'default'),
    ]
    await engine.engine.refreshRegistry()
    held.release()
    await running
    expect((await engine.recorded()).pool).toBe('default')
    expect((await ask(engine)).record).toMatchObject({ outcome: 'passed-on', status: 413, pool: 'default' })
  })

  test('has no simulated node beside a real one of another pool', async () => {
    const [made, real] = [await upstream('made'), await upstream('real', boom)]
    const simulated = inPool(made, 'team', { simulated: true, keys: [] })
    const engine = await startFor({ pools, nodes: [simulated] })
    expect((await ask(engine)).record).toMatchObject({ nodeName: 'made', pool: 'team' })
    engine.database.nodes = [simulated, inPool(real, 'default')]
    await engine.engine.refreshRegistry()
    expect((await ask(engine)).tried).toEqual([['real', 'the pools before it have no node for it']])
    expect(made.requestsFor()).toHaveLength(1)
  })

  test('says of all of them that they have no node, no node in use, or none with the model', async () => {
    const a = await upstream('a')
    const engine = await startFor({ pools, nodes: [] })
    const error = async () => ourError(await engine.send({ body: messagesBody() })).message
    expect(await error()).toContain('pools team, default have no node. Add one with')
    engine.database.nodes = [inPool(a, 'team', { enabled: false })]
    await engine.engine.refreshRegistry()
    expect(await error()).toContain('pools team, default have no node in use (a: it is disabled).')
    engine.database.nodes = [inPool(a, 'default', { models: ['x'] })]
    await engine.engine.refreshRegistry()
    expect(await error()).toContain(`no node of pools team, default can serve ${DEFAULT_MODEL} (a:`)
    expect(a.connections()).toBe(0)
  })

  test('finds a node that was added to the database a moment ago in any of them', async () => {
    const added = await upstream('added')
    const engine = await startFor({ pools: ['team', 'gone', 'default'], nodes: [] })
    engine.database.nodes = [inPool(added, 'default')]
    expect((await ask(engine)).record).toMatchObject({ nodeName: 'added', pool: 'default' })
    const line = await engine.logged('CacheRetry', 'no node of pools team, gone, default fits, refreshing the cache')
    expect(line.fields).toEqual({ pool: 'team, gone, default' })
    expect(engine.log.filter(({ tag }) => tag === 'CacheFallback')).toEqual([])
  })

  test('asks the database for each of them when nothing is kept in memory', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const engine = await startFor({ pools, nodes: [], settings: { ...onceEach, memoryCacheEnabled: false } })
    engine.database.nodes = [inPool(a, 'default')]
    expect((await ask(engine)).record).toMatchObject({ nodeName: 'a', pool: 'default' })
    engine.database.nodes = [inPool(a, 'default'), inPool(b, 'team')]
    expect((await ask(engine)).record).toMatchObject({ nodeName: 'b', pool: 'team' })
    engine.database.nodes = []
    expect((await ask(engine)).record).toMatchObject({ outcome: 'failed', errorCode: 'no-node' })
  })

  test('counts tokens where a message would go, and lists the models of all of them', async () => {
    const [first, next] = [await upstream('first'), await upstream('next')]
    const engine = await startFor({
      pools,
      nodes: [
        inPool(next, 'default', { models: ['claude-*', 'm-next'] }),
        inPool(first, 'team', { models: ['claude-*', 'm-first'] }),
        inPool(next, 'elsewhere', { name: 'other', models: ['m-other'] }),
      ],
    })
    await engine.send({ path: '/v1/messages/count_tokens', body: messagesBody() })
    expect([first.requestsFor('count_tokens').length, next.connections()]).toEqual([1, 0])
    const answer = await engine.send({ path: '/v1/models', headers: { 'anthropic-version': '2023-06-01' } })
    const listed = JSON.parse(answer.text) as { data: { id: string }[] } // As `modelsBody` writes it.
    expect(listed.data.map(({ id }) => id)).toEqual(['m-first', 'm-next'])
  })
})

describe('a client key with a pinned node', () => {
  const pinned = { nodeId: 'node_pin', strict: false }

  test('prefers it to better ones and to those of earlier pools', async () => {
    const [pin, a, b] = [await upstream('pin'), await upstream('a'), await upstream('b')]
    const engine = await startFor({
      pools: ['team', 'default'],
      pinned,
      nodes: [
        inPool(a, 'team', { priority: 1 }),
        inPool(b, 'default', { priority: 1 }),
        inPool(pin, 'default', { priority: 99 }),
      ],
    })
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([['pin', "the client key's pinned node"]])
    expect(record).toMatchObject({ nodeName: 'pin', pool: 'default' })
    expect(a.connections() + b.connections()).toBe(0)
  })

  test('is not kept from it by its pools', async () => {
    const [pin, a] = [await upstream('pin'), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'elsewhere')] })
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([['pin', "the client key's pinned node"]])
    expect(record).toMatchObject({ nodeName: 'pin', pool: 'default' })
    expect(a.connections()).toBe(0)
  })

  test('moves to its pools within the same request when that node fails', async () => {
    const [pin, a, b] = [await upstream('pin', boom), await upstream('a', boom), await upstream('b')]
    const engine = await startFor({
      pools: ['team', 'default'],
      pinned,
      nodes: [inPool(b, 'default'), inPool(a, 'team'), inPool(pin, 'elsewhere')],
    })
    const { record, tried } = await ask(engine)
    expect(tried.map(([name]) => name)).toEqual(['pin', 'a', 'b'])
    expect(record).toMatchObject({ outcome: 'success', pool: 'default' })
  })

  test.each<[why: string, more: Partial<TestNode>]>([
    ['is disabled', { enabled: false }],
    ['does not have the model', { models: ['other'] }],
    ['has none of its keys to be asked with', { keys: [], keysWithheld: true }],
  ])('uses its pools while that node %s', async (_why, more) => {
    const [pin, a] = [await upstream('pin'), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'default', more)] })
    expect((await ask(engine)).tried).toEqual([['a', 'the only candidate']])
    expect(pin.connections()).toBe(0)
  })

  test('uses its pools when that node was removed', async () => {
    const [pin, a] = [await upstream('pin'), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'elsewhere')] })
    expect((await ask(engine)).record.nodeName).toBe('pin')
    engine.database.nodes = [inPool(a, 'default')]
    await engine.engine.refreshRegistry()
    expect((await ask(engine)).tried).toEqual([['a', 'the only candidate']])
  })

  test('sends a session that lost an answer on it elsewhere once, then back to it', async () => {
    const [pin, a] = [await upstream('pin', cutAfterEvents(5), ok()), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'default')] })
    const asked = { sessionId: 's1', stream: true }
    expect((await ask(engine, asked)).record).toMatchObject({ outcome: 'truncated', nodeName: 'pin' })
    expect((await ask(engine, asked)).tried).toEqual([['a', "another failed this session's last request"]])
    expect((await ask(engine, asked)).tried).toEqual([['pin', "the client key's pinned node"]])
  })

  test('is not pinned to a simulated node, and has none beside a real one it is pinned to', async () => {
    const [made, pin] = [await upstream('made'), await upstream('pin')]
    const simulated = inPool(made, 'default', { simulated: true, keys: [] })
    const strictly = await startFor({ pinned: { nodeId: 'node_made', strict: true }, nodes: [simulated] })
    expect((await ask(strictly)).record).toMatchObject({ outcome: 'failed', errorCode: 'no-node' })
    const engine = await startFor({ pinned, nodes: [simulated, inPool(pin, 'elsewhere', { enabled: false })] })
    expect((await ask(engine)).record).toMatchObject({ outcome: 'failed', errorCode: 'no-node' })
    expect(made.connections()).toBe(0)
  })

  test('counts tokens at that node', async () => {
    const [pin, a] = [await upstream('pin'), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'elsewhere')] })
    await engine.send({ path: '/v1/messages/count_tokens', body: messagesBody() })
    expect([pin.requestsFor('count_tokens').length, a.connections()]).toEqual([1, 0])
  })

  test.each([true, false])(
    'is found a moment after it was added to the database, with a memory: %s',
    async (memory) => {
      const pin = await upstream('pin')
      const settings = { ...onceEach, memoryCacheEnabled: memory }
      const engine = await startFor({ pinned: { ...pinned, strict: true }, nodes: [], settings })
      engine.database.nodes = [inPool(pin, 'elsewhere')]
      expect((await ask(engine)).record.nodeName).toBe('pin')
      if (memory) await engine.logged('CacheRetry', 'no node of the pin on node_pin fits')
    },
  )
})

describe('a client key that is pinned strictly', () => {
  const pinned = { nodeId: 'node_pin', strict: true }

  test.each<[name: string, step: Step, status: number, type: string, words: string]>([
    ['500', boom, 503, 'api_error', 'no node could answer now (pin: '],
    ['401', status(401), 401, 'authentication_error', 'every key was refused (pin: '],
    ['402', status(402), 402, 'billing_error', 'every account is out of funds (pin: '],
  ])('goes nowhere else when that node answers %s, and says why', async (_name, step, code, type, words) => {
    const [pin, a] = [await upstream('pin', step), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'default')] })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, ourError(answer).type]).toEqual([code, type])
    expect(ourError(answer).message).toContain(words)
    expect(ourError(answer).message).toMatch(/The client key laptop may use no other node\.$/)
    expect((await engine.recorded()).attempts.map(({ nodeName, reason }) => [nodeName, reason])).toEqual([
      ['pin', "the client key's pinned node"],
    ])
    expect(a.connections()).toBe(0)
  })

  test('passes on word for word what that node refuses, without a second opinion', async () => {
    const [pin, a] = [await upstream('pin', apiError(400, 'no such field')), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'default')] })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('no such field')])
    expect(a.connections()).toBe(0)
  })

  test('asks that node whatever its breaker says, for it is the only one', async () => {
    const [pin, a] = [await upstream('pin', boom), await upstream('a')]
    const engine = await startFor({ pinned, nodes: [inPool(a, 'default'), inPool(pin, 'default')] })
    for (let time = 0; time < 7; time++) await ask(engine)
    expect(engine.engine.liveNodes().find(({ nodeId }) => nodeId === 'node_pin')?.breaker.state).toBe('open')
    expect(pin.requestsFor()).toHaveLength(7)
    pin.script(ok())
    const { record, tried } = await ask(engine)
    expect(tried).toEqual([['pin', 'the only candidate, though its breaker is open']])
    expect(record.outcome).toBe('success')
    expect(a.connections()).toBe(0)
  })

  test.each<[why: string, pin: Partial<TestNode> | null, status: number, words: string]>([
    [
      'was removed',
      null,
      503,
      'the only node that the client key laptop may use was removed. Give the key another one with `switchyard key edit`.',
    ],
    [
      'is disabled',
      { enabled: false },
      503,
      'the only node that the client key laptop may use is not in use (pin: it is disabled).',
    ],
    [
      'does not have the model',
      { models: ['x'] },
      404,
      `no node that the client key laptop may use can serve ${DEFAULT_MODEL} (pin: it does not have the model).`,
    ],
    [
      'has a locked vault before its keys',
      { keys: [], keysWithheld: true },
      503,
      'no node that the client key laptop may use has a key it may be asked with (pin: none of its keys can be used',
    ],
  ])('has no node when that one %s, and says so', async (_why, more, code, words) => {
    const [pin, a] = [await upstream('pin'), await upstream('a')]
    const engine = await startFor({
      pinned,
      nodes: [inPool(a, 'default'), ...(more === null ? [] : [inPool(pin, 'default', more)])],
    })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, answer.headers['retry-after']]).toEqual([code, code === 503 ? '20' : undefined])
    expect(ourError(answer).message).toContain(words)
    expect((await engine.recorded()).attempts).toEqual([])
    expect(a.connections() + pin.connections()).toBe(0)
  })
})

describe('explain', () => {
  const asked = { model: DEFAULT_MODEL, protocol: 'anthropic' } as const
  const reasons = (engine: TestEngine, route: { pools: readonly string[]; pinned: PinnedNode | null }) =>
    engine.engine.explain({ ...asked, ...route }).nodes.map(({ nodeName, reason }) => [nodeName, reason])

  test('has the nodes of all pools and the pinned one, each once, and what a pin forbids', async () => {
    const [a, b, pin] = [await upstream('a'), await upstream('b'), await upstream('pin')]
    const engine = await startFor({
      nodes: [inPool(a, 'default'), inPool(b, ['team', 'default']), inPool(pin, 'elsewhere')],
    })
    const pools = ['team', 'default']
    expect(reasons(engine, { pools, pinned: null })).toEqual([
      ['b', 'would be chosen: its pool comes first'],
      ['a', 'eligible, comes later in the order'],
    ])
    expect(reasons(engine, { pools, pinned: { nodeId: 'node_pin', strict: false } })).toEqual([
      ['pin', "would be chosen: the client key's pinned node"],
      ['b', 'eligible, comes later in the order'],
      ['a', 'eligible, comes later in the order'],
    ])
    expect(reasons(engine, { pools, pinned: { nodeId: 'node_pin', strict: true } })).toEqual([
      ['pin', "would be chosen: the client key's pinned node"],
      ['b', 'the client key may use only pin'],
      ['a', 'the client key may use only pin'],
    ])
    expect(reasons(engine, { pools: ['team'], pinned: { nodeId: 'node_gone', strict: true } })).toEqual([
      ['b', 'the client key may use only its pinned node, and that was removed'],
    ])
    expect(engine.engine.explain({ ...asked, pools, pinned: { nodeId: 'node_gone', strict: true } })).toMatchObject({
      pools,
      chosen: null,
      refused: null,
      protocol: 'anthropic',
    })
  })
})

describe('a node whose keys are all disabled or sealed in a locked vault', () => {
  const withheld = { keys: [], keysWithheld: true } as const

  test('is never asked, not even to count tokens, and the answer names the vault', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const engine = await startFor({ nodes: [inPool(a, 'default', withheld), inPool(b, 'default', withheld)] })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, ourError(answer).type, answer.headers['retry-after']]).toEqual([503, 'api_error', '20'])
    expect(answer.headers['x-should-retry']).toBeUndefined()
    const { message } = ourError(answer)
    expect(message).toContain('no node of pool default has a key it may be asked with (a: none of its keys can be used')
    expect(message).toContain('unlock it with `switchyard vault unlock`')
    expect((await engine.recorded()).errorCode).toBe('no-node')
    const counted = await engine.send({ path: '/v1/messages/count_tokens', body: messagesBody() })
    expect(counted.status).toBe(200)
    expect(a.connections() + b.connections()).toBe(0)
    expect(engine.engine.liveNodes().map(({ status: is }) => is)).not.toContain('active')
    const [explained] = engine.engine.explain({
      pools: ['default'],
      model: DEFAULT_MODEL,
      protocol: 'anthropic',
      pinned: null,
    }).nodes
    expect(explained).toMatchObject({ eligible: false, reason: expect.stringContaining('vault') as string })
  })

  test('is asked with its key as soon as it may be', async () => {
    const a = await upstream('a')
    const engine = await startFor({ nodes: [inPool(a, 'default', withheld)] })
    expect((await ask(engine)).record.status).toBe(503)
    engine.database.nodes = [inPool(a, 'default')]
    expect((await ask(engine)).record.status).toBe(200)
    expect(a.requestsFor().map((request) => request.header('authorization'))).toEqual(['Bearer key-of-a-0000'])
  })

  test('may serve later what another cannot, but mends no refused key and no empty account', async () => {
    const [a, b] = [await upstream('a'), await upstream('b', status(401))]
    const engine = await startFor({ nodes: [inPool(a, 'default', withheld), inPool(b, 'default', { models: ['x'] })] })
    expect((await ask(engine)).record).toMatchObject({ status: 503, errorCode: 'no-node' })
    engine.database.nodes = [inPool(a, 'default', withheld), inPool(b, 'default')]
    await engine.engine.refreshRegistry()
    expect((await ask(engine)).record).toMatchObject({ status: 401, errorCode: 'credentials-dead' })
  })

  test('serves nothing while others do', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const engine = await startFor({ nodes: [inPool(a, 'default', withheld), inPool(b, 'default')] })
    expect((await ask(engine)).tried).toEqual([['b', 'the only candidate']])
    expect(a.connections()).toBe(0)
  })
})
