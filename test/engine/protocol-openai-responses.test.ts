// What Switchyard reads of a Responses request and answer, and the bytes it writes itself.
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../src/engine/protocols/openai-responses.ts'
import type { EventMeaning } from '../../src/engine/protocols/protocol.ts'
import { matchProtocol } from '../../src/engine/protocols/protocols.ts'
import { ProxyError, type ProxyErrorCode } from '../../src/engine/proxy-error.ts'
import { eventsIn, golden } from '../harness/golden.ts'
import { describeProtocol } from './protocol-contract.ts'
import { readEvents, unnamed } from './read-events.ts'

const read = (...pieces: readonly (Buffer | string)[]) => readEvents(openAiResponses, ...pieces)
const goldenOf = (file: string) => golden('openai-responses', file)
const usage = (input: number, output: number, more = {}) => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  estimated: false,
  ...more,
})
const SESSION = '0199a213-81c0-7800-8aa1-bbab2a035a53'

describeProtocol({
  protocol: openAiResponses,
  asked: { target: '/v1/responses?x=1', body: goldenOf('request.json') },
  facts: { model: 'gpt-5', stream: true, sessionId: SESSION },
  badBodies: [
    '',
    '[]',
    '{}',
    '{"model":""}',
    '{"model":7}',
    '{"model":"m","stream":"yes"}',
    '{"model":"m","model":"n"}',
  ],
  stream: goldenOf('text.sse'),
  // 12,345 with the 11,008 from the cache inside; 87 with the 64 of reasoning inside.
  usage: usage(1337, 87, { cacheRead: 11_008 }),
  failing: goldenOf('failed.sse'),
  whole: goldenOf('whole.json'),
  wholeUsage: usage(1337, 87, { cacheRead: 11_008 }),
  errors: [goldenOf('error-400.json'), goldenOf('error-429.json'), goldenOf('failed.json')],
  models: goldenOf('models.json'),
  modelNames: ['gpt-5', 'gpt-5-codex'],
})

describe('what is served', () => {
  test.each([
    ['POST', '/v1/responses', 'generate'],
    ['POST', '/v1/responses/compact', 'generate'],
    ['POST', '/v1/responses/input_tokens', 'count-tokens'],
    ['GET', '/v1/models', 'list-models'],
    ['GET', '/v1/responses', null],
    ['GET', '/v1/responses/resp_1', null],
    ['POST', '/v1/responses/', null],
    ['POST', '/responses', null],
  ])('%s %s is %s', (method, path, kind) => {
    const matched = matchProtocol({ method, path, headers: {} })
    expect(matched?.operation.kind ?? null).toBe(kind)
    if (matched !== null) expect(matched.protocol.id).toBe('openai-responses')
  })

  test.each([
    ['/v1/responses', '/responses'],
    ['/v1/responses?x=1', '/responses?x=1'],
    ['/v1/responses/compact', '/responses/compact'],
    ['/v1/v1/responses', '/v1/responses'],
  ])('%s follows a base URL with its version as %s', (target, upstream) => {
    expect(openAiResponses.upstreamTarget(target)).toBe(upstream)
  })
})

describe('the session of a request', () => {
  const session = (body: object) => {
    const facts = openAiResponses.factsOf({ target: '/', body: Buffer.from(JSON.stringify({ model: 'm', ...body })) })
    return facts.ok ? facts.facts.sessionId : 'refused'
  }
  test('is its cache key, when it has one', () => {
    expect(session({ prompt_cache_key: 'ses_1' })).toBe('ses_1')
    expect(session({ prompt_cache_key: '' })).toBeNull()
    expect(session({ prompt_cache_key: null })).toBeNull()
    expect(session({ prompt_cache_key: 7 })).toBeNull()
    expect(session({})).toBeNull()
  })
})

describe('the golden streams', () => {
  test('text: reasoning opens and closes a block, its summary and the words are content', () => {
    const { kinds } = read(goldenOf('text.sse'))
    expect(kinds.slice(0, 5)).toEqual(['preamble', 'preamble', 'block-opened', 'preamble', 'content'])
    expect(read(goldenOf('text.sse')).meanings[2]).toEqual({ kind: 'block-opened', thinking: true })
    expect(kinds.at(-1)).toBe('content')
  })

  test('a tool call: hidden reasoning is a block that is open while the node shows life, the call is content', () => {
    const { kinds, finished, usage: used } = read(goldenOf('tool-call.sse'))
    expect(kinds).toEqual([
      'preamble',
      'preamble',
      'block-opened',
      'ping',
      'ping',
      'block-closed',
      'content',
      'content',
      'content',
      'content',
      'preamble',
      'block-closed',
      'content',
    ])
    expect(finished).toBe(true)
    // What was written to the cache is inside the input, too.
    expect(used).toEqual(usage(12_345 - 11_008, 96, { cacheWrite5m: 11_008 }))
  })

  test('incomplete: an end like any other', () => {
    const { kinds, finished, ended, usage: used } = read(goldenOf('incomplete.sse'))
    expect([kinds.at(-1), finished, ended, used]).toEqual(['content', true, true, usage(75, 1024)])
  })

  test('failed by the node: an error with the code as its type, so that the request moves', () => {
    expect(read(goldenOf('failed.sse')).meanings.at(-1)).toEqual({
      kind: 'error',
      errorType: 'server_error',
      message: expect.stringContaining('An error occurred while processing your request.'),
    })
    expect(read(goldenOf('error.sse')).meanings.at(-1)).toMatchObject({
      kind: 'error',
      errorType: 'rate_limit_exceeded',
    })
  })

  test('too long: the client’s own, passed on as it is, to its end', () => {
    const { kinds, finished, ended } = read(goldenOf('too-long.sse'))
    expect([kinds, finished, ended]).toEqual([['preamble', 'preamble', 'content', 'content'], true, true])
    const cut = read(...eventsIn(goldenOf('too-long.sse')).slice(0, 3))
    expect([cut.finished, cut.ended]).toEqual([true, false])
  })
})

describe('whose failure it is', () => {
  const failed = (error: unknown) =>
    read(unnamed({ type: 'response.failed', response: { id: 'resp_1', status: 'failed', error } }))
  const nodes = [
    'server_error',
    'rate_limit_exceeded',
    'insufficient_quota',
    'server_is_overloaded',
    'slow_down',
    'vector_store_timeout',
    'invalid_api_key',
    'model_not_found',
    'upstream_error',
    'nobody_knows_this',
  ]
  const clients = [
    'context_length_exceeded',
    'invalid_prompt',
    'cyber_policy',
    'content_policy_violation',
    'invalid_image',
    'invalid_base64_image',
    'invalid_image_url',
    'image_too_large',
    'image_content_policy_violation',
    'unsupported_image_media_type',
    'failed_to_download_image',
  ]

  test.each(nodes)('%s is the node’s', (code) => {
    const { meanings, finished } = failed({ code, message: 'scripted' })
    expect(meanings).toEqual([{ kind: 'error', errorType: code, message: 'scripted' }])
    expect(finished).toBe(false)
  })

  test.each(clients)('%s is the client’s', (code) => {
    const { kinds, finished, ended } = failed({ code, message: 'scripted' })
    expect([kinds, finished, ended]).toEqual([['content'], true, true])
  })

  test.each<[name: string, error: unknown, kind: EventMeaning['kind']]>([
    ['without an error', null, 'error'],
    ['with a text', 'no channel', 'error'],
    ['with a message about length and no code', { message: 'prompt is too long: 1 > 0' }, 'content'],
    ['with a status for a code', { code: 502, message: 'Bad gateway' }, 'error'],
    ['with a type instead of a code', { type: 'server_error', code: null, message: 'x' }, 'error'],
  ])('%s', (_name, error, kind) => {
    expect(failed(error).kinds).toEqual([kind])
  })

  test('of a failure behind content the same holds: an error breaks off, the client’s own is passed on', () => {
    const delta = { type: 'response.output_text.delta', delta: 'a' }
    const end = (code: string) => ({ type: 'response.failed', response: { error: { code, message: 'x' } } })
    expect(read(unnamed(delta, end('server_error'))).kinds).toEqual(['content', 'error'])
    expect(read(unnamed(delta, end('invalid_prompt'))).kinds).toEqual(['content', 'content'])
  })
})

describe('an event', () => {
  const item = (fields: object) => ({ type: 'response.output_item.added', output_index: 0, item: fields })
  test.each<[name: string, event: unknown, meaning: EventMeaning]>([
    ['an empty message', item({ type: 'message', content: [] }), { kind: 'block-opened', thinking: false }],
    [
      'a message with text',
      item({ type: 'message', content: [{ type: 'output_text', text: 'a' }] }),
      { kind: 'content' },
    ],
    ['reasoning without a summary', item({ type: 'reasoning', summary: [] }), { kind: 'block-opened', thinking: true }],
    ['reasoning with a summary', item({ type: 'reasoning', summary: [{ text: 'a' }] }), { kind: 'content' }],
    ['a function call', item({ type: 'function_call', name: 'ls', arguments: '' }), { kind: 'content' }],
    ['a custom tool call', item({ type: 'custom_tool_call', name: 'apply_patch', input: '' }), { kind: 'content' }],
    ['a web search', item({ type: 'web_search_call', status: 'in_progress' }), { kind: 'content' }],
    ['a compaction', item({ type: 'compaction', encrypted_content: 'x' }), { kind: 'content' }],
    ['an item nobody knows', item({ type: 'hologram' }), { kind: 'content' }],
    ['an added item without an item', { type: 'response.output_item.added' }, { kind: 'malformed' }],
    ['text', { type: 'response.output_text.delta', delta: 'a' }, { kind: 'content' }],
    ['a refusal', { type: 'response.refusal.delta', delta: 'a' }, { kind: 'content' }],
    ['a delta nobody knows', { type: 'response.smell.delta' }, { kind: 'content' }],
    ['an item that is done', { type: 'response.output_item.done', item: {} }, { kind: 'block-closed' }],
    ['queued', { type: 'response.queued', response: {} }, { kind: 'preamble' }],
    ['a progress nobody knows', { type: 'response.compaction.compacting' }, { kind: 'preamble' }],
    ['completed', { type: 'response.completed', response: {} }, { kind: 'content' }],
    ['completed without a response', { type: 'response.completed' }, { kind: 'malformed' }],
    ['failed without a response', { type: 'response.failed' }, { kind: 'malformed' }],
    ['keepalive', { type: 'keepalive', sequence_number: 3 }, { kind: 'ping' }],
    ['something else', { hello: 1 }, { kind: 'preamble' }],
    ['an end marker of another protocol', '[DONE]', { kind: 'preamble' }],
    ['text that is no JSON', 'hello', { kind: 'preamble' }],
    [
      'an error of a relay',
      { error: { type: 'new_api_error', message: 'no channel' } },
      { kind: 'error', errorType: 'new_api_error', message: 'no channel' },
    ],
    [
      'an error as documented',
      { type: 'error', code: 'server_error', message: 'boom', param: null },
      { kind: 'error', errorType: 'server_error', message: 'boom' },
    ],
    [
      'an error as sent',
      { type: 'error', error: { type: 'server_error', code: null, message: 'boom' } },
      { kind: 'error', errorType: 'server_error', message: 'boom' },
    ],
  ])('%s', (_name, event, meaning) => {
    expect(read(unnamed(event)).meanings).toEqual([meaning])
    const name = typeof event === 'object' && event !== null && 'type' in event ? `event: ${String(event.type)}\n` : ''
    expect(read(name + unnamed(event)).meanings).toEqual([meaning])
  })

  test('that completes without any delta is the first content and the end', () => {
    const { kinds, finished, ended } = read(unnamed({ type: 'response.completed', response: { output: [] } }))
    expect([kinds, finished, ended]).toEqual([['content'], true, true])
  })
})

describe('usage', () => {
  const delta = (text: string) =>
    unnamed({ type: 'response.output_text.delta', delta: text, obfuscation: 'x'.repeat(500) })
  test('of a stream that breaks off is what its text comes to, padding aside', () => {
    const { usage: used } = read(delta('a "quoted" wörd '.repeat(100)))
    expect(used).toMatchObject({ input: 0, estimated: true })
    expect(used?.output).toBeGreaterThan(380)
    expect(used?.output).toBeLessThan(480)
  })

  test('of a stream that ends without a report is an estimate', () => {
    expect(read(delta('word '.repeat(40)), unnamed({ type: 'response.completed', response: {} })).usage).toEqual(
      usage(0, 50, { estimated: true }),
    )
  })

  test.each<[name: string, reported: unknown, counted: unknown]>([
    ['with numbers that are none', { input_tokens: '3', output_tokens: -1 }, null],
    [
      'with more cached than there is',
      { input_tokens: 3, input_tokens_details: { cached_tokens: 9 } },
      usage(0, 0, { cacheRead: 9 }),
    ],
    ['without details', { input_tokens: 3, output_tokens: 4, total_tokens: 7 }, usage(3, 4)],
    [
      'whose reasoning stands beside the output, as the total tells',
      { input_tokens: 3, output_tokens: 4, output_tokens_details: { reasoning_tokens: 5 }, total_tokens: 12 },
      usage(3, 9),
    ],
    [
      'whose reasoning is inside the output',
      { input_tokens: 3, output_tokens: 9, output_tokens_details: { reasoning_tokens: 5 }, total_tokens: 12 },
      usage(3, 9),
    ],
    ['that is null', null, null],
  ])('%s', (_name, reported, counted) => {
    const body = Buffer.from(JSON.stringify({ output: [], usage: reported }))
    expect(openAiResponses.readWhole(body)).toEqual({ kind: 'complete', usage: counted })
  })
})

describe('a whole answer', () => {
  test('that failed over its own request is what the client has to hear', () => {
    const failed = (code: string) =>
      openAiResponses.readWhole(
        Buffer.from(JSON.stringify({ status: 'failed', error: { code, message: 'x' }, output: [], usage: null })),
      ).kind
    expect(failed('invalid_prompt')).toBe('complete')
    expect(failed('server_error')).toBe('error')
    expect(openAiResponses.readWhole(Buffer.from('{"status":"failed","output":[]}')).kind).toBe('error')
  })
  test('may be a compaction, or one that runs in the background', () => {
    expect(openAiResponses.readWhole(goldenOf('compaction.json'))).toEqual({ kind: 'complete', usage: usage(139, 438) })
    const queued = Buffer.from('{"status":"queued","error":null,"output":[],"usage":null}')
    expect(openAiResponses.readWhole(queued)).toEqual({ kind: 'complete', usage: null })
  })
})

describe('what Switchyard writes itself', () => {
  test.each<[code: ProxyErrorCode, type: string, word: string | null]>([
    ['key-missing', 'authentication_error', 'invalid_api_key'],
    ['key-unknown', 'authentication_error', 'invalid_api_key'],
    ['key-disabled', 'permission_error', 'insufficient_permissions'],
    ['path-unknown', 'invalid_request_error', null],
    ['body-too-large', 'invalid_request_error', null],
    ['body-unreadable', 'invalid_request_error', null],
    ['model-not-served', 'invalid_request_error', 'model_not_found'],
    ['out-of-funds', 'insufficient_quota', 'insufficient_quota'],
    ['nodes-failed', 'server_error', null],
    ['internal', 'server_error', null],
  ])('the error %s, to the byte', (code, type, word) => {
    const said = 'Switchyard: say "what" happened ä.'
    expect(openAiResponses.errorBody(new ProxyError(code, 'say "what" happened ä.'))).toBe(
      JSON.stringify({ error: { message: said, type, param: null, code: word } }),
    )
  })

  test('no code that Codex takes for the end of everything', () => {
    for (const code of ['nodes-failed', 'no-node', 'stopping', 'buffers-full', 'internal'] as const) {
      expect(openAiResponses.errorBody(new ProxyError(code, 'x'))).not.toMatch(/overloaded|slow_down|quota/)
    }
  })

  test('a list of models and a count as OpenAI writes them', () => {
    expect(JSON.parse(openAiResponses.modelsBody(['gpt-5']))).toEqual({
      object: 'list',
      data: [{ id: 'gpt-5', object: 'model', created: 0, owned_by: 'switchyard' }],
    })
    expect(JSON.parse(openAiResponses.countTokensBody(11))).toEqual(
      JSON.parse(goldenOf('input-tokens.json').toString()),
    )
    expect(openAiResponses.isTokenCount(goldenOf('input-tokens.json'))).toBe(true)
  })

  test('an estimate to which a picture adds a fixed sum, not its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`
    const body = Buffer.from(JSON.stringify({ input: [{ image_url: url }, { image_url: url }] }))
    expect(openAiResponses.estimateTokens(body)).toBeGreaterThan(3000)
    expect(openAiResponses.estimateTokens(body)).toBeLessThan(3100)
  })
})
