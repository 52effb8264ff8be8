// What Switchyard reads of a chat completion.
import { describe, expect, test } from 'vitest'
import { openAiChat } from '../../src/engine/protocols/openai-chat.ts'
import type { EventMeaning } from '../../src/engine/protocols/protocol.ts'
import { matchProtocol } from '../../src/engine/protocols/protocols.ts'
import { golden } from '../harness/golden.ts'
import { describeProtocol } from './protocol-contract.ts'
import { readEvents, unnamed } from './read-events.ts'

const read = (...pieces: readonly (Buffer | string)[]) => readEvents(openAiChat, ...pieces)
const goldenOf = (file: string) => golden('openai-chat', file)
const usage = (input: number, output: number, more = {}) => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  estimated: false,
  ...more,
})
const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason, ...more }],
})

describeProtocol({
  protocol: openAiChat,
  asked: { target: '/v1/chat/completions', body: goldenOf('request.json') },
  facts: { model: 'gpt-4.1', stream: true, sessionId: 'ses_e03a4234fffeId6R7IMNQOJizH' },
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
  // 1,234 with the 1,024 from the cache inside.
  usage: usage(210, 42, { cacheRead: 1024 }),
  failing: goldenOf('error.sse'),
  whole: goldenOf('whole.json'),
  wholeUsage: usage(210, 42, { cacheRead: 1024 }),
  errors: [goldenOf('error-401.json'), goldenOf('error-500.json'), Buffer.from('{"error":"no channel"}')],
  models: goldenOf('models.json'),
  modelNames: ['gpt-5', 'gpt-5-codex'],
})

describe('what is served', () => {
  test.each([
    ['POST', '/v1/chat/completions', 'generate'],
    ['POST', '/v1/completions', null],
    ['GET', '/v1/chat/completions', null],
    ['POST', '/chat/completions', null],
    ['POST', '/v1/chat/completions/', null],
  ])('%s %s is %s', (method, path, kind) => {
    const matched = matchProtocol({ method, path, headers: {} })
    expect(matched?.operation.kind ?? null).toBe(kind)
    if (matched !== null) expect(matched.protocol.id).toBe('openai-chat')
  })

  test('what follows the version follows a base URL that has one of its own', () => {
    expect(openAiChat.upstreamTarget('/v1/chat/completions?api-version=1')).toBe('/chat/completions?api-version=1')
  })
})

describe('the golden streams', () => {
  test('text: the role is no content yet, the words are, [DONE] is the end', () => {
    const { kinds, finished, ended } = read(goldenOf('text.sse'))
    expect([kinds[0], kinds[1], kinds.at(-1), kinds.at(-2)]).toEqual(['preamble', 'content', 'end', 'preamble'])
    expect([finished, ended]).toEqual([true, true])
  })

  test('a tool call: content with its first piece', () => {
    const { kinds, usage: used } = read(goldenOf('tool-call.sse'))
    expect(kinds).toEqual(['content', 'content', 'content', 'content', 'content', 'preamble', 'end'])
    expect(used?.estimated).toBe(false)
  })

  test('reasoning: thoughts are content, comments are life', () => {
    const { kinds, usage: used } = read(goldenOf('reasoning.sse'))
    expect(kinds.slice(0, 4)).toEqual(['comment', 'comment', 'preamble', 'content'])
    // 58 with the 31 of reasoning inside.
    expect(used).toEqual(usage(65, 58, { cacheRead: 256 }))
  })

  test('without usage: an estimate of what was written, flagged', () => {
    const { finished, usage: used } = read(goldenOf('no-usage.sse'))
    expect(finished).toBe(true)
    expect(used).toEqual(usage(0, 12, { estimated: true }))
  })

  test('an error: the code is its type', () => {
    const { meanings } = read(goldenOf('error.sse'))
    expect(meanings.at(-1)).toEqual({
      kind: 'error',
      errorType: 'server_error',
      message: 'Provider disconnected unexpectedly',
    })
  })
})

describe('a chunk', () => {
  test.each<[name: string, event: unknown, meaning: EventMeaning]>([
    ['with the role', chunk({ role: 'assistant', content: '' }), { kind: 'preamble' }],
    [
      'with every field, empty',
      chunk({ role: 'assistant', content: '', reasoning_content: null, tool_calls: [], refusal: null }),
      { kind: 'preamble' },
    ],
    ['with text', chunk({ content: 'a' }), { kind: 'content' }],
    ['with white space', chunk({ content: '\n' }), { kind: 'content' }],
    ['with text in parts', chunk({ content: [{ type: 'text', text: 'a' }] }), { kind: 'content' }],
    ['with a picture', chunk({ images: [{ type: 'image_url' }] }), { kind: 'content' }],
    ['with thoughts', chunk({ reasoning_content: 'a' }), { kind: 'content' }],
    ['with thoughts under another name', chunk({ reasoning: 'a' }), { kind: 'content' }],
    ['with a refusal', chunk({ refusal: 'no' }), { kind: 'content' }],
    ['with a tool call', chunk({ tool_calls: [{ index: 0 }] }), { kind: 'content' }],
    ['with an old function call', chunk({ function_call: { name: 'f', arguments: '' } }), { kind: 'content' }],
    ['with a finish reason', chunk({}, 'length'), { kind: 'content' }],
    ['with an empty finish reason', chunk({}, ''), { kind: 'preamble' }],
    ['with a field nobody knows', chunk({ smell: 'a' }), { kind: 'preamble' }],
    ['without a delta', { choices: [{ index: 0 }] }, { kind: 'preamble' }],
    ['without choices', { choices: [], prompt_filter_results: [] }, { kind: 'preamble' }],
    ['with choices that are none', { choices: null }, { kind: 'preamble' }],
    ['of another shape', { hello: 1 }, { kind: 'preamble' }],
    ['that is no JSON', '{"choices":[', { kind: 'malformed' }],
    ['that is a marker', 'ping', { kind: 'preamble' }],
    ['that is a list', '[]', { kind: 'preamble' }],
    [
      'with an error',
      { error: { message: 'boom', type: 'server_error' } },
      { kind: 'error', errorType: 'server_error', message: 'boom' },
    ],
    [
      'with an error and a status',
      { error: { code: 502, message: 'boom' } },
      { kind: 'error', errorType: '', message: 'boom' },
    ],
    ['with an error of one word', { error: 'overloaded' }, { kind: 'error', errorType: '', message: 'overloaded' }],
    [
      'that is an error of vLLM',
      { object: 'error', message: 'boom', type: 'InternalServerError', code: 500 },
      { kind: 'error', errorType: 'InternalServerError', message: 'boom' },
    ],
    ['with error: null', { ...chunk({ content: 'a' }), error: null }, { kind: 'content' }],
    ['about the request’s length', { error: { message: 'x', code: 'context_length_exceeded' } }, { kind: 'content' }],
  ])('%s', (_name, event, meaning) => {
    expect(read(unnamed(event)).meanings).toEqual([meaning])
  })

  test('under the name of an error is one', () => {
    expect(read('event: error\ndata: {"message":"boom"}\n\n').meanings).toEqual([
      { kind: 'error', errorType: '', message: 'boom' },
    ])
  })

  test('with an error of the client’s own ends the answer', () => {
    expect(read(unnamed({ error: { message: 'x', code: 'content_filter' } })).finished).toBe(true)
  })
})

describe('the end', () => {
  test('is a finish reason where a relay leaves [DONE] out', () => {
    const { finished, ended } = read(unnamed(chunk({ content: 'a' }), chunk({}, 'stop')))
    expect([finished, ended]).toEqual([true, false])
  })

  test('is [DONE] where a relay leaves the finish reason out', () => {
    const { finished, ended } = read(unnamed(chunk({ content: 'a' }), '[DONE]'))
    expect([finished, ended]).toEqual([true, true])
  })

  test('of one choice is not the end of the others', () => {
    const second = (delta: object, reason: string | null = null) => ({
      choices: [{ index: 1, delta, finish_reason: reason }],
    })
    const begun = [chunk({ content: 'a' }), second({ content: 'b' }), chunk({}, 'stop')]
    expect(read(unnamed(...begun)).finished).toBe(false)
    expect(read(unnamed(...begun, second({}, 'stop'))).finished).toBe(true)
  })

  test('stays the end when a relay goes on about the same choice', () => {
    const behind = chunk({}, null, { content_filter_offsets: { check_offset: 3 } })
    expect(read(unnamed(chunk({ content: 'a' }), chunk({}, 'stop'), behind)).finished).toBe(true)
  })

  test('alone is no content: nothing was answered', () => {
    expect(read(unnamed('[DONE]')).kinds).toEqual(['end'])
  })
})

describe('usage', () => {
  const end = (used: object) =>
    read(unnamed(chunk({ content: 'abcd' }), chunk({}, 'stop'), { choices: [], usage: used })).usage
  test.each<[name: string, reported: object, counted: unknown]>([
    [
      'of OpenAI',
      { prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
      usage(5, 5, { cacheRead: 4 }),
    ],
    [
      'of DeepSeek',
      { prompt_tokens: 9, completion_tokens: 5, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
      usage(5, 5, { cacheRead: 4 }),
    ],
    ['of Moonshot', { prompt_tokens: 9, completion_tokens: 5, cached_tokens: 4 }, usage(5, 5, { cacheRead: 4 })],
    [
      'of xAI, whose reasoning stands beside',
      { prompt_tokens: 9, completion_tokens: 5, total_tokens: 21, completion_tokens_details: { reasoning_tokens: 7 } },
      usage(9, 12),
    ],
  ])('%s', (_name, reported, counted) => {
    expect(end(reported)).toEqual(counted)
  })

  test('in every chunk, of a stream that breaks off, is the last with an estimate', () => {
    const cut = read(
      unnamed(
        { ...chunk({ content: 'a' }), usage: { prompt_tokens: 9, completion_tokens: 1 } },
        { ...chunk({ content: 'x'.repeat(400) }), usage: { prompt_tokens: 9, completion_tokens: 2 } },
      ),
    )
    expect(cut.usage).toEqual(usage(9, 101, { estimated: true }))
  })

  test('inside the choice is read there', () => {
    const last = chunk({}, 'stop', { usage: { prompt_tokens: 3, completion_tokens: 4 } })
    expect(read(unnamed(chunk({ content: 'a' }), last, '[DONE]')).usage).toEqual(usage(3, 4))
  })

  test('of arguments counts, too', () => {
    const call = chunk({ tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(40) } }] })
    expect(read(unnamed(call)).usage).toEqual(usage(0, 10, { estimated: true }))
  })
})

describe('a whole answer', () => {
  test.each(['{"choices":[]}', '{"choices":null}', '{"choices":[null]}'])('%s has answered nothing', (body) => {
    expect(openAiChat.readWhole(Buffer.from(body))).toEqual({ kind: 'malformed' })
  })
  test('without usage is complete', () => {
    expect(openAiChat.readWhole(Buffer.from('{"choices":[{"index":0}]}'))).toEqual({ kind: 'complete', usage: null })
  })
})
