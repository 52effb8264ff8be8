// Changes of a client key on the real engine: the next request goes by them, and `explain` says what it will do.
import { expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { createHeldClock, type HeldClock } from '../harness/held-clock.ts'
import { type Answer, openStream, request } from '../harness/http-client.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { eventsThenSilence, ok } from '../harness/steps.ts'
import { createFaultyStorage, openTestHost, refusal, rejection, type TestHost } from './open-test-host.ts'

const HOUR = 3600_000

type Scene = TestHost & {
  readonly clock: HeldClock
  readonly a: ScriptedUpstream
  readonly b: ScriptedUpstream
  readonly key: string
  readonly ask: (model?: string) => Promise<Answer>
}

/** Nodes a in the pool default and b in the pool team, and the key `laptop` for the pool default. */
async function openScene(): Promise<Scene> {
  const clock = createHeldClock()
  const host = await openTestHost({}, createFaultyStorage(), (given) =>
    createEngine({ ...given, ports: { ...given.ports, clock } }),
  )
  // The engine's held clock goes on from today, so that an expiry means the same to it and to the control plane.
  clock.jump({ wallMs: Date.now() - clock.wallMs(), monotonicMs: 0 })
  const [a, b] = [await startScriptedUpstream({ name: 'a' }), await startScriptedUpstream({ name: 'b' })]
  onTestFinished(async () => {
    await a.close()
    await b.close()
  })
  await host.client.nodes.create({ name: 'a', baseUrl: a.url, keys: [{ secret: 'key-of-the-node-a' }] })
  await host.client.nodes.create({
    name: 'b',
    baseUrl: b.url,
    pools: ['team'],
    keys: [{ secret: 'key-of-the-node-b' }],
  })
  const { key } = await host.client.clientKeys.create({ name: 'laptop' })
  const ask = (model = DEFAULT_MODEL) =>
    request({
      port: host.host.proxyPort,
      headers: { authorization: `Bearer ${key}` },
      body: messagesBody({ model }),
    })
  return { ...host, clock, a, b, key, ask }
}

/** What explain says, then what the next request does. */
async function explainedAndDone({ client, ask }: Scene): Promise<readonly [string | null, string | null]> {
  const { chosen } = await client.explain({ model: DEFAULT_MODEL, clientKey: 'laptop' })
  const answer = await ask()
  return [chosen, /reply from (\w+)/.exec(answer.text)?.[1] ?? null]
}

test('pools and pin of a key are in force for the next request', async () => {
  const scene = await openScene()
  const { client } = scene
  expect(await explainedAndDone(scene)).toEqual(['a', 'a'])
  await client.clientKeys.update({ ref: 'laptop', pools: ['team', 'default'] })
  expect(await explainedAndDone(scene)).toEqual(['b', 'b'])
  await client.clientKeys.update({ ref: 'laptop', pinned: { node: 'a', strict: true } })
  expect(await explainedAndDone(scene)).toEqual(['a', 'a'])
  await client.nodes.remove({ ref: 'a' })
  expect(await explainedAndDone(scene)).toEqual([null, null])
  expect(await client.explain({ model: DEFAULT_MODEL, clientKey: 'laptop' })).toMatchObject({
    pools: ['team', 'default'],
    refused: null,
    nodes: [
      { nodeName: 'b', reason: 'the client key may use only its pinned node, and that was removed', eligible: false },
    ],
  })
  await client.clientKeys.update({ ref: 'laptop', pinned: null })
  expect(await explainedAndDone(scene)).toEqual(['b', 'b'])
  expect((await client.exchanges.recent({ limit: 1 }))[0]).toMatchObject({ pool: 'team', clientKeyName: 'laptop' })
})

test('models and state of a key are in force for the next request, and explain says that it would be refused', async () => {
  const scene = await openScene()
  const { client, ask, a } = scene
  const explained = () => client.explain({ model: DEFAULT_MODEL, clientKey: 'laptop' })
  await client.clientKeys.update({ ref: 'laptop', models: ['glm-*'] })
  expect((await ask()).status).toBe(403)
  expect(await explained()).toEqual({
    pools: ['default'],
    model: DEFAULT_MODEL,
    protocol: 'anthropic',
    refused: {
      code: 'client-key-model-not-allowed',
      parameters: { name: 'laptop', model: DEFAULT_MODEL, models: 'glm-*' },
      text: `The client key "laptop" may not ask for ${DEFAULT_MODEL}: the request is refused. It may ask for: glm-*.`,
    },
    chosen: null,
    nodes: [],
  })
  expect((await ask('glm-5')).status).toBe(200)
  await client.clientKeys.update({ ref: 'laptop', models: [], enabled: false })
  expect((await ask()).status).toBe(403)
  expect((await explained()).refused?.code).toBe('client-key-disabled')
  await client.clientKeys.update({ ref: 'laptop', enabled: true })
  expect((await ask()).status).toBe(200)
  expect((await explained()).refused).toBeNull()
  expect(a.requestsFor()).toHaveLength(2)
  await client.clientKeys.revoke({ ref: 'laptop' })
  expect((await ask()).status).toBe(401)
})

test('a running stream outlives the expiry of its key, which the next request does not', async () => {
  const { client, clock, a, key, ask, host, storage } = await openScene()
  await client.clientKeys.update({ ref: 'laptop', expiresAtMs: Date.now() + HOUR })
  const held = eventsThenSilence(4)
  a.script(held, ok())
  const stream = openStream({
    port: host.proxyPort,
    headers: { authorization: `Bearer ${key}` },
    body: messagesBody({ stream: true }),
  })
  await stream.contains('text_delta')
  clock.jump({ wallMs: 2 * HOUR, monotonicMs: 0 })
  const refused = await ask()
  expect([refused.status, refused.headers['x-should-retry']]).toEqual([401, 'false'])
  expect(refused.text).toContain('the client key laptop expired at ')
  held.release()
  expect(await stream.finished).toMatchObject({ status: 200, ended: 'complete' })

  // The control plane's own clock was not moved: the same key, expired by it.
  const [stored] = (await storage.opened().loadRegistry()).clientKeys
  if (stored === undefined) throw new Error('no key')
  await storage.opened().updateClientKey({ ...stored, expiresAtMs: Date.UTC(2020, 0, 1) })
  await client.pools.create({ name: 'other' })
  expect((await client.explain({ model: 'x', clientKey: 'laptop' })).refused?.text).toBe(
    'The client key "laptop" expired at 2020-01-01T00:00:00.000Z: each of its requests is refused. Give it a later expiry to use it again.',
  )
})

test('explain is asked for a pool or for a client key, by name or id, in any protocol', async () => {
  const { client } = await openScene()
  const [laptop] = await client.clientKeys.list()
  const both = client.explain({ model: 'x', pool: 'default', clientKey: 'laptop' })
  expect(await refusal(both)).toMatchObject({ code: 'REFUSED', sentence: 'explain-pool-and-client-key' })
  expect(await client.explain({ model: 'x', clientKey: laptop?.id ?? '' })).toMatchObject({ chosen: 'a' })
  expect(await client.explain({ model: 'x' })).toMatchObject({ pools: ['default'], chosen: 'a' })
  expect(await client.explain({ model: 'x', pool: 'team' })).toMatchObject({ pools: ['team'], chosen: 'b' })
  expect(await client.explain({ model: 'x', protocol: 'gemini' })).toMatchObject({
    protocol: 'gemini',
    chosen: null,
    nodes: [{ nodeName: 'a', reason: 'it speaks another protocol' }],
  })
  expect((await rejection(client.explain({ model: 'x', pool: 'teem' }))).code).toBe('NOT_FOUND')
  expect((await refusal(client.explain({ model: 'x', clientKey: 'lap' }))).sentence).toBe('client-key-unknown-near')
})

test('a node whose only key is disabled is never asked without it', async () => {
  const { client, a, ask } = await openScene()
  await client.nodes.keys.update({ ref: 'a', key: 'key-1', enabled: false })
  const answer = await ask()
  expect(answer.status).toBe(503)
  expect(answer.text).toContain('none of its keys can be used')
  expect(a.requests).toEqual([])
  await client.nodes.keys.update({ ref: 'a', key: 'key-1', enabled: true })
  expect((await ask()).status).toBe(200)
  expect(a.requestsFor().map((sent) => sent.header('authorization'))).toEqual(['Bearer key-of-the-node-a'])
})
