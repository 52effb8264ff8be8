// The commit point: what lets the client's headers leave, and what happens to a failure before and after (policies §2).
import { describe, expect, test } from 'vitest'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { pingEvent, type SseEvent, sseBytes } from '../harness/anthropic-message.ts'
import type { StreamingAnswer } from '../harness/http-client.ts'
import { type ManualStep, manualStep } from '../harness/manual-step.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { ok } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const PING = 'event: ping\ndata: {"type": "ping"}\n\n'

const messageStart: SseEvent = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    usage: { input_tokens: 3, output_tokens: 1 },
  },
}
const start = (content_block: object, index = 0): SseEvent => ({ type: 'content_block_start', index, content_block })
const delta = (change: object, index = 0): SseEvent => ({ type: 'content_block_delta', index, delta: change })
const stop = (index = 0): SseEvent => ({ type: 'content_block_stop', index })
const openText = start({ type: 'text', text: '' })
const openThinking = start({ type: 'thinking', thinking: '', signature: '' })
const text = (words: string) => delta({ type: 'text_delta', text: words })
const signature = delta({ type: 'signature_delta', signature: 'c2ln' })
const messageDelta: SseEvent = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 7 },
}
const messageStop: SseEvent = { type: 'message_stop' }
const error: SseEvent = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }

type Live = {
  readonly a: ScriptedUpstream
  readonly b: ScriptedUpstream
  readonly engine: FaultEngine
  readonly live: ManualStep
  readonly client: StreamingAnswer
  readonly headSeen: () => boolean
  /** What A has sent so far. */
  readonly sent: () => Buffer
  readonly say: (...events: readonly SseEvent[]) => void
}

/** A streams what the test says; B is healthy and must not be asked. */
async function startLive(settings: Partial<Settings> = {}, body = messagesBody({ stream: true })): Promise<Live> {
  const live = manualStep()
  const a = await startNode('a', live, ok())
  const b = await startNode('b')
  const engine = await startEngineOver([a, b], { settings })
  const client = engine.stream({ body })
  await a.requestCount(1)
  live.head()
  const sent: Buffer[] = []
  let headSeen = false
  const seen = () => {
    headSeen = true
  }
  client.head().then(seen, () => undefined)
  return {
    a,
    b,
    engine,
    live,
    client,
    headSeen: () => headSeen,
    sent: () => Buffer.concat(sent),
    say: (...events) => {
      for (const event of events) {
        sent.push(sseBytes(event))
        live.event(event)
      }
    },
  }
}

/** Until A's last event has arrived in the engine; asked of the tap's own effect, time stands still. */
async function letArrive({ a, engine, sent }: Live): Promise<void> {
  const [request] = a.requestsFor()
  while ((request?.sentBytes() ?? 0) < sent().length) await engine.clock.advance(0)
  // Into the engine, and what it makes of it out to the client.
  for (let hop = 0; hop < 4; hop++) await engine.clock.advance(0)
}

async function expectNoHead(scene: Live): Promise<void> {
  await letArrive(scene)
  expect(scene.headSeen()).toBe(false)
  expect(scene.client.received()).toHaveLength(0)
}

async function expectTruncated(scene: Live, message: RegExp): Promise<void> {
  const { a, b, engine, client, sent } = scene
  const answer = await client.finished
  expect(answer).toMatchObject({ status: 200, ended: 'broken' })
  expect(answer.text).not.toContain('event: error')
  expect(sent().subarray(0, answer.body.length).equals(answer.body)).toBe(true)
  const record = await engine.recorded()
  expect(record).toMatchObject({ outcome: 'truncated', status: 200, nodeName: 'a', responseBytes: answer.body.length })
  expect(record.attempts).toEqual([expect.objectContaining({ outcome: 'truncated', status: 200 })])
  expect(record.attempts[0]?.message).toMatch(message)
  expect(engine.nodeNow('a').breaker).toMatchObject({ consecutiveFailures: 1, failureRatio: 1 })
  expect([a, b].map((node) => node.requestsFor().length)).toEqual([1, 0])
  expect(engine.decisions).toEqual([])
  engine.expectQuiet()
}

describe('the headers leave with the first content', () => {
  const empty = { type: 'text', text: '' }
  test.each<[name: string, before: readonly SseEvent[], content: SseEvent]>([
    ['a text delta', [openText], text('hi')],
    ['an empty text delta', [openText], text('')],
    ['a thinking delta', [openThinking], delta({ type: 'thinking_delta', thinking: 'hm' })],
    ['a signature delta', [openThinking], signature],
    ['a citation delta', [openText], delta({ type: 'citations_delta', citation: {} })],
    ['a json delta', [openText], delta({ type: 'input_json_delta', partial_json: '' })],
    ['the start of a tool call', [], start({ type: 'tool_use', id: 't', name: 'n', input: {} })],
    ['the start of a server tool call', [], start({ type: 'server_tool_use', id: 't', name: 'n', input: {} })],
    ['the start of redacted thinking', [], start({ type: 'redacted_thinking', data: 'x' })],
    ['the start of a text block with text', [], start({ ...empty, text: 'hi' })],
    ['the start of a block nobody knows', [], start({ type: 'new_kind' })],
    ['message_delta', [], messageDelta],
  ])('%s', async (_, before, content) => {
    const scene = await startLive()
    scene.say(messageStart, pingEvent, ...before)
    await letArrive(scene)
    await expectNoHead(scene)
    scene.say(content)
    await scene.client.contains(sseBytes(content).toString())
    expect(scene.client.received()).toEqual(scene.sent())
    scene.live.reset()
    await scene.client.finished
    expect(scene.b.requestsFor()).toHaveLength(0)
    const record = await scene.engine.recorded()
    expect(record.attempts).toHaveLength(1)
    expect(record.firstContentMs).not.toBeNull()
  })
})

describe('without content', () => {
  test.each([
    ['text', openText],
    ['thinking', openThinking],
  ])('an empty %s block commits 10 s after it opened, not before', async (_, opened) => {
    const scene = await startLive()
    scene.say(messageStart)
    await letArrive(scene)
    await scene.engine.clock.advance(20 * SECOND)
    scene.say(opened)
    await letArrive(scene)
    await scene.engine.clock.advance(10 * SECOND - 1)
    await expectNoHead(scene)
    await scene.engine.clock.advance(1)
    await scene.client.contains('content_block_start')
    expect(scene.client.received()).toEqual(scene.sent())
    scene.live.reset()
    await expectTruncated(scene, /^the connection broke in the middle of the answer/)
  })

  test('a failure inside a block that is younger than 10 s moves to the next node', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText)
    await letArrive(scene)
    await scene.engine.clock.advance(9 * SECOND)
    scene.live.reset()
    const answer = await scene.client.finished
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).toContain('msg_b_1')
    expect(answer.text).not.toContain('msg_1"')
    const record = await scene.engine.recorded()
    expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['a', 'network'],
      ['b', 'success'],
    ])
    scene.engine.expectQuiet()
  })

  test('an error that comes in one piece with the content before it still moves to the next node', async () => {
    const scene = await startLive()
    scene.live.write(Buffer.concat([messageStart, openText, text('Hello'), error].map((event) => sseBytes(event))))
    const answer = await scene.client.finished
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).toContain('msg_b_1')
    expect(answer.text).not.toContain('Hello')
    expect((await scene.engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['overload', 'success'])
    scene.engine.expectQuiet()
  })

  test('63 events are held, the 64th commits', async () => {
    const scene = await startLive()
    scene.say(messageStart, ...Array.from({ length: 62 }, () => pingEvent))
    await letArrive(scene)
    await expectNoHead(scene)
    scene.say(pingEvent)
    await scene.client.head()
    scene.live.reset()
    await expectTruncated(scene, /^the connection broke in the middle of the answer/)
  })

  test('1 MiB less one byte is held, the next byte commits', async () => {
    const scene = await startLive()
    const envelope = sseBytes({ type: 'new_preamble', filler: '' }).length
    scene.say({ type: 'new_preamble', filler: 'x'.repeat(1024 * 1024 - 1 - envelope) })
    await letArrive(scene)
    expect(scene.sent()).toHaveLength(1024 * 1024 - 1)
    await expectNoHead(scene)
    scene.live.write('\n')
    await scene.client.head()
    scene.live.reset()
    const answer = await scene.client.finished
    expect(answer).toMatchObject({ status: 200, ended: 'broken' })
    expect(scene.b.requestsFor()).toHaveLength(0)
  })
})

describe('after the commit nothing is retried:', () => {
  const committed = async (): Promise<Live> => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('Hello '))
    await scene.client.contains('Hello ')
    return scene
  }

  test('a reset breaks the client off behind the relayed bytes', async () => {
    const scene = await committed()
    scene.live.reset()
    await expectTruncated(scene, /^the connection broke in the middle of the answer \(/)
    expect((await scene.client.finished).body).toEqual(scene.sent())
  })

  test('a close without the last chunk breaks the client off', async () => {
    const scene = await committed()
    scene.live.fin()
    await expectTruncated(scene, /^the connection broke in the middle of the answer \(/)
    expect((await scene.client.finished).body).toEqual(scene.sent())
  })

  test('a clean end without message_stop is broken off, not ended', async () => {
    const scene = await committed()
    scene.live.end()
    await expectTruncated(scene, /^answered 200 and ended before its final event$/)
    expect((await scene.client.finished).body).toEqual(scene.sent())
  })

  test('an error event of the node is not relayed', async () => {
    const scene = await committed()
    const before = scene.sent()
    scene.live.event(error)
    await expectTruncated(scene, /^answered 200 with the error overloaded_error: Overloaded$/)
    expect((await scene.client.finished).body).toEqual(before)
    await scene.a.clientGone(await scene.a.nextRequest())
  })

  test('bytes that were on their way when it broke are relayed or missing at the end, never in the middle', async () => {
    const scene = await committed()
    scene.say(...Array.from({ length: 200 }, (_, at) => text(`word ${at} `)))
    scene.live.reset()
    await expectTruncated(scene, /^the connection broke in the middle of the answer/)
  })

  test.each<[name: string, cut: (live: ManualStep) => void, ended: string]>([
    ['a reset', (live) => live.reset(), 'broken'],
    ['a clean end', (live) => live.end(), 'complete'],
  ])('after message_delta %s leaves a complete answer', async (_, cut, ended) => {
    const scene = await committed()
    scene.say(stop(), messageDelta)
    await scene.client.contains('message_delta')
    cut(scene.live)
    const answer = await scene.client.finished
    expect(answer).toMatchObject({ status: 200, ended })
    expect(answer.body).toEqual(scene.sent())
    const record = await scene.engine.recorded()
    expect(record).toMatchObject({ outcome: 'success', usage: { input: 3, output: 7, estimated: false } })
    expect(record.attempts).toEqual([expect.objectContaining({ outcome: 'success', message: null })])
    expect(scene.engine.nodeNow('a').breaker.consecutiveFailures).toBe(0)
    scene.engine.expectQuiet()
  })

  test('a node that keeps its connection open behind message_stop does not keep a place for longer than the silence', async () => {
    const scene = await committed()
    scene.say(stop(), messageDelta, messageStop)
    await scene.client.contains('message_stop')
    await scene.engine.clock.advance(240 * SECOND)
    const answer = await scene.client.finished
    expect(answer.ended).toBe('complete')
    expect(answer.body.subarray(0, scene.sent().length)).toEqual(scene.sent())
    expect((await scene.engine.recorded()).outcome).toBe('success')
    scene.engine.expectQuiet()
  })
})

describe("the session's next request", () => {
  const inHeader = (session: string) => ({
    headers: { 'x-claude-code-session-id': session },
    body: messagesBody({ stream: true }),
  })
  const inBody = (session: string) => ({ body: messagesBody({ stream: true, sessionId: session }) })

  async function truncateOne(
    request: object,
  ): Promise<{ a: ScriptedUpstream; b: ScriptedUpstream; engine: FaultEngine }> {
    const live = manualStep()
    const a = await startNode('a', live, ok())
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const client = engine.stream(request)
    live.head()
    live.event(messageStart)
    live.event(openText)
    live.event(text('Hello'))
    await client.contains('Hello')
    live.reset()
    expect((await client.finished).ended).toBe('broken')
    expect((await engine.recorded()).outcome).toBe('truncated')
    return { a, b, engine }
  }

  test.each([
    ['the header', inHeader],
    ['metadata.user_id', inBody],
  ])('goes to another node first, as known from %s', async (_, request) => {
    const { a, b, engine } = await truncateOne(request('s-1'))
    await engine.clock.advance(5 * MINUTE - 1)
    expect(await engine.send(request('s-1'))).toMatchObject({ status: 200, ended: 'complete' })
    const record = await engine.recorded(2)
    expect(record.sessionId).toBe('s-1')
    expect(record.attempts.map(({ nodeName, reason }) => [nodeName, reason])).toEqual([
      ['b', "another failed this session's last request"],
    ])
    expect([a, b].map((node) => node.requestsFor().length)).toEqual([1, 1])
  })

  test('goes back in order after 5 min', async () => {
    const { engine } = await truncateOne(inHeader('s-1'))
    await engine.clock.advance(5 * MINUTE)
    await engine.send(inHeader('s-1'))
    expect((await engine.recorded(2)).nodeName).toBe('a')
  })

  test('of another session is not touched by it', async () => {
    const { engine } = await truncateOne(inHeader('s-1'))
    await engine.send(inHeader('s-2'))
    expect((await engine.recorded(2)).nodeName).toBe('a')
  })

  test('goes to the node that failed all the same when the other one fails', async () => {
    const { b, engine } = await truncateOne(inHeader('s-1'))
    await b.kill()
    expect(await engine.send(inHeader('s-1'))).toMatchObject({ status: 200, ended: 'complete' })
    const record = await engine.recorded(2)
    expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['b', 'network'],
      ['a', 'success'],
    ])
  })
})

describe('silence', () => {
  test('a minute of hidden thinking passes, with pings of ours every 12 s, and without a second attempt', async () => {
    const scene = await startLive()
    scene.say(messageStart, openThinking)
    await letArrive(scene)
    await scene.engine.clock.advance(10 * SECOND)
    await scene.client.contains('content_block_start')
    const quiet = scene.sent().length
    for (let pings = 1; pings <= 4; pings++) {
      await scene.engine.clock.advance(12 * SECOND - 1)
      expect(scene.client.received().subarray(quiet).toString()).toBe(PING.repeat(pings - 1))
      await scene.engine.clock.advance(1)
      await scene.client.contains(PING.repeat(pings))
    }
    scene.say(signature, stop(), start({ type: 'text', text: '' }, 1), delta({ type: 'text_delta', text: 'done' }, 1))
    scene.say(stop(1), messageDelta, messageStop)
    scene.live.end()
    const answer = await scene.client.finished
    expect(answer.ended).toBe('complete')
    expect(answer.text.replace(PING.repeat(4), '')).toBe(scene.sent().toString())
    const record = await scene.engine.recorded()
    expect(record).toMatchObject({ outcome: 'success', responseBytes: scene.sent().length })
    expect(record.attempts).toHaveLength(1)
    expect([scene.a, scene.b].map((node) => node.requestsFor().length)).toEqual([1, 0])
    scene.engine.expectQuiet()
  })

  test('no ping of ours goes inside an event of the node', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('Hello'))
    await scene.client.contains('Hello')
    const next = sseBytes(text('world'))
    for (const cut of [3, 25, next.length - 1]) {
      scene.live.write(next.subarray(0, cut))
      await scene.client.contains(scene.sent().toString() + next.subarray(0, cut).toString())
      await scene.engine.clock.advance(60 * SECOND)
      expect(scene.client.received().toString()).not.toContain(PING)
      scene.live.write(next.subarray(cut))
      await scene.client.contains(scene.sent().toString() + next.toString())
      break
    }
    await scene.engine.clock.advance(24 * SECOND)
    await scene.client.contains(PING)
    scene.live.reset()
    await scene.client.finished
  })

  test('240 s of it break the stream', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('Hello'))
    await scene.client.contains('Hello')
    await scene.engine.clock.advance(240 * SECOND - 1)
    expect(scene.engine.exchanges).toHaveLength(0)
    await scene.engine.clock.advance(1)
    const answer = await scene.client.finished
    expect(answer.ended).toBe('broken')
    expect(answer.text.replaceAll(PING, '')).toBe(scene.sent().toString())
    const record = await scene.engine.recorded()
    expect(record).toMatchObject({ outcome: 'truncated', responseBytes: scene.sent().length })
    expect(record.attempts[0]).toMatchObject({ outcome: 'truncated', message: 'it fell silent' })
    await scene.a.clientGone(await scene.a.nextRequest())
    expect(scene.b.requestsFor()).toHaveLength(0)
    scene.engine.expectQuiet()
  })

  test('each event starts the 240 s again', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('one'))
    await scene.client.contains('one')
    await scene.engine.clock.advance(200 * SECOND)
    scene.say(text('two'))
    await scene.client.contains('two')
    await scene.engine.clock.advance(240 * SECOND - 1)
    expect(scene.engine.exchanges).toHaveLength(0)
    await scene.engine.clock.advance(1)
    expect((await scene.client.finished).ended).toBe('broken')
  })

  test('an open thinking block may be silent for 600 s', async () => {
    const scene = await startLive()
    scene.say(messageStart, openThinking, delta({ type: 'thinking_delta', thinking: 'hm' }))
    await scene.client.contains('thinking_delta')
    await scene.engine.clock.advance(600 * SECOND - 1)
    expect(scene.engine.exchanges).toHaveLength(0)
    await scene.engine.clock.advance(1)
    expect((await scene.client.finished).ended).toBe('broken')
    expect((await scene.engine.recorded()).outcome).toBe('truncated')
    scene.engine.expectQuiet()
  })

  test('a closed thinking block may not', async () => {
    const scene = await startLive()
    scene.say(messageStart, openThinking, signature, stop())
    await scene.client.contains('content_block_stop')
    await scene.engine.clock.advance(240 * SECOND)
    expect((await scene.client.finished).ended).toBe('broken')
  })

  test('a node whose own pings go on may be silent for 600 s, not longer', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('Hello'))
    await scene.client.contains('Hello')
    for (let pings = 1; pings <= 5; pings++) {
      await scene.engine.clock.advance(100 * SECOND)
      scene.say(pingEvent)
      await letArrive(scene)
    }
    await scene.engine.clock.advance(100 * SECOND - 1)
    expect(scene.engine.exchanges).toHaveLength(0)
    await scene.engine.clock.advance(1)
    expect((await scene.client.finished).ended).toBe('broken')
    expect((await scene.engine.recorded()).attempts[0]).toMatchObject({ message: 'it fell silent' })
    scene.engine.expectQuiet()
  })
  test('pings that stopped are no life any more', async () => {
    const scene = await startLive()
    scene.say(messageStart, openText, text('Hello'))
    await scene.client.contains('Hello')
    await scene.engine.clock.advance(100 * SECOND)
    scene.say(pingEvent)
    await letArrive(scene)
    await scene.engine.clock.advance(240 * SECOND - 1)
    expect(scene.engine.exchanges).toHaveLength(0)
    await scene.engine.clock.advance(1)
    expect((await scene.client.finished).ended).toBe('broken')
  })
})
