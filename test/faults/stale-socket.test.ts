// A pooled socket that the node closed in the meantime costs nobody anything: one silent retry, counted nowhere (policies §2).
import { describe, expect, test } from 'vitest'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { sha256 } from '../harness/recorded-request.ts'
import { closeEarly, cutAfterEvents, ok, reset, stallBeforeHead } from '../harness/steps.ts'
import { answerOf, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const modes = [
  ['stream', messagesBody({ stream: true })],
  ['whole', messagesBody()],
] as const

const breaks: readonly (readonly [string, () => Step])[] = [
  ['a reset', reset],
  ['a close', closeEarly],
]
const cases = breaks.flatMap(([name, step]) => modes.map(([mode, body]) => ({ name, step, mode, body })))

describe('a reused socket that breaks before any byte of an answer', () => {
  test.each(cases)(
    'by $name is retried on a fresh one of the same node, and nothing is counted, $mode',
    async ({ step, body }) => {
      const a = await startNode('a', ok(), step(), ok())
      const b = await startNode('b')
      const engine = await startEngineOver([a, b])
      await engine.send({ body })
      await engine.recorded()
      const answer = await engine.send({ body })

      const [, stale, fresh] = a.requestsFor()
      if (stale === undefined || fresh === undefined) throw new Error('A was not asked again')
      expect(stale).toMatchObject({ connection: 1, servedBefore: 1 })
      expect(fresh).toMatchObject({ connection: 2, servedBefore: 0, bodySha256: sha256(body) })
      expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(answerOf(a, fresh, ok())) })

      const record = await engine.recorded(2)
      expect(record).toMatchObject({ outcome: 'success', nodeName: 'a' })
      expect(record.attempts).toEqual([
        expect.objectContaining({ number: 1, nodeName: 'a', outcome: 'success', message: null }),
      ])
      expect(engine.nodeNow('a').breaker).toMatchObject({ consecutiveFailures: 0, failureRatio: 0 })
      expect(engine.engine.counts()).toMatchObject({ total: 2, succeeded: 2, withFailedAttempt: 0 })
      expect(engine.decisions).toEqual([])
      expect(b.requests).toHaveLength(0)
      engine.expectQuiet()
    },
  )

  test('does not count against RETRY_MAX_ATTEMPTS', async () => {
    const a = await startNode('a', ok(), reset(), reset())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b], { settings: { retryMaxAttempts: 2 } })
    await engine.send({ body: messagesBody() })
    expect((await engine.send({ body: messagesBody() })).text).toContain('msg_b_1')
    expect((await engine.recorded(2)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'network'],
      ['b', 'success'],
    ])
    // The stale one and the one on a fresh socket; only the latter is a failure.
    expect(a.requestsFor()).toHaveLength(3)
    expect(engine.nodeNow('a').breaker.consecutiveFailures).toBe(1)
    engine.expectQuiet()
  })
})

describe('the same break is a failure like any other', () => {
  test.each(cases)('on a fresh socket, by $name, $mode', async ({ step, body }) => {
    const a = await startNode('a', step(), ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    expect((await engine.send({ body })).text).toContain('msg_b_1')
    expect(a.requestsFor()).toHaveLength(1)
    expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['network', 'success'])
    expect(engine.nodeNow('a').breaker.consecutiveFailures).toBe(1)
    engine.expectQuiet()
  })

  test('on a reused socket, but later than 1 s after the request was written', async () => {
    const held = stallBeforeHead()
    const late: Step = { kind: 'late reset', plan: (ask) => [...held.plan(ask).slice(0, 1), { act: 'reset' }] }
    const a = await startNode('a', ok(), late, ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const body = messagesBody()
    await engine.send({ body })
    const asking = engine.send({ body })
    await a.requestCount(2)
    await engine.clock.advance(SECOND + 1)
    held.release()
    expect((await asking).text).toContain('msg_b_1')
    expect(a.requestsFor()).toHaveLength(2)
    expect((await engine.recorded(2)).attempts.map(({ outcome }) => outcome)).toEqual(['network', 'success'])
    engine.expectQuiet()
  })

  test('on a reused socket, but after the head of an answer', async () => {
    const body = messagesBody({ stream: true })
    const a = await startNode('a', ok(), cutAfterEvents(1, { form: 'fin' }), ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    await engine.send({ body })
    expect((await engine.send({ body })).text).toContain('msg_b_1')
    expect(a.requestsFor()).toHaveLength(2)
    expect((await engine.recorded(2)).attempts.map(({ outcome }) => outcome)).toEqual(['network', 'success'])
    engine.expectQuiet()
  })
})

describe('the pool', () => {
  test('goes on using one socket for requests in turn, of both kinds', async () => {
    const a = await startNode('a')
    const engine = await startEngineOver([a])
    for (const [, body] of [...modes, ...modes]) expect(await engine.send({ body })).toMatchObject({ status: 200 })
    expect(a.requestsFor().map(({ connection, servedBefore }) => [connection, servedBefore])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ])
  })

  test('is not confused by a node that died and came back while its sockets were idle', async () => {
    const a = await startNode('a')
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    await engine.send({ body: messagesBody() })
    await a.kill()
    await a.revive()
    expect((await engine.send({ body: messagesBody() })).text).toContain('msg_a_2')
    expect((await engine.recorded(2)).attempts).toHaveLength(1)
    expect(b.requests).toHaveLength(0)
    engine.expectQuiet()
  })
})
