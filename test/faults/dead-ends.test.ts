// What the client hears when nothing recovers by itself, and what a committed answer without content is worth.
import { expect, test } from 'vitest'
import { messageEvents, sseBytes } from '../harness/anthropic-message.ts'
import { manualStep } from '../harness/manual-step.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { apiError, ok, status } from '../harness/steps.ts'
import { startEngineOver, startNode } from './scene.ts'

const firewallPage = status(403, { body: '<html>blocked</html>', headers: { 'content-type': 'text/html' } })
const body = messagesBody({ stream: true })

test.each<[why: string, a: Step, b: Step, code: number, errorCode: string]>([
  ['a dead key beside a wrong path', status(401), apiError(404, 'no such path'), 401, 'credentials-dead'],
  ['an empty account beside a dead key', status(402), status(401), 402, 'out-of-funds'],
  [
    'a wrong path beside a model gap',
    apiError(404, 'no such path'),
    apiError(404, 'model: claude-x not found'),
    502,
    'wrong-path',
  ],
  ['501 everywhere', status(501), status(501), 404, 'model-not-served'],
  ['a firewall page everywhere, which may pass', firewallPage, firewallPage, 503, 'nodes-failed'],
  ['a dead key beside a node that is down', status(401), status(500), 503, 'nodes-failed'],
])('%s', async (_why, a, b, code, errorCode) => {
  const engine = await startEngineOver([await startNode('a', a), await startNode('b', b)], {
    settings: { retryBudgetFloor: 0, retryBudgetPercent: 0 },
  })
  const answer = await engine.send({ body })
  expect(answer.status).toBe(code)
  expect(answer.headers['x-should-retry']).toBe(code === 503 || code === 502 ? undefined : 'false')
  expect((await engine.recorded()).errorCode).toBe(errorCode)
  engine.expectQuiet()
})

test('a client that leaves right behind message_stop had its whole answer', async () => {
  const live = manualStep()
  const node = await startNode('a', live)
  const engine = await startEngineOver([node])
  const stream = engine.stream({ body })
  await node.nextRequest()
  live.head()
  const blocks = [{ type: 'text', text: 'hi' }] as const
  for (const event of messageEvents({ id: 'msg_1', model: 'm', blocks, usage: {} })) live.event(event)
  await stream.contains('message_stop')
  stream.abort()
  expect(await engine.recorded()).toMatchObject({ outcome: 'success', attempts: [{ outcome: 'success' }] })
  engine.expectQuiet()
})

test('a probe whose block stays empty for 10 s is no success until its content comes', async () => {
  const live = manualStep()
  const a = await startNode('a', live, ok())
  const breaker = { nodeId: 'node_a', state: 'open', openUntilMs: 0, reopenings: 1, isolated: false } as const
  const engine = await startEngineOver([a, await startNode('b')], {
    breakers: [breaker],
    settings: { breakerHalfOpenProbes: 1 },
  })
  const stream = engine.stream({ body })
  await a.nextRequest()
  live.head()
  live.write(sseBytes({ type: 'message_start', message: { usage: {} } }))
  live.write(sseBytes({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }))
  await engine.clock.timerStarted((ms) => ms === 10_000)
  await engine.clock.advance(10_000)
  await stream.contains('content_block_start')
  expect(engine.nodeNow('a').breaker.state).toBe('half_open')
  live.event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } })
  await stream.contains('text_delta')
  expect(engine.nodeNow('a').breaker.state).toBe('closed')
  stream.abort()
  await engine.recorded()
})
