// One row of the fault matrix, played and checked.

import { expect } from 'vitest'
import type { DecisionKind } from '../../src/shared/model/decision.ts'
import { DEFAULT_POOL } from '../../src/shared/model/pool.ts'
import { INPUT_TOKENS, OUTPUT_TOKENS } from '../harness/anthropic-message.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import { sha256 } from '../harness/recorded-request.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { ok } from '../harness/steps.ts'
import type { Aside, Mode, Row } from './matrix-row.ts'
import {
  answerOf,
  expectSentAsAsked,
  type FaultEngine,
  startEngineOver,
  startNode,
  startRefusingNode,
} from './scene.ts'

/** Node A fails as the row says and B is healthy: what the client, the nodes and the records saw. */
export async function expectMovesToB(row: Row, mode: Mode): Promise<void> {
  const a =
    typeof row.a === 'function'
      ? await startNode('a', row.a())
      : row.a === 'refused'
        ? await startRefusingNode('a')
        : await startNode('a')
  const b = await startNode('b', ok())
  const url = row.a === 'no TLS' ? a.url.replace('http:', 'https:') : a.url
  const engine = await startEngineOver([{ name: 'a', url }, b], { settings: row.settings ?? {} })
  const body = messagesBody({ stream: mode === 'stream' })
  const asking = engine.send({ path: '/v1/messages?beta=true', body })
  if (row.afterMs !== undefined) await letItBeTooLate(a, engine, row.afterMs[mode])
  const answer = await asking

  // The client.
  const [atB] = b.requestsFor()
  if (atB === undefined) throw new Error(`B was not asked: the client got ${answer.status} ${answer.text}`)
  expect(answer).toMatchObject({ status: 200, ended: 'complete' })
  expect(answer.bodySha256).toBe(sha256(answerOf(b, atB, ok())))
  expect(answer.headers['request-id']).toBe('req_b_1')
  expect(answer.headers['x-should-retry']).toBeUndefined()

  // The nodes.
  expect(a.requestsFor()).toHaveLength(typeof row.a === 'function' ? 1 : 0)
  expect(b.requestsFor()).toHaveLength(1)
  expectSentAsAsked(a, body)
  expectSentAsAsked(b, body)
  if (row.afterMs !== undefined) await a.clientGone(await a.nextRequest())

  // The records.
  const record = await engine.recorded()
  expect(engine.exchanges).toHaveLength(1)
  expect(answer.headers['x-switchyard-exchange']).toBe(record.id)
  expect(record).toMatchObject({
    outcome: 'success',
    status: 200,
    errorCode: null,
    nodeName: 'b',
    model: DEFAULT_MODEL,
    stream: mode === 'stream',
    requestBytes: body.length,
    responseBytes: answer.body.length,
    usage: { input: INPUT_TOKENS, output: OUTPUT_TOKENS, estimated: false },
  })
  expect(record.attempts).toHaveLength(2)
  const [failed, good] = record.attempts
  expect(failed).toMatchObject({ number: 1, nodeName: 'a', keyId: 'key_a_0', outcome: row.outcome, status: row.status })
  if (typeof row.message === 'string') expect(failed?.message).toBe(row.message)
  else expect(failed?.message).toMatch(row.message)
  expect(good).toMatchObject({
    number: 2,
    nodeName: 'b',
    keyId: 'key_b_0',
    outcome: 'success',
    status: 200,
    message: null,
  })

  // The consequences.
  expectBreaker(engine, row.breaker)
  expectAside(engine, row.aside ?? null)
  expectDecisions(engine, row.aside ?? null, failed?.message ?? '')
  expect(engine.breakers).toEqual([])
  engine.expectQuiet()
}

async function letItBeTooLate(a: ScriptedUpstream, engine: FaultEngine, afterMs: number): Promise<void> {
  await a.requestCount(1)
  await engine.clock.timerStarted((delayMs) => delayMs === afterMs)
  await engine.clock.advance(afterMs - 1)
  expect(engine.exchanges).toHaveLength(0)
  await engine.clock.advance(1)
}

function expectBreaker(engine: FaultEngine, heard: Row['breaker']): void {
  const expected = {
    counts: { state: 'closed', consecutiveFailures: 1, failureRatio: 1 },
    half: { state: 'closed', consecutiveFailures: 0.5, failureRatio: 0.5 },
    nothing: { state: 'closed', consecutiveFailures: 0, failureRatio: null },
  }
  expect(engine.nodeNow('a').breaker).toMatchObject(expected[heard])
  expect(engine.nodeNow('b').breaker).toMatchObject({ state: 'closed', consecutiveFailures: 0, failureRatio: 0 })
}

function expectAside(engine: FaultEngine, aside: Aside | null): void {
  const a = engine.nodeNow('a')
  const untilMs = aside === null ? null : engine.clock.wallMs() + aside.forMs
  const byNode = aside !== null && aside.what !== 'model'
  expect(a.unavailableUntilMs).toBe(byNode ? untilMs : null)
  expect(a.keys.map((key) => key.asideUntilMs)).toEqual([aside?.what === 'key' ? untilMs : null])
  expect(a.status).toBe(byNode ? (aside.what === 'parked' ? 'parked' : 'cooling') : 'active')
  expect(engine.nodeNow('b')).toMatchObject({ status: byNode ? 'active' : 'standby', unavailableUntilMs: null })
  const explained = (model: string) =>
    engine.engine
      .explain({ pools: [DEFAULT_POOL], model, protocol: 'anthropic', pinned: null })
      .nodes.find(({ nodeName }) => nodeName === 'a')
  expect(explained(DEFAULT_MODEL)).toMatchObject({ eligible: aside === null, dueAtMs: untilMs })
  expect(explained('another-model')).toMatchObject({ eligible: !byNode })
}

function expectDecisions(engine: FaultEngine, aside: Aside | null, message: string): void {
  const kinds: Readonly<Record<Aside['what'], DecisionKind>> = {
    cooling: 'node-cooled',
    parked: 'node-parked',
    key: 'key-set-aside',
    model: 'model-gap',
  }
  const subjects: Readonly<Record<Aside['what'], string>> = {
    cooling: 'a cools',
    parked: 'a is parked',
    key: 'key key-0 of a is set aside',
    model: `a is taken not to have ${DEFAULT_MODEL}`,
  }
  const set =
    aside === null
      ? []
      : [
          {
            kind: kinds[aside.what],
            nodeId: 'node_a',
            text: `${subjects[aside.what]} for ${Math.round(aside.forMs / 1000)} s: ${message}`,
          },
        ]
  const moved = { kind: 'failed-over', nodeId: 'node_b', text: `a request moved from a to b: a ${message}` }
  expect(engine.decisions.map(({ kind, nodeId, text }) => ({ kind, nodeId, text }))).toEqual([...set, moved])
  expect(new Set(engine.decisions.map(({ exchangeId }) => exchangeId))).toEqual(new Set([engine.exchanges[0]?.id]))
}
