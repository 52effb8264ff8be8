// A node's own 4xx that the client can mend or must hear goes to it word for word (policies §3).

import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ErrorClass } from '../../src/shared/model/outcome.ts'
import { errorEnvelope } from '../harness/anthropic-message.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { withHeaders } from '../harness/step-wrappers.ts'
import { apiError, status } from '../harness/steps.ts'
import { bothModes, said } from './matrix-row.ts'
import { expectSentAsAsked, startEngineOver, startNode, startRefusingNode } from './scene.ts'

describe('what only the client can mend is passed on word for word, with one upstream call', () => {
  const tooLong = 'prompt is too long: 210000 tokens > 200000 maximum'
  const clientStatuses = [405, 406, 409, 410, 411, 414, 415, 416, 417, 418, 424, 426, 428, 431, 451, 412, 419, 499]
  type PassedOn = { name: string; code: number; outcome: ErrorClass; body: object; message: string }
  const list: readonly PassedOn[] = [
    {
      name: '400 about a prompt that is too long',
      code: 400,
      outcome: 'client-recoverable',
      body: errorEnvelope('invalid_request_error', tooLong),
      message: said(400, tooLong),
    },
    {
      name: '413',
      code: 413,
      outcome: 'client-recoverable',
      body: errorEnvelope('request_too_large', 'Request exceeds the maximum size'),
      message: said(413, 'Request exceeds the maximum size'),
    },
    ...clientStatuses.map(
      (code): PassedOn => ({
        name: `${code}`,
        code,
        outcome: 'client',
        body: errorEnvelope('invalid_request_error', `scripted ${code}`),
        message: said(code, `scripted ${code}`, 'invalid_request_error'),
      }),
    ),
  ]
  const cases = list.flatMap((row) => bothModes.map((mode) => ({ row, mode, title: `${row.name}, ${mode}` })))

  test.each(cases)('$title', async ({ row: { code, body: words, outcome, message }, mode }) => {
    const step = status(code, {
      body: words,
      headers: { 'x-should-retry': 'false', 'request-id': 'req_mine', 'set-cookie': 'a=1', 'x-own': 'kept' },
    })
    const a = await startNode('a', step)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const body = messagesBody({ stream: mode === 'stream' })
    const answer = await engine.send({ path: '/v1/messages?beta=true', body })

    expect(answer).toMatchObject({ status: code, ended: 'complete', text: JSON.stringify(words) })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'request-id': 'req_mine',
      'x-own': 'kept',
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(a.requestsFor()).toHaveLength(1)
    expect(b.requests).toHaveLength(0)
    expectSentAsAsked(a, body)

    const record = await engine.recorded()
    expect(answer.headers['x-switchyard-exchange']).toBe(record.id)
    expect(record).toMatchObject({
      outcome: 'passed-on',
      status: code,
      errorCode: null,
      nodeName: 'a',
      responseBytes: answer.body.length,
      usage: null,
    })
    expect(record.attempts).toEqual([
      expect.objectContaining({ number: 1, nodeName: 'a', outcome, status: code, message }),
    ])
    expect(engine.decisions).toEqual([])
    expect(engine.nodeNow('a')).toMatchObject({
      status: 'active',
      unavailableUntilMs: null,
      breaker: { state: 'closed', consecutiveFailures: 0, failureRatio: null },
    })
    engine.expectQuiet()
  })
})

describe('any other 400 or 422', () => {
  const own = { 'x-should-retry': 'true', 'request-id': 'req_first' }
  const refused = (code: number) => withHeaders(apiError(code, `refused with ${code}`), own)

  test.each([
    { second: 'a 400', step: () => apiError(400, 'another refusal') },
    { second: 'a 422', step: () => apiError(422, 'another refusal') },
    { second: 'a 404', step: () => apiError(404, 'no such path') },
    { second: 'a 401', step: () => apiError(401, 'invalid x-api-key') },
    { second: 'a 500', step: () => apiError(500, 'boom') },
  ])('is passed on word for word, the first one, when the other origin says $second', async ({ step }) => {
    const a = await startNode('a', refused(400))
    const b = await startNode('b', step())
    const c = await startNode('c')
    const engine = await startEngineOver([a, b, c])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({
      status: 400,
      ended: 'complete',
      text: JSON.stringify(errorEnvelope('invalid_request_error', 'refused with 400')),
    })
    expect(answer.headers).toMatchObject(own)
    const record = await engine.recorded()
    expect(record).toMatchObject({ outcome: 'passed-on', status: 400, nodeName: 'a' })
    expect(record.attempts.map(({ nodeName }) => nodeName)).toEqual(['a', 'b'])
    expect([a, b, c].map((node) => node.requestsFor().length)).toEqual([1, 1, 0])
    engine.expectQuiet()
  })

  test('is passed on at once when there is no node of another origin', async () => {
    const a = await startNode('a', refused(422))
    const engine = await startEngineOver([
      { name: 'a', url: a.url },
      { name: 'a2', url: `${a.url}/other` },
    ])
    const answer = await engine.send({ body: messagesBody({ stream: true }) })
    expect(answer).toMatchObject({ status: 422, headers: own })
    expect((await engine.recorded()).attempts).toHaveLength(1)
    expect(a.requests).toHaveLength(1)
    engine.expectQuiet()
  })

  test('is passed on when the other origin cannot be reached', async () => {
    const a = await startNode('a', refused(400))
    const b = await startRefusingNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({ status: 400, headers: own })
    const record = await engine.recorded()
    expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'client-perhaps'],
      ['b', 'network'],
    ])
    expect(record).toMatchObject({ outcome: 'passed-on', nodeName: 'a' })
    engine.expectQuiet()
  })

  test('that breaks off in its body is not passed on', async () => {
    const half: Step = {
      kind: 'half a 400',
      plan: () => [
        { act: 'head', status: 400, headers: { 'content-type': 'application/json', 'content-length': '1000' } },
        { act: 'write', bytes: Buffer.from('{"type":"error",') },
        { act: 'reset' },
      ],
    }
    const a = await startNode('a', half)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: messagesBody() })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect((await engine.recorded()).attempts.map(({ nodeName }) => nodeName)).toEqual(['a', 'b'])
    engine.expectQuiet()
  })
})

describe('an error that is passed on', () => {
  const words = Buffer.from(JSON.stringify(errorEnvelope('invalid_request_error', 'prompt is too long: 2 > 1')))
  const errorIn = (pieces: readonly Buffer[], headers: Readonly<Record<string, string>>): Step => ({
    kind: 'an error in pieces',
    plan: () => [
      { act: 'head', status: 400, headers: { 'content-type': 'application/json', ...headers } },
      ...pieces.map((bytes) => ({ act: 'write', bytes }) as const),
      { act: 'end' },
    ],
  })

  test.each<[name: string, step: () => Step, bytes: Buffer]>([
    ['in pieces, without a length', () => errorIn([words.subarray(0, 9), words.subarray(9)], {}), words],
    ['compressed', () => errorIn([gzipSync(words)], { 'content-encoding': 'gzip' }), gzipSync(words)],
  ])('%s keeps its bytes, and is understood', async (_, step, bytes) => {
    const a = await startNode('a', step())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: messagesBody({ stream: true }) })
    expect(answer).toMatchObject({ status: 400, ended: 'complete' })
    expect(answer.body).toEqual(bytes)
    expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['client-recoverable'])
    expect(b.requests).toHaveLength(0)
    engine.expectQuiet()
  })
})
