// What Switchyard reads of an Anthropic request and answer, and the bytes it writes itself.
import { describe, expect, test } from 'vitest'
import { anthropic } from '../../src/engine/protocols/anthropic.ts'
import { mergeUsage } from '../../src/engine/protocols/anthropic-usage.ts'
import type { EventMeaning, RequestFacts } from '../../src/engine/protocols/protocol.ts'
import { matchProtocol } from '../../src/engine/protocols/protocols.ts'
import { ProxyError, type ProxyErrorCode, proxyErrors } from '../../src/engine/proxy-error.ts'
import { createEventTap } from '../../src/engine/streaming/event-tap.ts'
import { messageEvents, sseBytes } from '../harness/anthropic-message.ts'
import { golden } from '../harness/golden.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { describeProtocol } from './protocol-contract.ts'
import { type ReadEvents, readEvents } from './read-events.ts'

const UUID = '3f2b8a0e-1c4d-4f6a-9b7e-0123456789ab'

function factsOf(body: object): RequestFacts {
  const read = anthropic.factsOf({ target: '/v1/messages', body: Buffer.from(JSON.stringify(body)) })
  if (!read.ok) throw new Error(read.message)
  return read.facts
}

/** The meanings of a stream's events, as the engine reads them. */
function meaningsOf(stream: string | Buffer): ReadEvents {
  const read = readEvents(anthropic, stream)
  return { ...read, kinds: read.kinds.filter((kind) => kind !== 'comment') }
}

const data = (...events: readonly object[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
const usage = (input: number, output: number, more = {}) => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  estimated: false,
  ...more,
})

describe('what is served', () => {
  test.each([
    ['POST', '/v1/messages', 'generate'],
    ['POST', '/v1/messages/count_tokens', 'count-tokens'],
    ['GET', '/v1/models', 'list-models'],
    ['GET', '/v1/messages', null],
    ['POST', '/v1/models', null],
    ['POST', '/v1/messages/', null],
    ['POST', '/V1/messages', null],
    ['POST', '/v1/messages/batches', null],
    ['POST', '/v1/complete', null],
    ['POST', '/v1/%6dessages', null],
  ])('%s %s is %s', (method, path, kind) => {
    const matched = matchProtocol({ method, path, headers: { 'anthropic-version': '2023-06-01' } })
    expect(matched?.operation.kind ?? null).toBe(kind)
    if (matched !== null) expect(matched.protocol.id).toBe('anthropic')
  })
})

describe('the facts of a request', () => {
  test('are its model, whether it streams, and no more', () => {
    expect(factsOf({ model: 'm', stream: true })).toEqual({ model: 'm', stream: true, sessionId: null })
    expect(factsOf({ model: 'm', stream: false }).stream).toBe(false)
    expect(factsOf({ model: 'm', stream: null }).stream).toBe(false)
    expect(factsOf({ model: 'm' }).stream).toBe(false)
  })

  test.each<[name: string, metadata: unknown, session: string | null]>([
    ['the new form', { user_id: JSON.stringify({ device_id: 'd', account_uuid: '', session_id: UUID }) }, UUID],
    ['the old form', { user_id: `user_0a1b_account_${UUID}_session_${UUID}` }, UUID],
    ['the old form without an account', { user_id: `user_0a1b_account__session_${UUID}` }, UUID],
    ['the old form with more behind it', { user_id: `user_session_${UUID}x` }, null],
    ['the new form without a session', { user_id: '{"device_id":"d"}' }, null],
    ['the new form with an empty session', { user_id: '{"session_id":""}' }, null],
    ['the new form with a session that is no text', { user_id: '{"session_id":7}' }, null],
    ['broken JSON', { user_id: '{"session_id":"x"' }, null],
    ['another user id', { user_id: 'somebody' }, null],
    ['no user id', {}, null],
    ['metadata: null', null, null],
    ['metadata as a list', [{ user_id: 'x' }], null],
  ])('the session of %s', (_name, metadata, session) => {
    expect(factsOf({ model: 'm', metadata }).sessionId).toBe(session)
  })
})

describe('the events of a stream', () => {
  const message = {
    id: 'msg_1',
    model: 'm',
    usage: { cache_read_input_tokens: 7 },
    blocks: [
      { type: 'thinking', thinking: '', signature: 'c2ln' },
      { type: 'text', text: 'hello' },
      { type: 'tool_use', id: 't', name: 'ls', input: { path: '/' } },
    ] as const,
  }
  const expected = [
    'preamble',
    'block-opened',
    'ping',
    'content',
    'block-closed',
    'block-opened',
    'content',
    'block-closed',
    'content',
    'content',
    'content',
    'content',
    'block-closed',
    'content',
    'end',
  ]

  test.each<[name: string, write: (event: ReturnType<typeof messageEvents>[number]) => string | Buffer]>([
    ['as Anthropic writes them', (event) => sseBytes(event)],
    ['with CRLF', (event) => sseBytes(event, '\r\n')],
    ['with CR alone', (event) => sseBytes(event).toString().replaceAll('\n', '\r')],
    ['without event: lines', (event) => data(event)],
    ['without a space behind the colon', (event) => `event:${event.type}\ndata:${JSON.stringify(event)}\n\n`],
    ['with comments, ids and retries between', (event) => `: hi\nid: 1\nretry: 5\n${sseBytes(event).toString()}:\n\n`],
    [
      'over several data lines',
      (event) => `event: ${event.type}\ndata: ${JSON.stringify(event, null, 1).replaceAll('\n', '\ndata: ')}\n\n`,
    ],
    ['with the data first', (event) => `data: ${JSON.stringify(event)}\nevent: ${event.type}\n\n`],
    ['without event: lines, keys in the order of the alphabet', (event) => `data: ${sortedJson(event)}\n\n`],
  ])('mean the same %s', (_name, write) => {
    const read = meaningsOf(Buffer.concat(messageEvents(message).map((event) => Buffer.from(write(event)))))
    expect(read.kinds).toEqual(expected)
    expect(read.finished).toBe(true)
    expect(read.usage).toEqual(usage(12, 9, { cacheRead: 7 }))
  })

  test('mean the same however they are cut', () => {
    const whole = Buffer.concat(
      messageEvents({ ...message, blocks: [{ type: 'text', text: 'ä🙂 ü' }] }).map((event) => sseBytes(event, '\r\n')),
    )
    const reader = anthropic.createStreamReader()
    const tap = createEventTap(reader, null)
    const kinds: string[] = []
    for (const byte of whole) {
      const read = tap.push(Buffer.from([byte]))
      if (!(read instanceof Promise)) kinds.push(...read.map(({ kind }) => kind))
    }
    expect(kinds).toEqual(meaningsOf(whole).kinds)
    expect(reader.finished()).toBe(true)
  })

  test.each<[name: string, event: object, meaning: EventMeaning]>([
    ['an empty text block', block({ type: 'text', text: '' }), { kind: 'block-opened', thinking: false }],
    ['a text block with text', block({ type: 'text', text: 'a' }), { kind: 'content' }],
    [
      'an empty thinking block',
      block({ type: 'thinking', thinking: '', signature: '' }),
      { kind: 'block-opened', thinking: true },
    ],
    ['a thinking block with thoughts', block({ type: 'thinking', thinking: 'a' }), { kind: 'content' }],
    ['a redacted thinking block', block({ type: 'redacted_thinking', data: 'x' }), { kind: 'content' }],
    ['a tool call', block({ type: 'tool_use', id: 't', name: 'ls', input: {} }), { kind: 'content' }],
    ['a block nobody knows', block({ type: 'hologram' }), { kind: 'content' }],
    ['a block start without a block', { type: 'content_block_start', index: 0 }, { kind: 'malformed' }],
    ['a text delta', delta({ type: 'text_delta', text: 'a' }), { kind: 'content' }],
    ['an empty text delta', delta({ type: 'text_delta', text: '' }), { kind: 'content' }],
    ['a signature delta', delta({ type: 'signature_delta', signature: 'x' }), { kind: 'content' }],
    ['a delta nobody knows', delta({ type: 'smell_delta' }), { kind: 'content' }],
    ['a block stop', { type: 'content_block_stop', index: 0 }, { kind: 'block-closed' }],
    ['message_stop', { type: 'message_stop' }, { kind: 'end' }],
    ['an event nobody knows', { type: 'message_mood', mood: 'fine' }, { kind: 'preamble' }],
    ['an event that is no event', { hello: 1 }, { kind: 'preamble' }],
    [
      'an error',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { kind: 'error', errorType: 'overloaded_error', message: 'Overloaded' },
    ],
    ['an error without its fields', { type: 'error', error: {} }, { kind: 'error', errorType: '', message: '' }],
    [
      'an error of another shape',
      { error: { message: 'no channel' } },
      { kind: 'error', errorType: '', message: 'no channel' },
    ],
  ])('%s', (_name, event, meaning) => {
    expect(meaningsOf(data(event)).meanings).toEqual([meaning])
  })

  test.each([
    ['an error event with a text', 'event: error\ndata: {"message":"x"}\n\n', 'error'],
    ['an unknown event that is not JSON', 'event: message_mood\ndata: fine\n\n', 'preamble'],
    ['a message_start that is not JSON', 'event: message_start\ndata: {"type"\n\n', 'malformed'],
    ['data that is not JSON', 'data: hello\n\n', 'preamble'],
    ['an end marker of another protocol', 'data: [DONE]\n\n', 'preamble'],
    ['data that is a list', 'data: []\n\n', 'preamble'],
  ])('%s', (_name, stream, kind) => {
    expect(meaningsOf(stream).kinds).toEqual([kind])
  })

  test('with an error of any name are an error, also behind content', () => {
    const stream = `${data(delta({ type: 'text_delta', text: 'a' }))}event: oops\ndata: {"error":{"type":"api_error","message":"boom"}}\n\n`
    expect(meaningsOf(stream).kinds).toEqual(['content', 'error'])
  })

  test('without an end are not finished, and their usage is an estimate', () => {
    const events = messageEvents({ ...message, blocks: [{ type: 'text', text: 'x'.repeat(4000) }] })
    const cut = events.slice(0, -3)
    const read = meaningsOf(Buffer.concat(cut.map((event) => sseBytes(event))))
    expect(read.finished).toBe(false)
    expect(read.usage).toMatchObject({ input: 12, cacheRead: 7, estimated: true })
    expect((read.usage as { output: number }).output).toBeGreaterThan(950)
    expect((read.usage as { output: number }).output).toBeLessThan(1050)
  })

  test('of which none reported usage have none', () => {
    expect(meaningsOf(data(delta({ type: 'text_delta', text: 'a' }))).usage).toBeNull()
  })

  test('are finished with message_delta, for the tool takes them as complete from there', () => {
    const events = messageEvents(message).slice(0, -1)
    expect(meaningsOf(Buffer.concat(events.map((event) => sseBytes(event)))).finished).toBe(true)
  })
})

function block(content_block: object): object {
  return { type: 'content_block_start', index: 0, content_block }
}
function delta(change: object): object {
  return { type: 'content_block_delta', index: 0, delta: change }
}
/** As a relay writes it that decodes into maps. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

describe('usage', () => {
  test.each<[name: string, reports: readonly unknown[], merged: unknown]>([
    ['of nothing', [undefined, null, 'x', []], null],
    ['of one report', [{ input_tokens: 3, output_tokens: 4 }], usage(3, 4)],
    ['whose later report leaves input out', [{ input_tokens: 3, output_tokens: 1 }, { output_tokens: 9 }], usage(3, 9)],
    ['whose later report repeats input', [{ input_tokens: 3 }, { input_tokens: 5, output_tokens: 9 }], usage(5, 9)],
    [
      'of cache reads and writes',
      [{ input_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 }],
      usage(1, 0, { cacheRead: 2, cacheWrite5m: 3 }),
    ],
    [
      'of writes with their split',
      [
        {
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
        },
      ],
      usage(0, 0, { cacheWrite5m: 4, cacheWrite1h: 6 }),
    ],
    [
      'of writes of which only the hour is named',
      [{ cache_creation_input_tokens: 10, cache_creation: { ephemeral_1h_input_tokens: 6 } }],
      usage(0, 0, { cacheWrite5m: 4, cacheWrite1h: 6 }),
    ],
    [
      'whose last report repeats the writes without their split',
      [
        {
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
        },
        { cache_creation_input_tokens: 10, output_tokens: 1 },
      ],
      usage(0, 1, { cacheWrite5m: 4, cacheWrite1h: 6 }),
    ],
    [
      'with numbers that are none',
      [{ input_tokens: '3', output_tokens: -1, cache_read_input_tokens: 1.5 }],
      usage(0, 0),
    ],
    [
      'with null for what was known',
      [
        { input_tokens: 3, cache_read_input_tokens: 2 },
        { input_tokens: null, cache_read_input_tokens: null },
      ],
      usage(3, 0, { cacheRead: 2 }),
    ],
    ['of a later report that is none', [{ input_tokens: 3 }, null], usage(3, 0)],
  ])('%s', (_name, reports, merged) => {
    expect(reports.reduce<ReturnType<typeof mergeUsage>>((known, report) => mergeUsage(known, report), null)).toEqual(
      merged,
    )
  })
})

describe('a whole answer', () => {
  const read = (body: string) => anthropic.readWhole(Buffer.from(body))
  test('is complete with its usage', () => {
    expect(read('{"type":"message","content":[],"usage":{"input_tokens":1,"output_tokens":2}}')).toEqual({
      kind: 'complete',
      usage: usage(1, 2),
    })
    expect(read('{"content":[]}')).toEqual({ kind: 'complete', usage: null })
  })
  test.each<[body: string, error: unknown]>([
    [
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      { kind: 'error', errorType: 'overloaded_error', message: 'Overloaded' },
    ],
    ['{"error":{"code":"no_channel","message":"none"}}', { kind: 'error', errorType: 'no_channel', message: 'none' }],
    ['{"type":"error"}', { kind: 'error', errorType: '', message: '' }],
    ['{"code":0,"msg":"ok"}', { kind: 'malformed' }],
    ['{}', { kind: 'malformed' }],
    ['', { kind: 'malformed' }],
    ['[]', { kind: 'malformed' }],
    ['<html>', { kind: 'malformed' }],
    ['{"type":"message","content":[', { kind: 'malformed' }],
  ])('%s is not', (body, error) => {
    expect(read(body)).toEqual(error)
  })
})

describe('what Switchyard writes itself', () => {
  test.each<[code: ProxyErrorCode, bytes: string]>([
    [
      'key-unknown',
      '{"type":"error","error":{"type":"authentication_error","message":"Switchyard: say \\"what\\" happened ä."}}',
    ],
    [
      'body-too-large',
      '{"type":"error","error":{"type":"request_too_large","message":"Switchyard: say \\"what\\" happened ä."}}',
    ],
    [
      'nodes-failed',
      '{"type":"error","error":{"type":"api_error","message":"Switchyard: say \\"what\\" happened ä."}}',
    ],
    [
      'out-of-funds',
      '{"type":"error","error":{"type":"billing_error","message":"Switchyard: say \\"what\\" happened ä."}}',
    ],
  ])('the error %s, to the byte', (code, bytes) => {
    expect(anthropic.errorBody(new ProxyError(code, 'say "what" happened ä.'))).toBe(bytes)
  })

  test('errors of the types that its clients know, with the statuses that belong to them', () => {
    const known = new Map([
      [400, ['invalid_request_error']],
      [401, ['authentication_error']],
      [402, ['billing_error']],
      [403, ['permission_error']],
      [404, ['not_found_error']],
      [413, ['request_too_large']],
    ])
    for (const { status, type } of Object.values(proxyErrors)) {
      expect(known.get(status) ?? (status >= 500 ? ['api_error'] : ['invalid_request_error'])).toContain(type)
    }
    // Three tries, then fatal: that is never ours to say (policies §2).
    expect(Object.values(proxyErrors).filter(({ status }: { status: number }) => status === 529)).toEqual([])
  })

  test('a list of models the way Anthropic writes them', () => {
    expect(JSON.parse(anthropic.modelsBody(['claude-a', 'claude-b']))).toEqual({
      data: ['claude-a', 'claude-b'].map((id) => ({
        type: 'model',
        id,
        display_name: id,
        created_at: '1970-01-01T00:00:00Z',
      })),
      has_more: false,
      first_id: 'claude-a',
      last_id: 'claude-b',
    })
    expect(anthropic.modelsBody([])).toBe('{"data":[],"has_more":false,"first_id":null,"last_id":null}')
  })

  test('an estimate of tokens that is rather too high than too low, and never zero', () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(200)
    const tokens = anthropic.estimateTokens(messagesBody({ text }))
    // A sentence of ten tokens, two hundred times.
    expect(tokens).toBeGreaterThan(2000)
    expect(tokens).toBeLessThan(4000)
    expect(anthropic.estimateTokens(Buffer.alloc(0))).toBe(1)
    expect(anthropic.countTokensBody(7)).toBe('{"input_tokens":7}')
  })

  test('a ping that its own reader knows', () => {
    expect(meaningsOf(anthropic.ping ?? '').kinds).toEqual(['ping'])
  })
})

test('a mapped model takes the place of the old one and of nothing else', () => {
  const renamed = (body: string, model: string) => {
    const asked = anthropic.withModel({ target: '/v1/messages?beta=true', body: Buffer.from(body) }, model)
    expect(asked.target).toBe('/v1/messages?beta=true')
    return asked.body.toString()
  }
  expect(renamed('{ "a": {"model":"x"}, "model" : "old" , "z": "model" }', 'new "one"')).toBe(
    '{ "a": {"model":"x"}, "model" : "new \\"one\\"" , "z": "model" }',
  )
  expect(renamed('{}', 'new')).toBe('{}')
  expect(renamed('no json', 'new')).toBe('no json')
})

describe('a list of models', () => {
  test.each([
    ['with a version', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
    ['with a key in its own header', { 'x-api-key': 'sy-x' }, 'anthropic'],
    ['with a bearer key alone', { authorization: 'Bearer sy-x' }, 'openai-responses'],
  ])('asked for %s is of %s', (_name, headers, protocol) => {
    expect(matchProtocol({ method: 'GET', path: '/v1/models', headers })?.protocol.id).toBe(protocol)
  })
})

describeProtocol({
  protocol: anthropic,
  asked: { target: '/v1/messages?beta=true', body: golden('anthropic', 'request.json') },
  facts: { model: 'claude-sonnet-4-5', stream: true, sessionId: UUID },
  badBodies: [
    '',
    '[]',
    '{}',
    '{"model":""}',
    '{"model":7}',
    '{"model":"m","stream":"yes"}',
    '{"model":"m","model":"n"}',
  ],
  stream: golden('anthropic', 'text.sse'),
  usage: usage(25, 57, { cacheRead: 30_000, cacheWrite5m: 200, cacheWrite1h: 1000 }),
  failing: golden('anthropic', 'error.sse'),
  whole: golden('anthropic', 'whole.json'),
  wholeUsage: usage(25, 57, { cacheRead: 30_000, cacheWrite5m: 200, cacheWrite1h: 1000 }),
  errors: [golden('anthropic', 'error-529.json')],
  models: golden('anthropic', 'models.json'),
  modelNames: ['claude-sonnet-4-5-20250929'],
})
