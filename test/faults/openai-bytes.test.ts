// Byte for byte, for both OpenAI protocols: what the node sent is what the client gets, however it was cut, on streams as the
// real APIs write them; pings of ours between; the paths, keys and sessions of their tools.
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../src/engine/protocols/openai-responses.ts'
import { createEventTap } from '../../src/engine/streaming/event-tap.ts'
import { EVENT_STREAM_HEADERS } from '../harness/answer-frames.ts'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { eventsIn, golden, goldenAnswer } from '../harness/golden.ts'
import { manualStep } from '../harness/manual-step.ts'
import { plannedBytes, type Step } from '../harness/plan.ts'
import { sha256 } from '../harness/recorded-request.ts'
import { awkwardOffsets, gzipped, splitChunks } from '../harness/step-wrappers.ts'
import { ok, status } from '../harness/steps.ts'
import { type OpenAiProtocol, openAiProtocols, openAiRequest, SESSION, startOpenAi } from './openai-scene.ts'
import { startEngineOver, startNode } from './scene.ts'

const SECOND = 1000

const streams: Readonly<Record<OpenAiProtocol, readonly string[]>> = {
  'openai-responses': ['text.sse', 'tool-call.sse', 'incomplete.sse', 'too-long.sse'],
  'openai-chat': ['text.sse', 'tool-call.sse', 'reasoning.sse', 'no-usage.sse'],
}
const files = openAiProtocols.flatMap((protocol) =>
  [...streams[protocol], 'whole.json'].map((file) => ({ protocol, file, stream: file.endsWith('.sse') })),
)

/** The same with the line ends of hosts that write CR LF. */
function withCrLf(step: Step): Step {
  return {
    kind: `${step.kind}, CR LF`,
    plan: (ask) =>
      step
        .plan(ask)
        .map((part) =>
          part.act === 'write'
            ? { act: 'write', bytes: Buffer.from(part.bytes.toString().replaceAll('\n', '\r\n')) }
            : part,
        ),
  }
}

describe.each(files)('$protocol $file', ({ protocol, file, stream }) => {
  const plain = goldenAnswer(protocol, file)
  const { path, body } = openAiRequest(protocol, stream)

  async function expectSame(steps: readonly Step[]): Promise<void> {
    const { a, b, engine } = await startOpenAi(protocol, steps)
    for (const step of steps) {
      const answer = await engine.send({ path, body })
      const request = a.requestsFor().at(-1)
      if (request === undefined) throw new Error('A was not asked')
      expect(answer).toMatchObject({ status: 200, ended: 'complete' })
      expect(answer.bodySha256).toBe(request.sentSha256())
      expect(answer.bodySha256).toBe(sha256(plannedBytes(step, a.askOf(request))))
    }
    await engine.recorded(steps.length)
    expect(engine.exchanges.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'success'))
    expect(new Set(engine.exchanges.map(({ usage }) => JSON.stringify(usage))).size).toBe(1)
    expect([a.requestsFor().length, b.requests.length]).toEqual([steps.length, 0])
    engine.expectQuiet()
  }

  test('cut at random arrives as it was sent, 32 times, metered the same', async () => {
    await expectSame(
      Array.from({ length: 32 }, (_, seed) =>
        splitChunks(seed % 2 === 0 ? plain : withCrLf(plain), { seed, pieces: 2 + seed * 3 }),
      ),
    )
  })

  test('cut inside every character and line end, and at every byte, arrives as it was sent', async () => {
    const step = withCrLf(plain)
    const bytes = plannedBytes(step, { name: 'a', number: 1, model: 'm', stream })
    await expectSame([splitChunks(step, awkwardOffsets(bytes)), splitChunks(step, [...bytes.subarray(0, 3000).keys()])])
  })

  test('compressed all the same arrives as it was sent, metered the same', async () => {
    await expectSame([plain, gzipped(plain), splitChunks(gzipped(plain), { seed: 7, pieces: 9 })])
  })
})

describe.each(openAiProtocols)('%s: what a node gets', (protocol) => {
  const { path, body, upstreamPath } = openAiRequest(protocol, true)

  test('is the path behind its own version, whatever that is called', async () => {
    const node = await startNode('a')
    const engine = await startEngineOver([{ name: 'a', url: `${node.url}/api/paas/v4`, protocol }])
    expect(await engine.send({ path, body })).toMatchObject({ status: 200 })
    expect(node.requestsFor().map(({ target }) => target)).toEqual([upstreamPath.replace('/v1', '/api/paas/v4')])
  })

  test.each<[name: string, headers: Readonly<Record<string, string>>]>([
    ['as a bearer', { authorization: `Bearer ${CLIENT_TOKEN}` }],
    ['in `api-key`', { 'api-key': CLIENT_TOKEN, authorization: '' }],
  ])('is its own key and not the client’s, which came %s', async (_name, headers) => {
    const { a, engine } = await startOpenAi(protocol, [ok()])
    expect(await engine.send({ path, body, headers })).toMatchObject({ status: 200 })
    const [request] = a.requestsFor()
    expect(request?.header('authorization')).toBe('Bearer key-of-a-0000')
    expect(request?.header('api-key')).toBeNull()
    expect(request?.rawHeaders.join('\n')).not.toContain(CLIENT_TOKEN)
  })

  test('is the model as the node calls it, and every other byte as it came', async () => {
    const node = await startNode('a')
    const modelMap = [{ from: 'gpt-5', to: 'glm-4.6' }]
    const engine = await startEngineOver([{ name: 'a', url: `${node.url}/v1`, protocol, modelMap }])
    expect(await engine.send({ path, body })).toMatchObject({ status: 200 })
    expect(node.requestsFor()[0]?.body.toString()).toBe(body.toString().replace('"gpt-5"', '"glm-4.6"'))
  })

  test.each<[header: string, session: string]>([
    ['session-id', 'codex-today'],
    ['session_id', 'codex-before'],
    ['x-session-id', 'opencode'],
  ])('the header %s names the session before the body does', async (header, session) => {
    const { a, engine } = await startOpenAi(protocol, [ok()])
    await engine.send({ path, body, headers: { [header]: session } })
    await engine.send({ path, body })
    expect((await engine.recorded(2)).sessionId).toBe(SESSION)
    expect(engine.exchanges[0]?.sessionId).toBe(session)
    expect(a.requestsFor()[0]?.header(header)).toBe(session)
  })
})

describe.each(openAiProtocols)('%s: silence', (protocol) => {
  const { path, body } = openAiRequest(protocol, true)

  async function startLive() {
    const live = manualStep()
    const scene = await startOpenAi(protocol, [live])
    const client = scene.engine.stream({ path, body })
    await scene.a.requestCount(1)
    const events = eventsIn(golden(protocol, 'tool-call.sse'))
    const text = (from: number, to?: number) => Buffer.concat(events.slice(from, to))
    live.head(200, EVENT_STREAM_HEADERS)
    /** The first content is the seventh event of Responses, the first of Chat. */
    const begun = protocol === 'openai-responses' ? 7 : 1
    live.write(text(0, begun))
    await client.head()
    await client.contains(text(0, begun).toString())
    return { ...scene, live, client, begun: text(0, begun), rest: text(begun) }
  }

  test('behind content is filled with comments of ours every 12 s, which the reader of a client drops', async () => {
    const { engine, live, client, begun, rest } = await startLive()
    for (let pings = 1; pings <= 3; pings++) {
      await engine.clock.advance(12 * SECOND)
      await client.contains(': ping\n\n'.repeat(pings))
    }
    live.write(rest)
    live.end()
    const answer = await client.finished
    expect(answer.ended).toBe('complete')
    expect(answer.text).toBe(begun.toString() + ': ping\n\n'.repeat(3) + rest.toString())
    engine.expectQuiet()
  })

  test('of a node that sends comments is borne for 600 s, not longer', async () => {
    const { engine, live, client } = await startLive()
    for (let minutes = 1; minutes <= 9; minutes++) {
      await engine.clock.advance(60 * SECOND)
      live.write(`: still here ${minutes}\n\n`)
      await client.contains(`: still here ${minutes}\n\n`)
    }
    await engine.clock.advance(59 * SECOND)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(SECOND)
    expect((await client.finished).ended).toBe('broken')
    const record = await engine.recorded()
    expect(record.attempts[0]).toMatchObject({ outcome: 'truncated', message: 'it fell silent' })
    engine.expectQuiet()
  })

  test('of a node that sends nothing at all is borne for 240 s', async () => {
    const { engine, client } = await startLive()
    await engine.clock.advance(239 * SECOND)
    expect(engine.exchanges).toHaveLength(0)
    await engine.clock.advance(SECOND)
    expect((await client.finished).ended).toBe('broken')
  })

  test('before content, with comments by the hundred, commits nothing: the next node answers', async () => {
    const live = manualStep()
    const { a, b, engine } = await startOpenAi(protocol, [live])
    const client = engine.stream({ path, body })
    await a.requestCount(1)
    live.head(200, EVENT_STREAM_HEADERS)
    live.write(': PROCESSING\n\n'.repeat(200))
    await engine.clock.timerStarted((delayMs) => delayMs === 60 * SECOND)
    await engine.clock.advance(60 * SECOND)
    const answer = await client.finished
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).not.toContain('PROCESSING')
    expect(b.requestsFor()).toHaveLength(1)
    expect((await engine.recorded()).attempts[0]).toMatchObject({ outcome: 'slow' })
  })
})

test('a comment counts as no event and as life', () => {
  const tap = createEventTap(openAiResponses.createStreamReader(), null)
  expect(tap.push(Buffer.from(': a\n: b\n\ndata: {"type":"keepalive"}\n\n'))).toEqual([
    { kind: 'comment' },
    { kind: 'comment' },
    { kind: 'ping' },
  ])
})

describe('what is served beside answers', () => {
  const openAiNodes = async () => {
    const node = await startNode('a')
    const shared = { url: `${node.url}/v1` }
    const engine = await startEngineOver([
      { name: 'a', ...shared, protocol: 'openai-responses', models: ['gpt-5', 'gpt-*'] },
      {
        name: 'c',
        ...shared,
        protocol: 'openai-chat',
        models: ['glm-4.6'],
        modelMap: [{ from: 'fast', to: 'glm-4.6-air' }],
      },
      { name: 'm', url: node.url, protocol: 'anthropic', models: ['claude-opus-5-5'] },
    ])
    return { node, engine }
  }
  const idsIn = (text: string): readonly string[] =>
    (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id) // Checked by what is expected of it.

  test('a list of models names those of both OpenAI protocols to an OpenAI client, and Anthropic’s to an Anthropic client', async () => {
    const { node, engine } = await openAiNodes()
    const openAi = await engine.send({ method: 'GET', path: '/v1/models?client_version=0.169.0' })
    expect(openAi.status).toBe(200)
    expect(idsIn(openAi.text)).toEqual(['fast', 'glm-4.6', 'gpt-5'])
    expect(JSON.parse(openAi.text)).toMatchObject({ object: 'list' })
    const anthropic = await engine.send({
      method: 'GET',
      path: '/v1/models',
      headers: { 'anthropic-version': '2023-06-01' },
    })
    expect(idsIn(anthropic.text)).toEqual(['claude-opus-5-5'])
    expect(node.requests).toEqual([])
  })

  test('a compaction goes to a node like any answer, and moves when it fails', async () => {
    const { a, b, engine } = await startOpenAi('openai-responses', [ok()])
    a.scriptFor('other', status(500))
    b.scriptFor('other', goldenAnswer('openai-responses', 'compaction.json'))
    const body = Buffer.from('{"model":"gpt-5","input":[],"instructions":"x"}')
    const answer = await engine.send({ path: '/v1/responses/compact', body })
    expect(answer.body).toEqual(golden('openai-responses', 'compaction.json'))
    expect(b.requestsFor('other').map(({ target }) => target)).toEqual(['/v1/responses/compact'])
    expect(await engine.recorded()).toMatchObject({ operation: 'compact', usage: { input: 139, output: 438 } })
  })

  test('tokens are counted by a node, or here where it cannot', async () => {
    const { a, engine } = await startOpenAi('openai-responses', [ok()])
    const body = Buffer.from(`{"model":"gpt-5","input":"${'word '.repeat(70)}"}`)
    const count = async () =>
      JSON.parse((await engine.send({ path: '/v1/responses/input_tokens', body })).text) as unknown
    a.scriptFor('other', goldenAnswer('openai-responses', 'input-tokens.json'))
    expect(await count()).toEqual({ object: 'response.input_tokens', input_tokens: 11 })
    a.scriptFor('other', status(404))
    expect(await count()).toEqual({ object: 'response.input_tokens', input_tokens: Math.ceil(body.length / 3.5) })
    expect(a.requestsFor('other').map(({ target }) => target)).toEqual([
      '/v1/responses/input_tokens',
      '/v1/responses/input_tokens',
    ])
  })

  test('a request without a key is told where to put one, in the envelope of its protocol', async () => {
    const { engine } = await openAiNodes()
    const headers = { authorization: '' }
    const answer = await engine.send({ path: '/v1/responses', body: { model: 'gpt-5' }, headers })
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([401, 'false'])
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        message: expect.stringContaining('OPENAI_API_KEY'),
        type: 'authentication_error',
        param: null,
        code: 'invalid_api_key',
      },
    })
  })
})
