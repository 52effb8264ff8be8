// The client goes away: the upstream is closed, everything is given back, and no node is blamed.
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import type { RecordedRequest } from '../harness/recorded-request.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { eventsThenSilence, headersThenSilence, ok, stallBeforeHead, status } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const streaming = messagesBody({ stream: true })
const whole = messagesBody()

async function expectCancelled(engine: FaultEngine, atA: RecordedRequest, b: ScriptedUpstream): Promise<void> {
  expect(await atA.ended).toBe('client-gone')
  const record = await engine.recorded()
  expect(record).toMatchObject({ outcome: 'cancelled', errorCode: null })
  expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([['a', 'cancelled']])
  expect(engine.exchanges).toHaveLength(1)
  expect(engine.nodeNow('a')).toMatchObject({
    inFlight: 0,
    status: 'active',
    breaker: { state: 'closed', consecutiveFailures: 0, failureRatio: null },
  })
  expect(engine.decisions).toEqual([])
  expect(b.requests).toHaveLength(0)
  engine.expectQuiet()
}

describe('a client that leaves', () => {
  test.each<[name: string, step: () => Step, body: Buffer, arrived: string]>([
    ['before the head of a stream', stallBeforeHead, streaming, 'request'],
    ['before the head of a whole answer', stallBeforeHead, whole, 'request'],
    ['after the head of a stream, before any event', headersThenSilence, streaming, 'request'],
    ['before the content of a stream', () => eventsThenSilence(2), streaming, 'events'],
    ['in the middle of a whole answer', () => eventsThenSilence(1), whole, 'events'],
  ])('%s', async (_, step, body, arrived) => {
    const a = await startNode('a', step())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const client = engine.stream({ body })
    const request = await a.nextRequest()
    if (arrived === 'events') while (request.sentBytes() === 0) await engine.clock.advance(0)
    await engine.clock.advance(0)
    client.abort()
    await expectCancelled(engine, request, b)
    expect(engine.exchanges[0]?.status).toBeNull()
  })

  test('in the middle of a stream', async () => {
    const a = await startNode('a', eventsThenSilence(4))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const client = engine.stream({ body: streaming })
    await client.contains('content_block_delta')
    client.abort()
    await expectCancelled(engine, await a.nextRequest(), b)
    const [record] = engine.exchanges
    expect(record).toMatchObject({ status: 200, nodeName: 'a', usage: { estimated: true } })
    expect(record?.responseBytes).toBeGreaterThan(0)
  })

  test('while it reads nothing and the node is made to wait', async () => {
    const megabyte = `${'x'.repeat(1024 * 1024)} `
    const a = await startNode('a', ok({ text: megabyte.repeat(40) }))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const socket = connect({ host: '127.0.0.1', port: engine.port })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${engine.port}\r\nauthorization: Bearer ${CLIENT_TOKEN}\r\n` +
        `content-type: application/json\r\ncontent-length: ${streaming.length}\r\n\r\n${streaming.toString()}`,
    )
    const request = await a.nextRequest()
    // The kernel's buffers and ours are full when no more is taken.
    let before = -1
    while (request.sentBytes() === 0 || request.sentBytes() !== before) {
      before = request.sentBytes()
      for (let turn = 0; turn < 50; turn++) await engine.clock.advance(0)
    }
    expect(request.sentBytes()).toBeLessThan(30 * 1024 * 1024)
    expect(request.end()).toBeNull()
    socket.resetAndDestroy()
    await expectCancelled(engine, request, b)
  })

  test('during the back-off before the second round', async () => {
    const a = await startNode('a', status(500))
    const engine = await startEngineOver([a])
    const client = engine.stream({ body: whole })
    await engine.clock.timerStarted((delayMs) => delayMs === 5)
    client.abort()
    const record = await engine.recorded()
    expect(record).toMatchObject({ outcome: 'cancelled', status: null })
    expect(record.attempts.map(({ outcome }) => outcome)).toEqual(['server'])
    expect(a.requestsFor()).toHaveLength(1)
    engine.expectQuiet()
  })

  test('while it is still sending its request: no node is asked', async () => {
    const a = await startNode('a')
    const engine = await startEngineOver([a])
    const socket = connect({ host: '127.0.0.1', port: engine.port })
    socket.on('error', () => undefined)
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${engine.port}\r\nauthorization: Bearer ${CLIENT_TOKEN}\r\n` +
        `content-length: 100\r\n\r\n{"model":`,
    )
    await engine.clock.timerStarted((delayMs) => delayMs === 30 * SECOND)
    socket.resetAndDestroy()
    expect(await engine.recorded()).toMatchObject({ outcome: 'cancelled', status: null, attempts: [] })
    expect(a.connections()).toBe(0)
    engine.expectQuiet()
  })

  test('during count_tokens: the node is left, nothing is counted', async () => {
    const a = await startNode('a')
    a.scriptFor('count_tokens', stallBeforeHead())
    const engine = await startEngineOver([a])
    const client = engine.stream({ path: '/v1/messages/count_tokens', body: whole })
    const [request] = await a.requestCount(1, 'count_tokens')
    client.abort()
    expect(await engine.recorded()).toMatchObject({ outcome: 'cancelled', operation: 'count_tokens' })
    expect(await request?.ended).toBe('client-gone')
    engine.expectQuiet()
  })

  test('as the probe of a half-open breaker gives the probe back: the next request is one', async () => {
    const a = await startNode('a', stallBeforeHead(), ok())
    const b = await startNode('b')
    const open = { nodeId: 'node_a', state: 'half_open' as const, openUntilMs: null, reopenings: 1, isolated: false }
    const engine = await startEngineOver([a, b], { breakers: [open] })
    const client = engine.stream({ body: streaming })
    await a.requestCount(1)
    expect(engine.nodeNow('a').breaker.state).toBe('half_open')
    client.abort()
    expect((await engine.recorded()).attempts).toEqual([expect.objectContaining({ probe: true, outcome: 'cancelled' })])
    expect(engine.nodeNow('a').breaker.state).toBe('half_open')
    await engine.send({ body: streaming })
    expect((await engine.recorded(2)).attempts).toEqual([
      expect.objectContaining({ nodeName: 'a', probe: true, outcome: 'success' }),
    ])
    engine.expectQuiet()
  })

  test('does not make its session avoid the node', async () => {
    const a = await startNode('a', eventsThenSilence(4), ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const body = messagesBody({ stream: true, sessionId: 's-1' })
    const client = engine.stream({ body })
    await client.contains('content_block_delta')
    client.abort()
    await engine.recorded()
    await engine.send({ body })
    expect((await engine.recorded(2)).nodeName).toBe('a')
  })
})

describe('Switchyard stopping', () => {
  test('breaks a running stream off the way a tool can retry, and answers 503 to one without content', async () => {
    const a = await startNode('a', eventsThenSilence(4), stallBeforeHead())
    const engine = await startEngineOver([a])
    const running = engine.stream({ body: streaming })
    await running.contains('content_block_delta')
    const waiting = engine.send({ body: streaming })
    await a.requestCount(2)
    await engine.stop(10 * SECOND)
    expect(await running.finished).toMatchObject({ status: 200, ended: 'broken' })
    expect(await waiting).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } })
    expect(engine.exchanges.map(({ outcome, errorCode }) => `${outcome} ${errorCode}`).toSorted()).toEqual([
      'failed stopping',
      'truncated null',
    ])
    expect(engine.nodeNow('a').breaker).toMatchObject({ consecutiveFailures: 0, failureRatio: null })
    expect(engine.clock.pending()).toBe(0)
  })

  test('lets a stream that ends in time end', async () => {
    const step = eventsThenSilence(4)
    const a = await startNode('a', step)
    const engine = await startEngineOver([a])
    const running = engine.stream({ body: streaming })
    await running.contains('content_block_delta')
    const stopping = engine.engine.stop(10 * SECOND)
    step.release()
    expect(await running.finished).toMatchObject({ status: 200, ended: 'complete' })
    await stopping
    expect((await engine.recorded()).outcome).toBe('success')
    expect(engine.clock.pending()).toBe(0)
  })
})
