// Who may use the data plane: where a key may stand, what a wrong one costs, and that no client key ever travels on.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HashedClientKey } from '../../src/shared/model/client-key.ts'
import { CLIENT_TOKEN, startTestEngine, type TestEngine } from '../harness/engine.ts'
import { type Answer, openStream, request } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { hashedKey, keyedNode, sourceOf, startEngineOn } from './engine-on-source.ts'
import { ourError } from './our-error.ts'

const NODE_SECRET = 'node-secret-000000'
const SECOND = 1000
const MINUTE = 60 * SECOND

async function startNode(): Promise<ScriptedUpstream> {
  const node = await startScriptedUpstream({ name: 'node' })
  onTestFinished(node.close)
  return node
}

type Place = { readonly headers?: Readonly<Record<string, string>>; readonly query?: string }
const places: readonly (readonly [name: string, place: (token: string) => Place])[] = [
  ['a bearer token', (token) => ({ headers: { authorization: `Bearer ${token}` } })],
  ['a bearer token in lower case, with spaces', (token) => ({ headers: { authorization: `bearer   ${token}  ` } })],
  ['x-api-key', (token) => ({ headers: { 'x-api-key': token } })],
  ['X-Api-Key in another case', (token) => ({ headers: { 'X-API-Key': token } })],
  ['x-goog-api-key', (token) => ({ headers: { 'x-goog-api-key': token } })],
  ['api-key', (token) => ({ headers: { 'api-key': token } })],
  ['the query alone', (token) => ({ query: `?key=${token}` })],
  ['the query among others', (token) => ({ query: `?beta=true&key=${token}&alt=sse` })],
]

describe('a client key', () => {
  test.each(places)('is taken from %s, and the node sees its own key only', async (_name, place) => {
    for (const auth of ['bearer', 'x-api-key', 'x-goog-api-key'] as const) {
      const node = await startNode()
      const { port } = await startTestEngine({ nodes: [{ name: 'node', url: node.url, keys: [NODE_SECRET], auth }] })
      const { headers = {}, query = '' } = place(CLIENT_TOKEN)
      const answer = await request({ port, path: `/v1/messages${query}`, headers, body: messagesBody() })
      expect(answer.status).toBe(200)
      const [seen] = node.requestsFor()
      expect(JSON.stringify([seen?.target, seen?.rawHeaders])).not.toContain(CLIENT_TOKEN)
      const own = auth === 'bearer' ? ['authorization', `Bearer ${NODE_SECRET}`] : [auth, NODE_SECRET]
      const names = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key']
      const sent = names.flatMap((name) => (seen?.header(name) === null ? [] : [name, seen?.header(name)]))
      expect(sent).toEqual(own)
    }
  })

  test('in every place at once, and others beside it, leaves nothing of them to the node', async () => {
    const node = await startNode()
    const { port } = await startTestEngine({ nodes: [{ name: 'node', url: node.url, keys: [] }] })
    const answer = await request({
      port,
      path: `/v1/messages?key=${CLIENT_TOKEN}&%6bey=${CLIENT_TOKEN}&k%65y=another-secret&x=1&key`,
      headers: {
        authorization: `Bearer ${CLIENT_TOKEN}`,
        'x-api-key': 'another-secret',
        'x-goog-api-key': 'another-secret',
        'api-key': 'another-secret',
        'proxy-authorization': 'Basic another-secret',
        cookie: 'session=another-secret',
      },
      body: messagesBody(),
    })
    expect(answer.status).toBe(200)
    const [seen] = node.requestsFor()
    expect(seen?.target).toBe('/v1/messages?x=1')
    expect(JSON.stringify(seen?.rawHeaders)).not.toMatch(/another-secret|sy-test/)
  })

  test('is asked for by every operation, and by nothing else', async () => {
    const node = await startNode()
    const { port } = await startTestEngine({ nodes: [{ name: 'node', url: node.url }] })
    const status = async (method: string, path: string) => (await request({ port, method, path })).status
    expect(await status('POST', '/v1/messages')).toBe(401)
    expect(await status('POST', '/v1/messages/count_tokens')).toBe(401)
    expect(await status('GET', '/v1/models')).toBe(401)
    expect(await status('GET', '/health')).toBe(200)
    expect(await status('HEAD', '/')).toBe(200)
    expect(node.connections()).toBe(0)
  })
})

describe('without a right key', () => {
  test.each<[name: string, place: Place]>([
    ['none', {}],
    ['an empty bearer token', { headers: { authorization: 'Bearer ' } }],
    ['an empty x-api-key', { headers: { 'x-api-key': '' } }],
    ['another scheme', { headers: { authorization: `Basic ${CLIENT_TOKEN}` } }],
    ['the key without a scheme', { headers: { authorization: CLIENT_TOKEN } }],
    ['an empty query key', { query: '?key=' }],
    ['a query key of another name', { query: `?apikey=${CLIENT_TOKEN}` }],
  ])('%s is answered with 401 and where to get one', async (_name, { headers = {}, query = '' }) => {
    const node = await startNode()
    const engine = await startTestEngine({ nodes: [{ name: 'node', url: node.url }] })
    const answer = await request({ port: engine.port, path: `/v1/messages${query}`, headers, body: messagesBody() })
    const error = ourError(answer)
    expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([
      401,
      'authentication_error',
      'false',
    ])
    expect(error.message).toContain('switchyard key create')
    const record = await engine.recorded()
    expect([record.outcome, record.errorCode, record.clientKeyId]).toEqual(['rejected', 'key-missing', null])
    expect(node.connections()).toBe(0)
  })

  test.each(places)('an unknown one in %s is answered with 401 and not repeated', async (_name, place) => {
    const node = await startNode()
    const engine = await startTestEngine({ nodes: [{ name: 'node', url: node.url }] })
    const wrong = 'sy-wrong-key-0123456789'
    const { headers = {}, query = '' } = place(wrong)
    const answer = await request({ port: engine.port, path: `/v1/messages${query}`, headers, body: messagesBody() })
    expect([answer.status, ourError(answer).type, answer.headers['x-should-retry']]).toEqual([
      401,
      'authentication_error',
      'false',
    ])
    expect(answer.text).not.toContain(wrong)
    expect(JSON.stringify([engine.log, engine.exchanges])).not.toContain(wrong)
    expect((await engine.recorded()).errorCode).toBe('key-unknown')
    expect(node.connections()).toBe(0)
  })

  test.each([
    ['cut short', CLIENT_TOKEN.slice(0, -1)],
    ['with more behind it', `${CLIENT_TOKEN}x`],
    ['in another case', CLIENT_TOKEN.toUpperCase()],
    ['its own hash', hashedKey().sha256],
  ])('the right one %s is a wrong one', async (_name, token) => {
    const { port } = await startTestEngine({ nodes: [] })
    expect((await request({ port, path: '/v1/models', headers: { 'x-api-key': token } })).status).toBe(401)
  })

  test('a disabled one is answered with 403 and its name', async () => {
    const node = await startNode()
    const engine = await startTestEngine({
      nodes: [{ name: 'node', url: node.url }],
      clientKeys: [{ token: CLIENT_TOKEN, enabled: false }],
    })
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, ourError(answer).type, answer.headers['x-should-retry']]).toEqual([
      403,
      'permission_error',
      'false',
    ])
    expect(ourError(answer).message).toContain('client-0 is disabled')
    expect(node.connections()).toBe(0)
  })

  test('the body of a refused request is not waited for', async () => {
    const engine = await startTestEngine({ nodes: [] })
    const headers = { authorization: 'Bearer wrong', 'content-length': '1000' }
    const answer = await request({ port: engine.port, method: 'POST', headers, body: Buffer.alloc(0) })
    expect(answer.status).toBe(401)
  })
})

describe('wrong keys', () => {
  const wrong = (engine: TestEngine): Promise<Answer> =>
    request({ port: engine.port, path: '/v1/models', headers: { 'x-api-key': 'sy-wrong-key-0123456789' } })

  test('are answered at once twenty times a minute, then slowed by a second; right ones never', async () => {
    const engine = await startTestEngine({ nodes: [] })
    for (let number = 1; number <= 20; number++) expect((await wrong(engine)).status).toBe(401)
    let slowedAnswers = 0
    const slowed = [1, 2, 3].map(async () => {
      expect((await wrong(engine)).status).toBe(401)
      slowedAnswers++
    })
    await engine.clock.timerStarted((delayMs) => delayMs === SECOND)
    for (let number = 1; number <= 5; number++) expect((await engine.send({ path: '/v1/models' })).status).toBe(200)
    expect(slowedAnswers).toBe(0)
    while (engine.engine.counts().inFlight > 0) await engine.clock.advance(SECOND)
    await Promise.all(slowed)
    await engine.clock.advance(MINUTE)
    expect((await wrong(engine)).status).toBe(401)
  })

  test('past the limit ask the database no more', async () => {
    const engine = await startTestEngine({ nodes: [], settings: { registrySyncMs: 60 * MINUTE } })
    for (let number = 1; number <= 20; number++) await wrong(engine)
    const loads = engine.database.loads()
    const more = Promise.all(Array.from({ length: 150 }, () => wrong(engine)))
    await engine.clock.timerStarted((delayMs) => delayMs === SECOND)
    // A hundred wait; the others are answered at once rather than pile up.
    await engine.recorded(20 + 50)
    while (engine.engine.counts().inFlight > 0) await engine.clock.advance(SECOND)
    expect((await more).every(({ status }) => status === 401)).toBe(true)
    expect(engine.database.loads()).toBe(loads)
  })

  test('that leave while they are slowed hold nothing', async () => {
    const engine = await startTestEngine({ nodes: [] })
    for (let number = 1; number <= 20; number++) await wrong(engine)
    const client = engine.stream({ path: '/v1/models', headers: { authorization: 'Bearer sy-wrong-key-0123456789' } })
    await engine.clock.timerStarted((delayMs) => delayMs === SECOND)
    client.abort()
    await client.finished
    await engine.clock.advance(SECOND)
    await engine.recorded(21)
    expect(engine.engine.counts().inFlight).toBe(0)
  })
})

describe('a key made a moment ago', () => {
  const FRESH = 'sy-fresh-client-key-0123456789'

  test('is in the database and not in memory: it is found', async () => {
    const node = await startNode()
    const keys: HashedClientKey[] = [hashedKey()]
    const engine = await startEngineOn({ source: sourceOf([keyedNode('node', node.url)], keys) })
    keys.push(hashedKey(FRESH))
    const answer = await engine.send({ body: messagesBody(), headers: { authorization: `Bearer ${FRESH}` } })
    expect(answer.status).toBe(200)
    expect(engine.exchanges[0]?.clientKeyId).toBe('ck_6789')
  })

  test('is found by many requests at once with two reads of the database, not one each', async () => {
    let loads = 0
    const keys: HashedClientKey[] = [hashedKey()]
    const source = sourceOf([], keys)
    const gates: (() => void)[] = []
    const held = {
      ...source,
      load: async () => {
        loads++
        if (loads > 1) await new Promise<void>((resolve) => void gates.push(resolve))
        return await source.load()
      },
    }
    const engine = await startEngineOn({ source: held })
    keys.push(hashedKey(FRESH))
    const answers = Array.from({ length: 10 }, () =>
      engine.send({ path: '/v1/models', headers: { authorization: `Bearer ${FRESH}` } }),
    )
    await expect.poll(() => engine.engine.counts().inFlight).toBe(10)
    gates.shift()?.()
    await expect.poll(() => gates.length).toBe(1)
    gates.shift()?.()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(loads).toBe(3)
  })

  test('whose client leaves while the database is asked costs a record and no wait', async () => {
    const keys: HashedClientKey[] = [hashedKey()]
    const source = sourceOf([], keys)
    const loading = Promise.withResolvers<void>()
    let loads = 0
    const held = {
      ...source,
      load: async () => {
        loads++
        if (loads > 1) await loading.promise
        return await source.load()
      },
    }
    const engine = await startEngineOn({ source: held })
    keys.push(hashedKey(FRESH))
    const client = openStream({
      port: engine.port,
      headers: { 'x-api-key': FRESH, 'content-length': '1000' },
      method: 'POST',
      body: messagesBody(),
    })
    await expect.poll(() => loads).toBe(2)
    client.abort()
    await client.finished
    loading.resolve()
    await expect.poll(() => engine.exchanges.map(({ outcome }) => outcome)).toEqual(['cancelled'])
    expect(engine.engine.counts().inFlight).toBe(0)
  })

  test('that was revoked is refused after the next refresh', async () => {
    const keys: HashedClientKey[] = [hashedKey(), hashedKey(FRESH)]
    const engine = await startEngineOn({ source: sourceOf([], keys) })
    const send = () => engine.send({ path: '/v1/models', headers: { authorization: `Bearer ${FRESH}` } })
    expect((await send()).status).toBe(200)
    keys.pop()
    await engine.engine.refreshRegistry()
    expect((await send()).status).toBe(401)
  })
})

test('while the database fails wrong keys still get 401, and right ones still work', async () => {
  const node = await startNode()
  const engine = await startTestEngine({ nodes: [{ name: 'node', url: node.url }] })
  engine.database.failing = true
  const wrong = await request({ port: engine.port, headers: { 'x-api-key': 'sy-wrong' }, body: messagesBody() })
  expect([wrong.status, ourError(wrong).type]).toEqual([401, 'authentication_error'])
  expect((await engine.send({ body: messagesBody() })).status).toBe(200)
})
