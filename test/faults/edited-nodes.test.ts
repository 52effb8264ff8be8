// A node that its user has just mended is asked at once, and a key never goes to a place it was not typed for.
import { describe, expect, test } from 'vitest'
import type { TestNode } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { createGate, type Step } from '../harness/plan.ts'
import { apiError, ok, status } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const body = messagesBody({ model: 'claude-opus-5-5' })

async function edit(engine: FaultEngine, change: Partial<TestNode>): Promise<void> {
  const [first, ...others] = engine.database.nodes
  if (first === undefined) throw new Error('there is no node')
  engine.database.nodes = [{ ...first, ...change }, ...others]
  await engine.engine.refreshRegistry()
}

const outcomes = async (engine: FaultEngine, count: number) =>
  (await engine.recorded(count)).attempts.map(({ nodeName, outcome }) => `${nodeName} ${outcome}`)

describe('what a node said before it was edited counts no more when it was about', () => {
  const refused = () => apiError(401, 'invalid x-api-key')
  type Row = { readonly name: string; readonly step: Step; readonly first: string; readonly change: Partial<TestNode> }
  const rows: readonly Row[] = [
    { name: 'the form of its key', step: refused(), first: 'credential', change: { auth: 'x-api-key' } },
    { name: 'a path of its base URL', step: refused(), first: 'credential', change: {} },
    {
      name: 'a model that now has another name there',
      step: apiError(404, 'model: claude-opus-5-5 not found', 'not_found_error'),
      first: 'model-gap',
      change: { modelMap: [{ from: '*', to: 'opus' }] },
    },
    {
      name: 'a model, and the node is at another place',
      step: apiError(404, 'model: claude-opus-5-5 not found', 'not_found_error'),
      first: 'model-gap',
      change: {},
    },
  ]
  test.each(rows)('$name', async ({ step, first, change }) => {
    const a = await startNode('a', step, ok())
    const engine = await startEngineOver([a, await startNode('b')])
    await engine.send({ body })
    expect(await outcomes(engine, 1)).toEqual([`a ${first}`, 'b success'])
    await engine.send({ body })
    expect(await outcomes(engine, 2)).toEqual(['b success'])
    await edit(engine, 'auth' in change || 'modelMap' in change ? change : { url: `${a.url}/other` })
    a.script(ok())
    await engine.send({ body })
    expect(await outcomes(engine, 3)).toEqual(['a success'])
  })

  test('a host that failed until its breaker opened', async () => {
    const a = await startNode('a', status(500))
    const engine = await startEngineOver([a, await startNode('b')])
    for (let count = 0; count < 5; count++) await engine.send({ body })
    expect(engine.nodeNow('a').breaker.state).toBe('open')
    const moved = await startNode('a')
    await edit(engine, { url: moved.url })
    expect(engine.nodeNow('a')).toMatchObject({ status: 'active', breaker: { state: 'closed' } })
    expect(engine.breakers.at(-1)).toMatchObject({ nodeId: 'node_a', state: 'closed' })
    await engine.send({ body })
    expect(moved.requestsFor()).toHaveLength(1)
    expect(engine.decisions.map(({ text }) => text).join('\n')).not.toContain('its probes succeeded')
  })

  test('and what its user said of it still counts', async () => {
    const a = await startNode('a')
    const engine = await startEngineOver([a, await startNode('b')])
    engine.engine.isolateNode('node_a')
    await edit(engine, { url: `${a.url}/other` })
    expect(engine.nodeNow('a').status).toBe('isolated')
  })
})

test('a reset by the user is not told as probes that succeeded', async () => {
  const engine = await startEngineOver([await startNode('a', status(500)), await startNode('b')])
  for (let count = 0; count < 5; count++) await engine.send({ body })
  engine.engine.resetNode('node_a')
  expect(engine.nodeNow('a').breaker.state).toBe('closed')
  expect(engine.decisions.map(({ kind }) => kind)).not.toContain('breaker-closed')
})

test('a key goes to the place it was typed for, also when a stale socket is replaced after the node has moved', async () => {
  const gate = createGate()
  const held: Step = { kind: 'held, then reset', plan: () => [{ act: 'hold', gate }, { act: 'reset' }] }
  const before = await startNode('before', ok(), held, ok())
  const after = await startNode('after')
  const engine = await startEngineOver([{ name: 'a', url: before.url, keys: ['typed-for-before'] }])
  await engine.send({ body })
  await before.nextRequest()
  const second = engine.send({ body })
  await before.nextRequest()
  await edit(engine, { url: after.url, keys: ['typed-for-after'] })
  gate.release()
  expect((await second).status).toBe(200)
  const sent = (node: typeof after) => node.requestsFor().map((request) => request.header('authorization'))
  expect(sent(after)).not.toContain('Bearer typed-for-before')
  expect(sent(before)).not.toContain('Bearer typed-for-after')
  engine.expectQuiet()
})

test('what a node said from where it was is not held against it where it is now', async () => {
  const gate = createGate()
  const refuse = status(402)
  const before = await startNode('a', { ...refuse, plan: (ask) => [{ act: 'hold', gate }, ...refuse.plan(ask)] })
  const engine = await startEngineOver([before, await startNode('b')])
  const asked = engine.send({ body })
  await before.nextRequest()
  const after = await startNode('a')
  await edit(engine, { url: after.url })
  gate.release()
  expect((await asked).status).toBe(200)
  expect(engine.nodeNow('a').status).toBe('active')
  expect(engine.decisions.map(({ kind }) => kind)).not.toContain('node-parked')
})
