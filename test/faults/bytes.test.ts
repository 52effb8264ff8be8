// Byte for byte: what the node sent is what the client gets, what the client sent is what the node gets, however it was cut.
import { brotliCompressSync, constants, createGzip, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { EVENT_STREAM_HEADERS, JSON_HEADERS } from '../harness/answer-frames.ts'
import { sseBytes } from '../harness/anthropic-message.ts'
import type { RequestOptions } from '../harness/http-client.ts'
import { manualStep } from '../harness/manual-step.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { createGate, plannedBytes, type Step } from '../harness/plan.ts'
import { sha256 } from '../harness/recorded-request.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { awkwardOffsets, gzipped, splitChunks } from '../harness/step-wrappers.ts'
import { cutAfterEvents, ok } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const MIB = 1024 * 1024
const streaming = messagesBody({ stream: true })
const whole = messagesBody()
const modes = [
  ['stream', streaming],
  ['whole', whole],
] as const
/** Two-, three- and four-byte characters, a combining one, and what looks like an event. */
const text = 'é 漢字 🙂 e\u0301 👩‍👩‍👧 \u2028 data: event: ping \\n\\n "quoted" 余额不足 '

async function startOne(...steps: readonly Step[]): Promise<{ node: ScriptedUpstream; engine: FaultEngine }> {
  const node = await startNode('a', ...steps)
  return { node, engine: await startEngineOver([node]) }
}

/** One request; the client's bytes by hash against what the node wrote and what it had planned. */
async function expectSameBytes(
  { node, engine }: { node: ScriptedUpstream; engine: FaultEngine },
  step: Step,
  body: Buffer,
): Promise<void> {
  const answer = await engine.send({ body })
  const request = node.requestsFor().at(-1)
  if (request === undefined) throw new Error('the node was not asked')
  expect(answer).toMatchObject({ status: 200, ended: 'complete' })
  expect(answer.bodySha256).toBe(request.sentSha256())
  expect(answer.bodySha256).toBe(sha256(plannedBytes(step, node.askOf(request))))
}

describe('an answer in pieces', () => {
  const variants = (['\n', '\r\n'] as const).flatMap((newline) =>
    modes.map(([mode, body]) => ({ newline, ends: JSON.stringify(newline), mode, body })),
  )

  test.each(variants)('cut at random arrives as it was sent, 64 times, $mode with $ends', async ({ newline, body }) => {
    const steps = Array.from({ length: 64 }, (_, seed) =>
      splitChunks(ok({ text: text.repeat(1 + (seed % 3)), newline }), { seed, pieces: 2 + seed }),
    )
    const one = await startOne(...steps)
    for (const step of steps) await expectSameBytes(one, step, body)
    expect((await one.engine.recorded(64)).attempts).toHaveLength(1)
    expect(one.node.requestsFor()).toHaveLength(64)
    expect(
      one.engine.exchanges.every(({ outcome, usage }) => outcome === 'success' && usage?.estimated === false),
    ).toBe(true)
    one.engine.expectQuiet()
  })

  test.each(variants)(
    'cut inside every character and line end arrives as it was sent, $mode with $ends',
    async ({ newline, body }) => {
      const plain = ok({ text, newline })
      const planned = plannedBytes(plain, {
        name: 'a',
        number: 1,
        model: 'claude-opus-5-5',
        stream: body === streaming,
      })
      const offsets = awkwardOffsets(planned)
      expect(offsets.length).toBeGreaterThan(30)
      const step = splitChunks(plain, offsets)
      const one = await startOne(step)
      await expectSameBytes(one, step, body)
    },
  )

  test.each(modes)('of one byte each arrives as it was sent, %s', async (_, body) => {
    const step = splitChunks(
      ok({ text, newline: '\r\n' }),
      Array.from({ length: 4096 }, (__, at) => at),
    )
    const one = await startOne(step)
    await expectSameBytes(one, step, body)
    expect((await one.engine.recorded()).usage).toMatchObject({ input: 12, output: 9, estimated: false })
  })

  test('keeps the order and the case of the node’s headers', async () => {
    const { engine } = await startOne({
      kind: 'own headers',
      plan: (ask) => [
        {
          act: 'head',
          status: 200,
          headers: {
            ...EVENT_STREAM_HEADERS,
            'X-Own': ['one', 'two'],
            'anthropic-ratelimit-unified-status': 'allowed',
          },
        },
        ...ok().plan(ask).slice(1),
      ],
    })
    const answer = await engine.send({ body: streaming })
    const own = answer.rawHeaders.filter((_, at) => answer.rawHeaders[at - (at % 2)] === 'X-Own')
    expect(own).toEqual(['X-Own', 'one', 'X-Own', 'two'])
    expect(answer.headers).toMatchObject({
      'anthropic-ratelimit-unified-status': 'allowed',
      'cache-control': 'no-cache',
    })
  })
})

describe('a compressed answer, though identity was asked for', () => {
  test('the node is asked for identity when streaming, and for what the client accepts otherwise', async () => {
    const { node, engine } = await startOne()
    for (const [, body] of modes) await engine.send({ body, headers: { 'accept-encoding': 'gzip, br' } })
    expect(node.requestsFor().map((request) => request.header('accept-encoding'))).toEqual(['identity', 'gzip, br'])
  })

  const codings: readonly (readonly [string, (plain: Buffer) => Buffer])[] = [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ]
  const cases = codings.flatMap(([coding, compress]) => modes.map(([mode, body]) => ({ coding, compress, mode, body })))
  test.each(cases)('in $coding is relayed as it is, metered, $mode', async ({ coding, compress, body }) => {
    const step: Step = {
      kind: coding,
      plan: (ask) => [
        {
          act: 'head',
          status: 200,
          headers: { ...(ask.stream ? EVENT_STREAM_HEADERS : JSON_HEADERS), 'content-encoding': coding },
        },
        { act: 'write', bytes: compress(plannedBytes(ok({ text }), ask)) },
        { act: 'end' },
      ],
    }
    const one = await startOne(step)
    await expectSameBytes(one, step, body)
    const record = await one.engine.recorded()
    expect(record).toMatchObject({ outcome: 'success', usage: { input: 12, output: 9, estimated: false } })
    one.engine.expectQuiet()
  })

  test('cut at random is relayed as it is, and says so in its header', async () => {
    const steps = Array.from({ length: 16 }, (_, seed) => splitChunks(gzipped(ok({ text })), { seed, pieces: 8 }))
    const one = await startOne(...steps)
    for (const step of steps) await expectSameBytes(one, step, streaming)
    const answer = await one.engine.send({ body: streaming })
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(answer.body).toString()).toContain('message_stop')
  })

  test('gets no pings of ours, and its commit, meter and end work as ever', async () => {
    const live = manualStep()
    const a = await startNode('a', live)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const client = engine.stream({ body: streaming })
    await a.requestCount(1)
    const gzip = createGzip()
    const pack = async (plain: Buffer): Promise<Buffer> => {
      gzip.write(plain)
      await new Promise<void>((resolve) => {
        gzip.flush(constants.Z_SYNC_FLUSH, resolve)
      })
      const packed: unknown = gzip.read()
      return Buffer.isBuffer(packed) ? packed : Buffer.alloc(0)
    }
    const frames = plannedBytes(ok({ text: 'Hello there' }), { name: 'a', number: 1, model: 'm', stream: true })
    const cut = frames.indexOf('event: content_block_stop')
    live.head(200, { ...EVENT_STREAM_HEADERS, 'content-encoding': 'gzip' })
    const first = await pack(frames.subarray(0, cut))
    live.write(first)
    await client.head()
    while (client.received().length < first.length) await engine.clock.advance(0)
    await engine.clock.advance(60 * SECOND)
    expect(client.received()).toEqual(first)
    const rest = await pack(frames.subarray(cut))
    live.write(rest)
    live.end()
    const answer = await client.finished
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.body).toEqual(Buffer.concat([first, rest]))
    expect(await engine.recorded()).toMatchObject({ outcome: 'success', usage: { estimated: false } })
    expect(b.requests).toHaveLength(0)
    engine.expectQuiet()
  })
})

describe('a whole answer that is larger than what is held', () => {
  const large = ok({ text: text.repeat(Math.ceil((9 * MIB) / Buffer.byteLength(text))) })

  test('of 9 MiB arrives as it was sent', async () => {
    const one = await startOne(large)
    await expectSameBytes(one, large, whole)
    const record = await one.engine.recorded()
    expect(record.outcome).toBe('success')
    expect(record.responseBytes).toBeGreaterThan(9 * MIB)
    one.engine.expectQuiet()
  })

  test('that breaks after 8 MiB is broken off for the client too, and not tried again', async () => {
    const gate = createGate()
    const a = await startNode('a', {
      kind: 'cut after 8 MiB',
      plan: (ask) => {
        const bytes = plannedBytes(large, ask)
        return [
          { act: 'head', status: 200, headers: { ...JSON_HEADERS, 'content-length': String(bytes.length) } },
          { act: 'write', bytes: bytes.subarray(0, 8 * MIB + 100_000) },
          { act: 'hold', gate },
          { act: 'reset' },
        ]
      },
    })
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const client = engine.stream({ body: whole })
    await client.head()
    gate.release()
    expect(await client.finished).toMatchObject({ status: 200, ended: 'broken' })
    expect(await engine.recorded()).toMatchObject({ outcome: 'truncated', nodeName: 'a' })
    expect(b.requests).toHaveLength(0)
    engine.expectQuiet()
  })

  test('that breaks before 8 MiB costs the client nothing', async () => {
    const a = await startNode('a', cutAfterEvents(1, { form: 'reset', text: 'x'.repeat(4 * MIB) }))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
  })
})

describe('a request', () => {
  const odd = [
    '{ "stream" : true ,\r\n\t"model":"claude-\\u006fpus-5-5" , "unknown_field":{"deep":[1,2.50,1e3,-0,null]},',
    '"messages":[{"role":"user","content":"\\ud83d\\ude42 é 漢字 \\/ \\u0000"}],',
    '"metadata":{"user_id":"u"}, "max_tokens":1024,"max_tokens":2048, "big":12345678901234567890 }\n\n',
  ].join('\n')

  test.each<[name: string, body: Buffer]>([
    ['with odd spacing, escapes, doubled and unknown fields', Buffer.from(odd)],
    ['with a byte order of fields of its own', Buffer.from('{"messages":[],"model":"m","max_tokens":1}')],
    ['of 5 MiB', messagesBody({ padToBytes: 5 * MIB })],
    [
      'with text that is no UTF-8',
      Buffer.concat([Buffer.from('{"model":"m","messages":[],"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ],
  ])('%s reaches the node as it was sent, also when it is sent again', async (_, body) => {
    const a = await startNode('a', {
      kind: 'status 500',
      plan: () => [{ act: 'head', status: 500, headers: {} }, { act: 'end' }],
    })
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    expect(await engine.send({ body })).toMatchObject({ status: 200, ended: 'complete' })
    for (const node of [a, b]) {
      const [request] = node.requestsFor()
      expect(request?.bodySha256).toBe(sha256(body))
      expect(request?.header('content-length')).toBe(String(body.length))
    }
  })

  test('whose model is mapped has only the bytes of its model changed', async () => {
    const node = await startNode('a')
    const modelMap = [{ from: 'claude-opus-*', to: 'vendor/"großes" model' }]
    const engine = await startEngineOver([{ name: 'a', url: node.url, modelMap }])
    const body = Buffer.from(odd.replace('"unknown_field"', '"nested":{"model":"claude-opus-5-5"},"unknown_field"'))
    expect(await engine.send({ body })).toMatchObject({ status: 200 })
    const [request] = node.requestsFor()
    expect(request?.body.toString()).toBe(
      body.toString().replace('"claude-\\u006fpus-5-5"', JSON.stringify('vendor/"großes" model')),
    )
    expect(request?.header('content-length')).toBe(String(request?.body.length))
    const record = await engine.recorded()
    expect(record).toMatchObject({ model: 'claude-opus-5-5', attempts: [{ model: 'vendor/"großes" model' }] })
  })

  test('is mapped for one node and left alone for the next', async () => {
    const a = await startNode('a', {
      kind: 'status 500',
      plan: () => [{ act: 'head', status: 500, headers: {} }, { act: 'end' }],
    })
    const b = await startNode('b')
    const engine = await startEngineOver([{ name: 'a', url: a.url, modelMap: [{ from: '*', to: 'mapped' }] }, b])
    await engine.send({ body: whole })
    expect(a.requestsFor()[0]?.json).toMatchObject({ model: 'mapped' })
    expect(b.requestsFor()[0]?.body).toEqual(whole)
  })

  test('that came compressed is sent on plain', async () => {
    const { node, engine } = await startOne()
    expect(await engine.send({ body: gzipSync(whole), headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 200,
    })
    const [request] = node.requestsFor()
    expect(request?.body).toEqual(whole)
    expect(request?.header('content-encoding')).toBeNull()
  })
})

describe('credentials and headers of a request', () => {
  const secret = 'sy-test-client-key-0123456789'
  const places: readonly (readonly [string, Partial<RequestOptions>])[] = [
    ['authorization', { headers: { authorization: `Bearer ${secret}` } }],
    ['x-api-key', { headers: { authorization: '', 'x-api-key': secret } }],
    ['x-goog-api-key', { headers: { authorization: '', 'x-goog-api-key': secret } }],
    ['api-key', { headers: { authorization: '', 'api-key': secret } }],
    ['the query', { headers: { authorization: '' }, path: `/v1/messages?beta=true&key=${secret}&x=1` }],
    [
      'every place at once',
      {
        headers: {
          authorization: `Bearer ${secret}`,
          'x-api-key': secret,
          'x-goog-api-key': secret,
          'api-key': secret,
        },
        path: `/v1/messages?%6bey=${secret}&beta=true`,
      },
    ],
  ]
  const cases = places.flatMap(([place, options]) =>
    (['bearer', 'x-api-key', 'x-goog-api-key'] as const).map((auth) => ({ place, options, auth })),
  )
  test.each(cases)(
    "the client's key in $place becomes the node's own as $auth, and stands nowhere else",
    async ({ options, auth }) => {
      const node = await startNode('a')
      const engine = await startEngineOver([{ name: 'a', url: node.url, auth }])
      expect(await engine.send({ body: whole, ...options })).toMatchObject({ status: 200 })
      const [request] = node.requestsFor()
      const names = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie']
      const found = names.flatMap((name) => {
        const value = request?.header(name)
        return value === null || value === undefined ? [] : [[name, value]]
      })
      expect(found).toEqual([auth === 'bearer' ? ['authorization', 'Bearer key-of-a-0000'] : [auth, 'key-of-a-0000']])
      expect([...(request?.rawHeaders ?? []), request?.target].join('\n')).not.toContain(secret)
      expect(request?.target.startsWith('/v1/messages')).toBe(true)
    },
  )

  test('end-to-end headers pass, hop-by-hop ones and what tells of the client do not', async () => {
    const { node, engine } = await startOne()
    await engine.send({
      body: whole,
      path: '/v1/messages?beta=true&x=%2F',
      headers: {
        'anthropic-version': '2023-06-01',
        'anthropic-beta': ['one', 'two'],
        'x-claude-code-session-id': 's-1',
        'x-brand-new': 'ünknown'.normalize('NFC').replace('ü', 'u'),
        'user-agent': 'claude-cli/2.1.329',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        te: 'trailers',
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        cookie: 'a=1',
      },
    })
    const [request] = node.requestsFor()
    const header = (name: string) => request?.header(name)
    expect(request?.target).toBe('/v1/messages?beta=true&x=%2F')
    expect(
      ['anthropic-version', 'anthropic-beta', 'x-claude-code-session-id', 'x-brand-new', 'user-agent'].map(header),
    ).toEqual(['2023-06-01', 'one, two', 's-1', 'unknown', 'claude-cli/2.1.329'])
    expect(['x-hop', 'te', 'forwarded', 'x-forwarded-for', 'cookie'].map(header)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
    expect(header('host')).toBe(`127.0.0.1:${node.port}`)
  })

  test('a node without a key gets none', async () => {
    const node = await startNode('a')
    const engine = await startEngineOver([{ name: 'a', url: node.url, keys: [] }])
    expect(await engine.send({ body: whole })).toMatchObject({ status: 200 })
    const [request] = node.requestsFor()
    expect(['authorization', 'x-api-key'].map((name) => request?.header(name))).toEqual([null, null])
    expect((await engine.recorded()).attempts[0]?.keyId).toBeNull()
  })
})

test('an event of 2 MiB in one piece passes, and its stream is metered', async () => {
  const one = await startOne(
    ok({
      blocks: [
        { type: 'thinking', thinking: '', signature: 's'.repeat(2 * MIB) },
        { type: 'text', text: 'ok' },
      ],
    }),
  )
  const answer = await one.engine.send({ body: streaming })
  expect(answer.ended).toBe('complete')
  expect(answer.body.includes(sseBytes({ type: 'message_stop' }))).toBe(true)
  expect(await one.engine.recorded()).toMatchObject({ outcome: 'success', usage: { estimated: false } })
})
