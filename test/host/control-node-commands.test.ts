// What a user does to a running node, on the real engine: its breaker seen without a request, isolated, reset, tested.
import { expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, EngineOptions } from '../../src/engine/engine-door.ts'
import type { HostOptions } from '../../src/host/host.ts'
import { createHeldClock, type HeldClock } from '../harness/held-clock.ts'
import { type Answer, request } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { apiError, ok, stallBeforeHead } from '../harness/steps.ts'
import { createFaultyStorage, openTestHost, refusal, type TestHost, temporaryDirectory } from './open-test-host.ts'

type Scene = { readonly host: TestHost; readonly clock: HeldClock; readonly send: () => Promise<Answer> }

/** A host on the real engine, whose clock the test holds. */
async function openScene(options: Partial<HostOptions> = {}): Promise<Scene> {
  const clock = createHeldClock()
  const held = (given: EngineOptions): Engine =>
    // No jitter: chance is in the middle.
    createEngine({ ...given, ports: { ...given.ports, clock, random: () => 0.5 } })
  const host = await openTestHost(options, createFaultyStorage(), held)
  let key = ''
  const send = async () => {
    if (key === '') ({ key } = await host.client.clientKeys.create({ name: 'test' }))
    const headers = { authorization: `Bearer ${key}` }
    return request({ port: host.host.proxyPort, headers, body: messagesBody() })
  }
  return { host, clock, send }
}

async function upstream(name: string): Promise<ScriptedUpstream> {
  const started = await startScriptedUpstream({ name })
  onTestFinished(() => started.close())
  return started
}

async function twoNodes({ host }: Scene): Promise<{ a: ScriptedUpstream; b: ScriptedUpstream }> {
  const [a, b] = [await upstream('a'), await upstream('b')]
  await host.client.nodes.create({ name: 'a', baseUrl: a.url, priority: 1, keys: [{ secret: 'key-of-the-node-a' }] })
  await host.client.nodes.create({ name: 'b', baseUrl: b.url, priority: 2, keys: [{ secret: 'key-of-the-node-b' }] })
  return { a, b }
}

async function seen({ host }: Scene, ref = 'a') {
  const { status, breaker } = await host.client.nodes.get({ ref })
  return [status, breaker.state]
}

test('a breaker whose cooldown is over shows as half-open without any request', async () => {
  const scene = await openScene()
  const { a } = await twoNodes(scene)
  await scene.host.client.settings.set({ values: { breakerConsecutiveFailures: 1 } })
  a.script(apiError(500, 'broken'))
  expect((await scene.send()).status).toBe(200)
  expect(await seen(scene)).toEqual(['circuit_breaker_open', 'open'])
  await scene.clock.advance(29_999)
  expect(await seen(scene)).toEqual(['circuit_breaker_open', 'open'])
  await scene.clock.advance(1)
  expect(await seen(scene)).toEqual(['circuit_breaker_half_open', 'half_open'])
  const listed = await scene.host.client.nodes.list()
  expect(listed.map(({ status }) => status)).toEqual(['circuit_breaker_half_open', 'active'])
  expect(a.requests).toHaveLength(1)
})

test('an isolated node takes no request from then on, and says so', async () => {
  const scene = await openScene()
  const { a, b } = await twoNodes(scene)
  const { status } = await scene.host.client.nodes.isolate({ ref: 'A' })
  expect(status).toBe('isolated')
  await scene.send()
  expect([a.requests.length, b.requests.length]).toEqual([0, 1])
  const { client } = scene.host
  expect(await client.pools.get({ name: 'default' })).toMatchObject({ nodes: ['a', 'b'], active: 'b' })
  // Once: it is isolated already.
  await client.nodes.isolate({ ref: 'a' })
  const decisions = await client.decisions.recent({})
  expect(decisions.filter(({ kind }) => kind === 'node-isolated')).toMatchObject([
    { text: 'The node a was isolated: it takes no more requests until it is reset.' },
  ])
})

test('isolation outlives a restart, and so does its end', async () => {
  const directory = await temporaryDirectory()
  const before = await openScene({ dataDirectory: directory })
  await twoNodes(before)
  await before.host.client.nodes.isolate({ ref: 'a' })
  await before.host.host.stop()
  const after = await openScene({ dataDirectory: directory })
  expect(await seen(after)).toEqual(['isolated', 'closed'])
  await after.host.client.nodes.reset({ ref: 'a' })
  await after.host.host.stop()
  const last = await openScene({ dataDirectory: directory })
  expect(await seen(last)).toEqual(['active', 'closed'])
})

test('an isolation is in the database when it is answered', async () => {
  const scene = await openScene()
  await twoNodes(scene)
  const { id } = await scene.host.client.nodes.isolate({ ref: 'a' })
  const storage = scene.host.storage.opened()
  expect(await storage.loadBreakers()).toMatchObject([{ nodeId: id, isolated: true }])
})

test('reset forgets the open breaker, the refused key and the cooldown', async () => {
  const scene = await openScene()
  const { a } = await twoNodes(scene)
  a.script(apiError(401, 'no such key'))
  await scene.send()
  const { keys } = await scene.host.client.nodes.get({ ref: 'a' })
  expect(keys).toMatchObject([{ standing: 'refused', asideReason: expect.stringContaining('401') }])
  const view = await scene.host.client.nodes.reset({ ref: 'a' })
  expect(view).toMatchObject({ status: 'active', keys: [{ standing: 'usable', asideReason: null }] })
  a.script(ok())
  await scene.send()
  expect(a.requests).toHaveLength(2)
  expect(await scene.host.client.decisions.recent({ limit: 1 })).toMatchObject([{ kind: 'node-reset' }])
})

test('a refused key stays refused when it is renamed and moved, and the one before it is tried', async () => {
  const scene = await openScene()
  const { a } = await twoNodes(scene)
  const { client } = scene.host
  a.script(apiError(401, 'no such key'), ok())
  await client.nodes.keys.add({ ref: 'a', label: 'spare', secret: 'second-key-of-the-node-a' })
  await scene.send()
  const { keys } = await client.nodes.keys.update({ ref: 'a', key: 'key-1', label: 'old', position: 2 })
  expect(keys).toMatchObject([
    { label: 'spare', standing: 'usable' },
    { label: 'old', standing: 'refused' },
  ])
})

test.each(['isolate', 'reset', 'test'] as const)(
  '%s of a node that is not there is answered with near names',
  async (act) => {
    const scene = await openScene()
    await twoNodes(scene)
    const { nodes } = scene.host.client
    expect(await refusal(nodes[act]({ ref: 'c' }))).toMatchObject({ code: 'NOT_FOUND', sentence: 'node-unknown-near' })
  },
)

test('a node is tested with its own keys, and nothing of it changes', async () => {
  const scene = await openScene()
  const { a } = await twoNodes(scene)
  const before = await scene.host.client.nodes.get({ ref: 'a' })
  const result = await scene.host.client.nodes.test({ ref: 'a' })
  expect(result).toMatchObject({ nodeName: 'a', ok: true })
  expect(a.requests.map(({ header }) => header('authorization'))).toContain('Bearer key-of-the-node-a')
  expect(await scene.host.client.nodes.get({ ref: 'a' })).toEqual(before)
  expect(await scene.host.client.exchanges.recent({})).toEqual([])
})

test('a draft is tested with what was typed, and nothing is stored', async () => {
  const scene = await openScene()
  const draft = await upstream('draft')
  const node = { name: 'draft', baseUrl: draft.url, keys: [{ secret: 'key-of-the-draft' }] }
  expect(await scene.host.client.nodes.testDraft({ node })).toMatchObject({ nodeName: 'draft', ok: true })
  expect(draft.requests.map(({ header }) => header('authorization'))).toContain('Bearer key-of-the-draft')
  expect(await scene.host.client.nodes.list()).toEqual([])
  const bad = { ...node, baseUrl: `http://127.0.0.1:${scene.host.host.proxyPort}` }
  expect(await refusal(scene.host.client.nodes.testDraft({ node: bad }))).toMatchObject({
    sentence: 'base-url-own-port',
  })
})

test('a test ends at the node when the one who asked goes away, and that is no fault', async () => {
  const scene = await openScene()
  const { a } = await twoNodes(scene)
  a.scriptFor('models', stallBeforeHead())
  const abort = new AbortController()
  const testing = scene.host.client.nodes.test({ ref: 'a' }, { signal: abort.signal })
  const asked = await a.requestCount(1, 'models')
  abort.abort()
  await expect(testing).rejects.toThrow('aborted')
  await Promise.all(asked.map((one) => a.clientGone(one)))
  expect(scene.host.logText()).not.toContain('A control request failed')
})
