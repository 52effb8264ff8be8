// Faults that a second pair of eyes found, each as it happened.
import { expect, test } from 'vitest'
import { createRegistry } from '../../src/engine/registry/registry.ts'
import { defaultNodeFields } from '../../src/shared/model/node.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import { createHeldClock } from '../harness/held-clock.ts'
import { manualStep } from '../harness/manual-step.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { apiError, ok, status } from '../harness/steps.ts'
import { startBlackHole } from './black-hole.ts'
import { startEngineOver, startNode } from './scene.ts'

const body = messagesBody({ stream: true })
const start = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } }

test('an event that is broken after the commit breaks the stream off and counts against the node', async () => {
  const live = manualStep()
  const node = await startNode('a', live)
  const engine = await startEngineOver([node])
  const stream = engine.stream({ body })
  await node.nextRequest()
  live.head()
  live.event(start)
  live.event(delta)
  await stream.contains('text_delta')
  live.write('event: message_delta\ndata: {"type": "mess\n\n')
  live.end()
  expect((await stream.finished).ended).toBe('broken')
  expect(await engine.recorded()).toMatchObject({ outcome: 'truncated', attempts: [{ outcome: 'truncated' }] })
  expect(engine.nodeNow('a').breaker.consecutiveFailures).toBe(1)
})

test("another protocol's end marker behind message_stop changes nothing", async () => {
  const live = manualStep()
  const node = await startNode('a', live)
  const engine = await startEngineOver([node])
  const stream = engine.stream({ body })
  await node.nextRequest()
  live.head()
  live.event(start)
  live.event(delta)
  live.event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } })
  live.event({ type: 'message_stop' })
  live.write('data: [DONE]\n\n')
  live.end()
  expect((await stream.finished).ended).toBe('complete')
  expect((await engine.recorded()).outcome).toBe('success')
})

test('a signature that one node refused is stripped for that node only', async () => {
  const messages = [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'h', signature: 'c2ln' },
        { type: 'text', text: 'y' },
      ],
    },
    { role: 'user', content: 'go on' },
  ]
  const signed = messagesBody({ stream: true, messages })
  const a = await startNode(
    'a',
    apiError(400, 'messages.1.content.0: Invalid `signature` in `thinking` block'),
    status(500),
  )
  const b = await startNode('b', ok())
  const engine = await startEngineOver([a, b])
  expect((await engine.send({ body: signed })).status).toBe(200)
  expect(a.requestsFor()[1]?.body.includes('thinking')).toBe(false)
  expect(b.requestsFor()[0]?.body.equals(signed)).toBe(true)
})

test('a client that leaves while the second opinion is out has left', async () => {
  const live = manualStep()
  const b = await startNode('b', live)
  const engine = await startEngineOver([await startNode('a', apiError(400, 'no such field')), b])
  const stream = engine.stream({ body })
  await b.nextRequest()
  stream.abort()
  expect(await engine.recorded()).toMatchObject({ outcome: 'cancelled', status: null })
  engine.expectQuiet()
})

test('a node that was parked is tried at once when all its keys are new', async () => {
  const a = await startNode('a', status(402), ok())
  const engine = await startEngineOver([{ name: 'a', url: a.url, keys: ['old-key-000001'] }])
  expect((await engine.send({ body })).status).toBe(402)
  expect(engine.nodeNow('a').status).toBe('parked')
  engine.database.nodes = [{ name: 'a', url: a.url, keys: [] }]
  await engine.engine.refreshRegistry()
  expect((await engine.send({ body })).status).toBe(200)
})

test('a pool that was read before a change brings nothing of it back', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const node = {
    ...defaultNodeFields('https://old.example'),
    id: 'node_a',
    name: 'a',
    simulated: false,
    createdAtMs: 0,
  }
  const registry = createRegistry({
    log: () => undefined,
    breakers: [],
    nodes: {
      clock: createHeldClock(),
      random: () => 0.5,
      settings: () => defaultSettings,
      onBreakerChanged: () => undefined,
    },
    source: {
      load: () => Promise.resolve({ nodes: [], pools: [], clientKeys: [] }),
      loadPool: async () => {
        await released
        return [{ node, keys: [], keysWithheld: false, proxyPassword: null }]
      },
    },
  })
  const old = registry.fetchNodesOf('default')
  await registry.refresh()
  release()
  expect(await old).toEqual([])
  expect(registry.all()).toEqual([])
})

test('a fault of ours while a second node joins the race leaves no lease, no timer and no connect behind', async () => {
  const url = await startBlackHole()
  const b = await startNode('b')
  // Nothing that comes through the control plane has such a form; opening an attempt on this node throws.
  const broken = Object.assign({ name: 'b', url: b.url }, { auth: 'hidden-form' as 'bearer' })
  const engine = await startEngineOver([{ name: 'hole', url }, broken])
  const sent = engine.send({ body })
  await engine.clock.timerStarted((ms) => ms === 1000)
  await engine.clock.advance(1000)
  expect((await sent).status).toBe(500)
  expect((await engine.recorded()).errorCode).toBe('internal')
  engine.expectQuiet()
})
