// An error that a node writes into a 200 before any content means what it would have meant before the headers: whose fault
// it is, how long the node asks to be left alone, and that a client hears of its own mistake.
import { describe, expect, test } from 'vitest'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { errorEnvelope } from '../harness/anthropic-message.ts'
import type { TestNode } from '../harness/engine.ts'
import { geminiStream, goldenText } from '../harness/gemini-steps.ts'
import type { RequestOptions } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { openaiError } from '../harness/openai-answer.ts'
import type { Step } from '../harness/plan.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { withHeaders } from '../harness/step-wrappers.ts'
import { apiError, errorEvent, jsonError, ok, status } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

/** A tool's request of each protocol, streaming. */
const requests: Readonly<Record<Protocol, Partial<RequestOptions>>> = {
  anthropic: { body: messagesBody({ stream: true }) },
  'openai-responses': { path: '/v1/responses', body: { model: 'gpt-5', input: 'hi', stream: true } },
  'openai-chat': { path: '/v1/chat/completions', body: { model: 'gpt-5', messages: [], stream: true } },
  gemini: { path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', body: { contents: [] } },
}

function nodeOf(protocol: Protocol, { name, url }: ScriptedUpstream): TestNode {
  return { name, url: protocol.startsWith('openai-') ? `${url}/v1` : url, protocol }
}

function event(data: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\r\n\r\n`)
}

function expectNobodyBlamed(engine: FaultEngine, names: readonly string[]): void {
  for (const name of names) expect(engine.nodeNow(name).breaker.consecutiveFailures).toBe(0)
}

const WHOLE = { path: '/v1beta/models/gemini-2.5-flash:generateContent', body: { contents: [] } }

describe('RetryInfo inside a Gemini 200 is the time the key is left alone, and nobody is parked', () => {
  const quota = JSON.stringify(JSON.parse(goldenText('error-429.json')))
  test.each([
    { name: 'bare', request: requests.gemini, step: () => geminiStream([Buffer.from(goldenText('error-429.json'))]) },
    {
      name: 'as an event',
      request: requests.gemini,
      step: () => geminiStream([Buffer.from(`data: ${quota}\r\n\r\n`)]),
    },
    { name: 'as JSON', request: requests.gemini, step: () => status(200, { body: JSON.parse(quota) }) },
    { name: 'as the whole answer', request: WHOLE, step: () => status(200, { body: JSON.parse(quota) }) },
  ])('$name', async ({ request, step }) => {
    const a = await startNode('a', step())
    const b = await startNode('b')
    const engine = await startEngineOver([nodeOf('gemini', a), nodeOf('gemini', b)])
    expect((await engine.send(request)).status).toBe(200)
    expect((await engine.recorded()).attempts[0]?.outcome).toBe('throttled')
    expect(engine.nodeNow('a')).toMatchObject({ keys: [{ asideUntilMs: engine.clock.wallMs() + 37_000 }] })
    expect(engine.nodeNow('a').status).not.toBe('parked')
  })
})

test.each([
  [429, 'throttled'],
  [402, 'out-of-funds'],
  [401, 'credential'],
  [502, 'server'],
] as const)('an error whose only word is the status %i is of that status', async (code, outcome) => {
  const body = { error: { code, message: 'Provider returned error' } }
  const a = await startNode('a', geminiStream([event(body)]))
  const engine = await startEngineOver([a, await startNode('b')].map((node) => nodeOf('openai-chat', node)))
  expect((await engine.send(requests['openai-chat'])).status).toBe(200)
  expect((await engine.recorded()).attempts.map((attempt) => attempt.outcome)).toEqual([outcome, 'success'])
})

const tooLong = 'prompt is too long: 210000 tokens > 200000 maximum'
const unknownCode = (message: string) => ({
  error: { message, type: 'invalid_request_error', code: 'invalid_value' },
})
const mistakes: readonly {
  name: string
  protocol: Protocol
  step: (message: string) => Step
  said: (m: string) => object
}[] = [
  {
    name: 'an Anthropic stream',
    protocol: 'anthropic',
    step: (message) => errorEvent(1, 'invalid_request_error', message),
    said: (message) => errorEnvelope('invalid_request_error', message),
  },
  {
    name: 'a Messages object',
    protocol: 'anthropic',
    step: (message) => jsonError('invalid_request_error', message),
    said: (message) => errorEnvelope('invalid_request_error', message),
  },
  {
    name: 'a chat stream',
    protocol: 'openai-chat',
    step: (message) => errorEvent(1, 'invalid_request_error', message),
    said: (message) => openaiError('invalid_request_error', message),
  },
  {
    name: 'a chat stream with a code nobody knows',
    protocol: 'openai-chat',
    step: (message) => geminiStream([event(unknownCode(message))]),
    said: unknownCode,
  },
  {
    name: 'a Gemini stream',
    protocol: 'gemini',
    step: (message) => geminiStream([event({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } })]),
    said: (message) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
  },
]

describe.each(mistakes)('in $name', ({ protocol, name, step, said }) => {
  const ask = name === 'a Messages object' ? { body: messagesBody() } : requests[protocol]

  test('a mistake of the client is told after a second opinion, as a 400 with the first one’s words', async () => {
    const a = await startNode('a', withHeaders(step('messages.0: no'), { 'request-id': 'req_first' }))
    const b = await startNode('b', step('another no'))
    const c = await startNode('c')
    const engine = await startEngineOver([a, b, c].map((node) => nodeOf(protocol, node)))
    const answer = await engine.send(ask)
    expect(answer).toMatchObject({ status: 400, ended: 'complete' })
    expect(JSON.parse(answer.text)).toEqual(said('messages.0: no'))
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'request-id': 'req_first' })
    expect([a, b, c].map((node) => node.requestsFor().length)).toEqual([1, 1, 0])
    expect((await engine.recorded()).outcome).toBe('passed-on')
    expectNobodyBlamed(engine, ['a', 'b'])
  })

  test('that another node does not find is no mistake', async () => {
    const [a, b] = [await startNode('a', step('no')), await startNode('b', ok())]
    const engine = await startEngineOver([a, b].map((node) => nodeOf(protocol, node)))
    expect((await engine.send(ask)).status).toBe(200)
    expectNobodyBlamed(engine, ['a'])
  })
})

test('a prompt that is too long, said inside a stream, is passed on at once: the tool compacts by it', async () => {
  const a = await startNode('a', errorEvent(0, 'invalid_request_error', tooLong))
  const b = await startNode('b')
  const engine = await startEngineOver([a, b])
  const answer = await engine.send({ body: messagesBody({ stream: true }) })
  expect(answer).toMatchObject({ status: 400 })
  expect(JSON.parse(answer.text)).toEqual(errorEnvelope('invalid_request_error', tooLong))
  expect(b.requests).toHaveLength(0)
  expectNobodyBlamed(engine, ['a'])
  engine.expectQuiet()
})

test('a request that is too large is a 413, also when a stream says so', async () => {
  const engine = await startEngineOver([await startNode('a', errorEvent(0, 'request_too_large', 'too large'))])
  expect((await engine.send({ body: messagesBody({ stream: true }) })).status).toBe(413)
})

test('a second opinion that is a 500 leaves the first one’s words', async () => {
  const a = await startNode('a', errorEvent(0, 'invalid_request_error', 'no'))
  const engine = await startEngineOver([a, await startNode('b', apiError(500, 'boom'))])
  expect((await engine.send({ body: messagesBody({ stream: true }) })).status).toBe(400)
})
