// Every timer of an attempt, by the held clock: not a millisecond early, and nothing left of it afterwards (policies §1).
import { describe, expect, test } from 'vitest'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import {
  apiError,
  eventsThenSilence,
  headersThenSilence,
  ok,
  pingsOnly,
  stallBeforeHead,
  status,
} from '../harness/steps.ts'
import { startBlackHole } from './black-hole.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const streaming = messagesBody({ stream: true })
const whole = messagesBody()

function isDelay(expectedMs: number): (delayMs: number) => boolean {
  return (delayMs) => delayMs === expectedMs
}

async function attemptsOf(engine: FaultEngine, count = 1): Promise<readonly (readonly [string, string])[]> {
  return (await engine.recorded(count)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])
}

describe('a node that never answers its connect', () => {
  async function blackHoleAnd(...others: readonly ScriptedUpstream[]): Promise<FaultEngine> {
    return startEngineOver([{ name: 'hole', url: await startBlackHole() }, ...others])
  }

  test.each([
    ['stream', streaming],
    ['whole', whole],
  ])('gets company from the next node after 1 s, and costs no more, %s', async (_, body) => {
    const b = await startNode('b')
    const engine = await blackHoleAnd(b)
    const asking = engine.send({ body })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(SECOND - 1)
    expect(b.connections()).toBe(0)
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 200, ended: 'complete' })
    const record = await engine.recorded()
    expect(record.attempts).toEqual([
      expect.objectContaining({
        number: 1,
        nodeName: 'hole',
        outcome: 'passed-over',
        status: null,
        connectMs: null,
        totalMs: SECOND,
      }),
      expect.objectContaining({ number: 2, nodeName: 'b', outcome: 'success', totalMs: 0 }),
    ])
    expect(record.totalMs).toBe(SECOND)
    // Its connect is still out: it counts as a place taken, and as nobody's fault yet.
    expect(engine.nodeNow('hole')).toMatchObject({ inFlight: 1, breaker: { consecutiveFailures: 0 } })
    await engine.clock.advance(4 * SECOND)
    expect(engine.nodeNow('hole')).toMatchObject({ inFlight: 0, breaker: { consecutiveFailures: 1 } })
    expect(engine.exchanges).toHaveLength(1)
    engine.expectQuiet()
  })

  test('is passed over until its connect settles, then it is first again', async () => {
    const b = await startNode('b')
    const engine = await blackHoleAnd(b)
    const first = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(SECOND)
    await first
    expect(await engine.send({ body: streaming })).toMatchObject({ status: 200 })
    const second = await engine.recorded(2)
    expect(second.attempts.map(({ nodeName, reason }) => [nodeName, reason])).toEqual([
      ['b', 'the other does not answer its connect'],
    ])
    await engine.clock.advance(4 * SECOND)
    const third = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(SECOND)
    await third
    expect(await attemptsOf(engine, 3)).toEqual([
      ['hole', 'passed-over'],
      ['b', 'success'],
    ])
    await engine.clock.advance(4 * SECOND)
    engine.expectQuiet()
  })

  test('is given up after 5 s when there is no other, once more in the second round, and then the client hears 503', async () => {
    const engine = await blackHoleAnd()
    const asking = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(5 * SECOND - 1)
    expect(engine.nodeNow('hole').inFlight).toBe(1)
    await engine.clock.advance(1)
    expect(engine.nodeNow('hole')).toMatchObject({ inFlight: 0, breaker: { consecutiveFailures: 1 } })
    // The back-off before the second round, then its connect.
    await engine.clock.advance(5)
    await engine.clock.advance(5 * SECOND)
    expect(await asking).toMatchObject({ status: 503 })
    const record = await engine.recorded()
    expect(record.attempts.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['network', 'no connection within 5 s'],
      ['network', 'no connection within 5 s'],
    ])
    engine.expectQuiet()
  })

  test('does not shorten the first-event time of the last node that is left', async () => {
    const b = await startNode('b', stallBeforeHead())
    const engine = await blackHoleAnd(b)
    const asking = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(SECOND)
    await b.requestCount(1)
    await engine.clock.advance(120 * SECOND - 1)
    expect(engine.nodeNow('b').inFlight).toBe(1)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(1)
    expect(engine.nodeNow('b').breaker.consecutiveFailures).toBe(1)
    await engine.clock.advance(200 * SECOND)
    expect((await asking).status).toBe(503)
  })

  test('is tried once more when all the others fail: nothing was sent to it yet', async () => {
    const b = await startNode('b', apiError(401, 'no'))
    const engine = await blackHoleAnd(b)
    const asking = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    await engine.clock.advance(SECOND)
    // Nothing was sent to the first one, so there is a second round for it, and one more connect.
    await engine.clock.timerStarted(isDelay(10))
    await engine.clock.advance(10)
    await engine.clock.advance(5 * SECOND)
    expect((await asking).status).toBe(503)
    expect(await attemptsOf(engine)).toEqual([
      ['hole', 'passed-over'],
      ['b', 'credential'],
      ['hole', 'network'],
    ])
    engine.expectQuiet()
  })

  test('leaves nothing behind when the client goes away', async () => {
    const b = await startNode('b')
    const engine = await blackHoleAnd(b)
    const client = engine.stream({ body: streaming })
    await engine.clock.timerStarted(isDelay(SECOND))
    client.abort()
    const record = await engine.recorded()
    expect(record).toMatchObject({ outcome: 'cancelled', status: null })
    expect(b.connections()).toBe(0)
    expect(engine.nodeNow('hole').breaker.consecutiveFailures).toBe(0)
    engine.expectQuiet()
  })
})

describe('the first event', () => {
  test.each([
    ['no head', stallBeforeHead],
    ['a head alone', headersThenSilence],
    ['pings alone', pingsOnly],
  ])('may take 60 s while another node is eligible, and 120 s on the last one: %s', async (_, step) => {
    const a = await startNode('a', step())
    const b = await startNode('b', step())
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ body: streaming })
    await a.requestCount(1)
    await engine.clock.timerStarted(isDelay(60 * SECOND))
    await engine.clock.advance(60 * SECOND - 1)
    expect(b.requestsFor()).toHaveLength(0)
    await engine.clock.advance(1)
    await b.requestCount(1)
    await engine.clock.timerStarted(isDelay(120 * SECOND))
    await engine.clock.advance(120 * SECOND - 1)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(await attemptsOf(engine)).toEqual([
      ['a', 'slow'],
      ['b', 'slow'],
    ])
    await a.clientGone(await a.nextRequest())
    await b.clientGone(await b.nextRequest())
    engine.expectQuiet()
  })

  test('counts from the sent request, not from the head', async () => {
    const held = stallBeforeHead()
    const a = await startNode('a', {
      ...held,
      plan: (ask) => [...held.plan(ask).slice(0, 2), ...headersThenSilence().plan(ask).slice(1)],
    })
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ body: streaming })
    const atA = await a.nextRequest()
    await engine.clock.advance(50 * SECOND)
    held.release()
    await engine.clock.advance(10 * SECOND - 1)
    expect(atA.end()).toBeNull()
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 200 })
    expect(await attemptsOf(engine)).toEqual([
      ['a', 'slow'],
      ['b', 'success'],
    ])
  })
})

describe('the total time before a client has received anything', () => {
  const settings: Partial<Settings> = { retryMaxAttempts: 8 }

  test('is 200 s over all tries: one that never began to answer is given up, and no other is tried', async () => {
    const nodes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => startNode(name, stallBeforeHead())))
    const engine = await startEngineOver(nodes, { settings })
    const asking = engine.send({ body: streaming })
    for (const node of nodes.slice(0, 3)) {
      await node.requestCount(1)
      await engine.clock.timerStarted(isDelay(60 * SECOND))
      await engine.clock.advance(60 * SECOND)
    }
    await nodes[3]?.requestCount(1)
    await engine.clock.advance(20 * SECOND - 1)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 503 })
    expect(await attemptsOf(engine)).toEqual([
      ['a', 'slow'],
      ['b', 'slow'],
      ['c', 'slow'],
      ['d', 'slow'],
    ])
    expect(nodes[4]?.requests).toHaveLength(0)
    expect(engine.exchanges[0]?.totalMs).toBe(200 * SECOND)
    // The time ran out over all of them together: the last one is not to blame.
    expect(engine.nodeNow('d').breaker.consecutiveFailures).toBe(0)
    engine.expectQuiet()
  })

  test('commits a node that is alive when it is over', async () => {
    const step = eventsThenSilence(1)
    const a = await startNode('a', stallBeforeHead())
    const b = await startNode('b', step)
    const engine = await startEngineOver([a, b])
    const client = engine.stream({ body: streaming })
    await a.requestCount(1)
    await engine.clock.timerStarted(isDelay(60 * SECOND))
    await engine.clock.advance(60 * SECOND)
    await b.requestCount(1)
    // message_start has arrived when the silence timer runs.
    await engine.clock.timerStarted(isDelay(240 * SECOND))
    await engine.clock.advance(140 * SECOND - 1)
    expect(client.received()).toHaveLength(0)
    await engine.clock.advance(1)
    await client.contains('message_start')
    step.release()
    expect(await client.finished).toMatchObject({ status: 200, ended: 'complete' })
    expect(await attemptsOf(engine)).toEqual([
      ['a', 'slow'],
      ['b', 'success'],
    ])
    engine.expectQuiet()
  })

  test('only stops new attempts of a non-streaming request: the running one has 600 s', async () => {
    const step = stallBeforeHead()
    const a = await startNode('a', step)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ body: whole })
    await a.requestCount(1)
    await engine.clock.timerStarted(isDelay(600 * SECOND))
    await engine.clock.advance(600 * SECOND - 1)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 503 })
    expect(await attemptsOf(engine)).toEqual([['a', 'slow']])
    expect(engine.exchanges[0]?.attempts[0]?.message).toBe('the answer was not complete in time')
    expect(b.requests).toHaveLength(0)
    await a.clientGone(await a.nextRequest())
    engine.expectQuiet()
  })

  test('lets a non-streaming answer of nine minutes through', async () => {
    const step = stallBeforeHead()
    const a = await startNode('a', step)
    const engine = await startEngineOver([a])
    const asking = engine.send({ body: whole })
    await a.requestCount(1)
    await engine.clock.advance(540 * SECOND)
    step.release()
    expect(await asking).toMatchObject({ status: 200, ended: 'complete' })
    engine.expectQuiet()
  })
})

describe('an error answer', () => {
  test('whose body dribbles is judged by what is there after 5 s', async () => {
    const a = await startNode('a', {
      kind: 'a 500 that never ends',
      plan: (ask) => [
        { act: 'head', status: 500, headers: { 'content-type': 'text/plain' } },
        { act: 'write', bytes: Buffer.from('boom') },
        ...stallBeforeHead().plan(ask).slice(0, 1),
      ],
    })
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ body: streaming })
    await engine.clock.timerStarted(isDelay(60 * SECOND))
    await a.requestCount(1)
    await engine.clock.timerStarted(isDelay(5 * SECOND))
    while ((a.requestsFor()[0]?.sentBytes() ?? 0) < 4) await engine.clock.advance(0)
    await engine.clock.advance(5 * SECOND - 1)
    expect(b.requestsFor()).toHaveLength(0)
    await engine.clock.advance(1)
    expect(await asking).toMatchObject({ status: 200 })
    expect((await engine.recorded()).attempts[0]).toMatchObject({
      outcome: 'server',
      status: 500,
      message: 'answered 500 boom',
    })
    engine.expectQuiet()
  })
})

describe('count_tokens', () => {
  const path = '/v1/messages/count_tokens?beta=true'

  test("gives the node's own count, through its credential, and touches no breaker", async () => {
    const a = await startNode('a')
    const engine = await startEngineOver([a])
    const answer = await engine.send({ path, body: whole })
    expect(answer).toMatchObject({ status: 200, ended: 'complete', text: '{"input_tokens":1234}' })
    const [request] = a.requestsFor('count_tokens')
    expect(request).toMatchObject({ target: path, body: whole })
    expect(request?.header('authorization')).toBe('Bearer key-of-a-0000')
    expect(await engine.recorded()).toMatchObject({ operation: 'count_tokens', outcome: 'success', attempts: [] })
    expect(engine.nodeNow('a').breaker.failureRatio).toBeNull()
    engine.expectQuiet()
  })

  test('estimates after 5 s', async () => {
    const a = await startNode('a')
    const b = await startNode('b')
    a.scriptFor('count_tokens', stallBeforeHead())
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ path, body: whole })
    await a.requestCount(1, 'count_tokens')
    await engine.clock.advance(5 * SECOND - 1)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(1)
    const answer = await asking
    expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ input_tokens: Math.ceil(whole.length / 3.5) }) })
    expect(b.requests).toHaveLength(0)
    expect(engine.nodeNow('a').breaker).toMatchObject({ consecutiveFailures: 0, failureRatio: null })
    engine.expectQuiet()
  })

  test.each([404, 401, 429, 500, 529])('estimates when the node answers %i, and sets nothing aside', async (code) => {
    const a = await startNode('a')
    a.scriptFor('count_tokens', status(code))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ path, body: whole })
    expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ input_tokens: Math.ceil(whole.length / 3.5) }) })
    await engine.recorded()
    expect(a.requestsFor('count_tokens')).toHaveLength(1)
    expect(b.requests).toHaveLength(0)
    expect(engine.nodeNow('a')).toMatchObject({
      status: 'active',
      unavailableUntilMs: null,
      breaker: { consecutiveFailures: 0 },
    })
    expect(engine.decisions).toEqual([])
    engine.expectQuiet()
  })

  test('estimates when there is no node, and when its connect is never answered', async () => {
    const empty = await startEngineOver([])
    expect(await empty.send({ path, body: whole })).toMatchObject({ status: 200 })
    const hole = await startEngineOver([{ name: 'hole', url: await startBlackHole() }])
    const asking = hole.send({ path, body: whole })
    await hole.clock.timerStarted(isDelay(5 * SECOND))
    await hole.clock.advance(5 * SECOND)
    expect(await asking).toMatchObject({ status: 200 })
    await hole.recorded()
    hole.expectQuiet()
  })

  test('never becomes a paid request', async () => {
    const a = await startNode('a', ok())
    a.scriptFor('count_tokens', status(404))
    const engine = await startEngineOver([a])
    await engine.send({ path, body: whole })
    expect(a.requestsFor('messages')).toHaveLength(0)
  })
})
