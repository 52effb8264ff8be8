// A host that refuses another's thinking signature: stripped for it, once, and only for it (policies §3).
import { describe, expect, test } from 'vitest'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { apiError, ok, status } from '../harness/steps.ts'
import { startEngineOver, startNode } from './scene.ts'

const refusal = (): Step => apiError(400, 'messages.1.content.0: Invalid `signature` in `thinking` block')
const thinking = { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVkIGJ5IEE=' }
const answered = { type: 'text', text: 'Hi there' }
const messages = [
  { role: 'user', content: 'hi' },
  { role: 'assistant', content: [thinking, answered] },
  { role: 'user', content: 'go on' },
]
const signed = (sessionId = 's-1'): Buffer => messagesBody({ stream: true, sessionId, messages })
const stripped = (sessionId = 's-1'): Buffer =>
  messagesBody({
    stream: true,
    sessionId,
    messages: [messages[0], { role: 'assistant', content: [answered] }, messages[2]].filter((one) => one !== undefined),
  })

describe('a 400 about a thinking signature', () => {
  test('is answered by the same request without the thinking, to the same node, once; the client sees one good answer', async () => {
    const a = await startNode('a', refusal(), ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: signed() })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).toContain('msg_a_2')
    expect(a.requestsFor().map(({ body }) => body.toString())).toEqual([signed().toString(), stripped().toString()])
    expect(b.requests).toHaveLength(0)
    const record = await engine.recorded()
    expect(
      record.attempts.map(({ number, nodeName, outcome, status: code }) => [number, nodeName, outcome, code]),
    ).toEqual([
      [1, 'a', 'rectifiable', 400],
      [2, 'a', 'success', 200],
    ])
    expect(engine.decisions.map(({ kind, nodeId, text }) => [kind, nodeId, text])).toEqual([
      [
        'signature-rectified',
        'node_a',
        'a refused a thinking signature of another node: sent again without that thinking',
      ],
    ])
    expect(engine.nodeNow('a')).toMatchObject({
      status: 'active',
      breaker: { consecutiveFailures: 0, failureRatio: 0 },
    })
    engine.expectQuiet()
  })

  test('that comes again after the strip is passed on word for word', async () => {
    const a = await startNode('a', refusal())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const answer = await engine.send({ body: signed() })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('Invalid `signature` in `thinking` block')
    expect(a.requestsFor()).toHaveLength(2)
    expect(b.requests).toHaveLength(0)
    expect((await engine.recorded()).outcome).toBe('passed-on')
    engine.expectQuiet()
  })

  test('is passed on when there is no thinking to strip', async () => {
    const a = await startNode('a', refusal())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    expect(await engine.send({ body: messagesBody({ stream: true }) })).toMatchObject({ status: 400 })
    expect(a.requestsFor()).toHaveLength(1)
    expect(b.requests).toHaveLength(0)
  })

  test('switches thinking off for this request where the last turn loses its leading thinking block', async () => {
    const a = await startNode('a', refusal(), ok())
    const engine = await startEngineOver([a])
    const tool = { type: 'tool_use', id: 't1', name: 'n', input: {} }
    const loop = (content: readonly object[]): readonly object[] => [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] },
    ]
    const on = { thinking: { type: 'enabled', budget_tokens: 1024 } }
    expect(
      await engine.send({ body: messagesBody({ stream: true, messages: loop([thinking, tool]), more: on }) }),
    ).toMatchObject({ status: 200 })
    expect(a.requestsFor()[1]?.json).toEqual(
      JSON.parse(messagesBody({ stream: true, messages: loop([tool]) }).toString()),
    )
  })

  test('happens after another node failed, and the session goes on there', async () => {
    const a = await startNode('a', status(500))
    const b = await startNode('b', refusal(), ok())
    const engine = await startEngineOver([a, b])
    expect((await engine.send({ body: signed() })).text).toContain('msg_b_2')
    expect((await engine.recorded()).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'server'],
      ['b', 'rectifiable'],
      ['b', 'success'],
    ])
    // What was stripped for B never goes to A.
    expect(a.requestsFor().map(({ body }) => body.equals(signed()))).toEqual([true])
    engine.expectQuiet()
  })
})

describe('what was learned', () => {
  /** A has served the session; B then refuses A's signatures. */
  async function learned() {
    const a = await startNode('a', ok(), status(500))
    const b = await startNode('b', refusal(), ok())
    const engine = await startEngineOver([a, b])
    await engine.send({ body: signed() })
    await engine.send({ body: signed() })
    await engine.recorded(2)
    expect(b.requestsFor().map(({ body }) => body.equals(stripped()))).toEqual([false, true])
    return { a, b, engine }
  }

  test('holds for the next request: it is stripped before sending, and not refused', async () => {
    const { a, b, engine } = await learned()
    expect(await engine.send({ body: signed() })).toMatchObject({ status: 200, ended: 'complete' })
    expect((await engine.recorded(3)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'server'],
      ['b', 'success'],
    ])
    expect(b.requestsFor().map(({ body }) => body.equals(stripped()))).toEqual([false, true, true])
    expect(a.requestsFor().every(({ body }) => body.equals(signed()))).toBe(true)
  })

  test('holds for the pair of nodes: another session that A served is stripped for B too', async () => {
    const { a, b, engine } = await learned()
    a.script(ok(), status(500))
    await engine.send({ body: signed('s-2') })
    await engine.send({ body: signed('s-2') })
    expect((await engine.recorded(4)).attempts.map(({ outcome }) => outcome)).toEqual(['server', 'success'])
    expect(b.requestsFor().at(-1)?.body).toEqual(stripped('s-2'))
  })

  test('does not touch a session that A never served', async () => {
    const { b, engine } = await learned()
    expect(await engine.send({ body: signed('s-3') })).toMatchObject({ status: 200 })
    expect(b.requestsFor().at(-1)?.body).toEqual(signed('s-3'))
  })
})

test('without that 400 nothing is ever stripped: signatures hold across many hosts', async () => {
  const a = await startNode('a', ok(), status(500))
  const b = await startNode('b')
  const engine = await startEngineOver([a, b])
  for (let time = 1; time <= 4; time++) expect(await engine.send({ body: signed() })).toMatchObject({ status: 200 })
  expect(b.requestsFor()).toHaveLength(3)
  for (const node of [a, b]) for (const { body } of node.requestsFor()) expect(body).toEqual(signed())
})

test('another 400 is not taken for one about a signature', async () => {
  const a = await startNode('a', apiError(400, 'the word signature in a thinking request'))
  const b = await startNode('b')
  const engine = await startEngineOver([a, b])
  await engine.send({ body: signed() })
  expect(a.requestsFor()).toHaveLength(1)
  expect(b.requestsFor()[0]?.body).toEqual(signed())
})
