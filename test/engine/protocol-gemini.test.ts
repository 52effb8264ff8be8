// What Switchyard reads of a Gemini request and answer, and the bytes it writes itself.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifyEnd } from '../../src/engine/classify/classify-end.ts'
import { gemini } from '../../src/engine/protocols/gemini.ts'
import type { EventMeaning, FactsRead } from '../../src/engine/protocols/protocol.ts'
import { matchProtocol } from '../../src/engine/protocols/protocols.ts'
import { ProxyError, type ProxyErrorCode, proxyErrors } from '../../src/engine/proxy-error.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import { goldenText } from '../harness/gemini-steps.ts'
import { golden } from '../harness/golden.ts'
import { describeProtocol } from './protocol-contract.ts'
import { readEvents } from './read-events.ts'

const proxyErrorCodes = Object.keys(proxyErrors) as ProxyErrorCode[] // Keys of that very object.

const readStream = (pieces: readonly Buffer[]) => readEvents(gemini, ...pieces)

const streamOf = (text: string) => readStream([Buffer.from(text)])
const sse = (...chunks: readonly object[]) => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('')
const usage = (input: number, output: number, more = {}) => ({
  input,
  output,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  estimated: false,
  ...more,
})

function factsOf(target: string): FactsRead {
  return gemini.factsOf({ target, body: Buffer.from('{}') })
}
const modelOf = (target: string) => {
  const read = factsOf(target)
  return read.ok ? read.facts.model : null
}
const modelWritten = (target: string, model: string) =>
  gemini.withModel({ target, body: Buffer.from('{"contents":[]}') }, model)

describeProtocol({
  protocol: gemini,
  asked: {
    target: '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    body: golden('gemini', 'request.json'),
  },
  facts: { model: 'gemini-2.5-pro', stream: true, sessionId: null },
  badBodies: [],
  stream: golden('gemini', 'thinking.sse'),
  usage: usage(14, 198),
  failing: golden('gemini', 'error-event.sse'),
  whole: golden('gemini', 'whole.json'),
  wholeUsage: usage(476, 32, { cacheRead: 1024 }),
  errors: ['error-429.json', 'error-internal.json'].map((file) => golden('gemini', file)),
  models: golden('gemini', 'models.json'),
  modelNames: ['gemini-2.5-pro', 'gemini-2.5-flash'],
})

describe('what is served', () => {
  const operationOf = (method: string, path: string, headers: Record<string, string> = {}) => {
    const matched = matchProtocol({ method, path, headers })
    return matched?.protocol.id === 'gemini' ? matched.operation : null
  }

  test.each([
    ['/v1beta/models/gemini-2.5-pro:generateContent', 'generate', 'generateContent'],
    ['/v1beta/models/gemini-2.5-pro:streamGenerateContent', 'generate', 'streamGenerateContent'],
    ['/v1beta/models/gemini-2.5-pro:countTokens', 'count-tokens', 'countTokens'],
    ['/v1/models/gemini-2.5-pro:generateContent', 'generate', 'generateContent'],
    ['/v1alpha/models/gemini-2.5-pro:generateContent', 'generate', 'generateContent'],
    ['/v1beta/tunedModels/mine-7a:generateContent', 'generate', 'generateContent'],
    ['/v1beta/models/google/gemini-2.5-pro:free:generateContent', 'generate', 'generateContent'],
    ['/v1beta/models/gemini-2.5-pro%3AgenerateContent', 'generate', 'generateContent'],
  ])('POST %s is %s', (path, kind, name) => {
    expect(operationOf('POST', path)).toEqual({ kind, name })
  })

  test('GET /v1beta/models is the list, and /v1/models only for a client of Google', () => {
    const list = { kind: 'list-models', name: 'models' }
    expect(operationOf('GET', '/v1beta/models')).toEqual(list)
    expect(operationOf('GET', '/v1/models', { 'x-goog-api-key': 'k' })).toEqual(list)
    expect(matchProtocol({ method: 'GET', path: '/v1/models', query: '?key=k', headers: {} })?.protocol.id).toBe(
      'gemini',
    )
    expect(operationOf('GET', '/v1/models')).toBeNull()
    expect(operationOf('GET', '/v1/models', { 'anthropic-version': '2023-06-01' })).toBeNull()
  })

  test.each([
    ['GET', '/v1beta/models/gemini-2.5-pro:generateContent'],
    ['POST', '/v1beta/models'],
    ['POST', '/v1beta/models/gemini-2.5-pro'],
    ['POST', '/v1beta/models/gemini-2.5-pro:embedContent'],
    ['POST', '/v1beta/models/gemini-2.5-pro:GenerateContent'],
    ['POST', '/v1beta/models/gemini-2.5-pro:generateContent/'],
    ['POST', '/v1beta/models:generateContent'],
    ['POST', '/v2/models/gemini-2.5-pro:generateContent'],
    ['POST', '/x/v1beta/models/gemini-2.5-pro:generateContent'],
    ['POST', '/upload/v1beta/files'],
  ])('%s %s is not', (method, path) => {
    expect(operationOf(method, path)).toBeNull()
  })

  test('claims what is Google’s own and not served, for the envelope of its 404', () => {
    const claims = (path: string, headers = {}) => gemini.claims({ method: 'POST', path, headers })
    expect(claims('/v1beta/models/x:batchGenerateContent')).toBe(true)
    expect(claims('/upload/v1beta/files')).toBe(true)
    expect(claims('/v1/models/x:embedContent')).toBe(true)
    expect(claims('/anything', { 'x-goog-api-key': 'k' })).toBe(true)
    expect(claims('/v1/messages')).toBe(false)
    expect(claims('/v1/chat/completions')).toBe(false)
  })
})

describe('the model in the path', () => {
  test.each([
    ['/v1beta/models/gemini-2.5-pro:generateContent', 'gemini-2.5-pro'],
    ['/v1/models/gemini-2.5-pro:generateContent?x=/models/y:z', 'gemini-2.5-pro'],
    ['/v1beta/models/models/gemini-2.5-pro:generateContent', 'gemini-2.5-pro'],
    ['/v1beta/models/models%2Fgemini-2.5-pro:generateContent', 'gemini-2.5-pro'],
    ['/v1beta/models/google/gemini-2.5-pro:generateContent', 'google/gemini-2.5-pro'],
    ['/v1beta/models/google%2Fgemini-2.5-pro:generateContent', 'google/gemini-2.5-pro'],
    ['/v1beta/models/gemini-2.5-pro:free:generateContent', 'gemini-2.5-pro:free'],
    ['/v1beta/models/%E6%A8%A1%E5%9E%8B:generateContent', '模型'],
    ['/v1beta/tunedModels/mine-7a:generateContent', 'tunedModels/mine-7a'],
    ['/v1beta/models/a%3Ab:generateContent', 'a:b'],
  ])('of %s is %s', (target, model) => {
    expect(modelOf(target)).toBe(model)
  })

  test.each([
    ['escapes that are none', '/v1beta/models/%zz:generateContent'],
    ['escapes that are no UTF-8', '/v1beta/models/%ff:generateContent'],
    ['a control character', '/v1beta/models/a%0Ab:generateContent'],
    ['no name at all', '/v1beta/models/models/:generateContent'],
    ['steps up, twice escaped', '/v1beta/models/a%2F%252e%252e%2Fb:generateContent'],
    ['steps up with a parameter', '/v1beta/models/a/..;x/b:generateContent'],
    ['a step that stays', '/v1beta/models/a/./b:generateContent'],
    ['a query in it', '/v1beta/models/a%3Fb:generateContent'],
    ['a backslash', '/v1beta/models/a%5Cb:generateContent'],
    ['201 characters', `/v1beta/models/${'x'.repeat(201)}:generateContent`],
  ])('is refused with %s', (_name, target) => {
    expect(factsOf(target)).toEqual({ ok: false, message: expect.stringMatching(/^model: .+\.$/) })
  })

  test.each([
    ['/v1beta/models/a:streamGenerateContent?alt=sse', 'b', '/v1beta/models/b:streamGenerateContent?alt=sse'],
    ['/v1/models/a:generateContent?%24fields=x%20y&a=', 'b', '/v1/models/b:generateContent?%24fields=x%20y&a='],
    ['/v1beta/models/models/a:countTokens', 'models/b', '/v1beta/models/b:countTokens'],
    ['/v1beta/models/a:generateContent', 'tunedModels/b', '/v1beta/tunedModels/b:generateContent'],
    ['/v1beta/tunedModels/a:generateContent', 'b', '/v1beta/models/b:generateContent'],
    ['/v1beta/models/a:generateContent', 'google/b:free@1', '/v1beta/models/google/b:free@1:generateContent'],
    ['/v1beta/models/a:generateContent', 'b c?d#e%2f', '/v1beta/models/b%20c%3Fd%23e%252f:generateContent'],
    ['/v1beta/models/a:generateContent', '模型', '/v1beta/models/%E6%A8%A1%E5%9E%8B:generateContent'],
  ])('of %s becomes %s, and the rest stays', (target, model, written) => {
    const asked = modelWritten(target, model)
    expect(asked.target).toBe(written)
    expect(asked.body.toString()).toBe('{"contents":[]}')
  })

  test('is read back as it was written', () => {
    const name = fc
      .stringMatching(/^[\w.:@/ 模-]{1,40}$/)
      .filter((model) => !/^models\/|^\/|^tunedModels\/?$|\/$|(?:^|\/)\.\.?(?:\/|$)/.test(model) && model.trim() !== '')
    fc.assert(
      fc.property(name, (model) => {
        expect(modelOf(modelWritten('/v1beta/models/a:generateContent', model).target)).toBe(model)
      }),
    )
  })
})

describe('whether it streams', () => {
  test.each([
    ['/v1beta/models/m:streamGenerateContent?alt=sse', true],
    ['/v1beta/models/m:streamGenerateContent?x=1&alt=sse&y', true],
    ['/v1beta/models/m:streamGenerateContent?%24alt=sse', true],
    ['/v1beta/models/m:streamGenerateContent?a%6ct=sse', true],
    ['/v1beta/models/m:streamGenerateContent', false],
    ['/v1beta/models/m:streamGenerateContent?alt=json', false],
    ['/v1beta/models/m:streamGenerateContent?salt=sse', false],
    ['/v1beta/models/m:generateContent?alt=sse', false],
  ])('%s: %s', (target, stream) => {
    expect(factsOf(target)).toEqual({ ok: true, facts: { model: 'm', stream, sessionId: null } })
  })
})

describe('the events of a stream', () => {
  const streams: readonly { file: string; kinds: readonly string[]; finished: boolean; usage: unknown }[] = [
    { file: 'thinking.sse', kinds: ['content', 'content', 'content'], finished: true, usage: usage(14, 198) },
    {
      file: 'tool-call.sse',
      kinds: ['content', 'content'],
      finished: true,
      usage: usage(946, 79, { cacheRead: 8174 }),
    },
    {
      file: 'usage-last.sse',
      kinds: ['preamble', 'preamble', 'content', 'content', 'preamble'],
      finished: true,
      usage: usage(128, 12),
    },
    { file: 'blocked.sse', kinds: ['content'], finished: true, usage: usage(31, 0) },
    { file: 'error-event.sse', kinds: ['error'], finished: false, usage: null },
    { file: 'error-bare.sse', kinds: ['error'], finished: false, usage: null },
  ]

  for (const { file, ...expected } of streams) {
    test(`of ${file} mean the same with LF and CR LF, however they are cut`, async () => {
      const text = goldenText(file)
      for (const written of [text, text.replaceAll('\n', '\r\n')]) {
        const whole = Buffer.from(written)
        expect(streamOf(written)).toMatchObject(expected)
        expect(readStream([...whole].map((byte) => Buffer.from([byte])))).toMatchObject(expected)
        fc.assert(
          fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
            const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
            const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end))
            expect(readStream(pieces)).toMatchObject(expected)
          }),
          { numRuns: 50 },
        )
      }
    })
  }

  test('are an error with Google’s word and message, with data: before it or not', async () => {
    expect(streamOf(goldenText('error-event.sse')).meanings).toEqual([
      { kind: 'error', errorType: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
    ])
    const content = sse({ candidates: [{ content: { parts: [{ text: 'half' }] } }] })
    const bare = goldenText('error-bare.sse').trimEnd()
    expect(streamOf(content + bare).meanings).toEqual([
      { kind: 'content' },
      { kind: 'error', errorType: 'UNAVAILABLE', message: expect.stringMatching(/^This model is currently/) },
    ])
  })

  test.each<[name: string, data: string, meaning: EventMeaning]>([
    ['an error with a code alone', '{"error":{"code":503}}', { kind: 'error', errorType: '503', message: '' }],
    ['an error of a relay', '{"error":{"type":"x","message":"m"}}', { kind: 'error', errorType: 'x', message: 'm' }],
    ['an error in a word', '{"error":"no"}', { kind: 'error', errorType: '', message: 'no' }],
    ['error: null', '{"error":null}', { kind: 'preamble' }],
    ['what OpenAI ends with', '[DONE]', { kind: 'preamble' }],
    ['a chunk of nothing', '{}', { kind: 'preamble' }],
    ['no candidates', '{"candidates":[]}', { kind: 'preamble' }],
    ['candidates: null', '{"candidates":null}', { kind: 'preamble' }],
    ['no parts', '{"candidates":[{"content":{"parts":[]}}]}', { kind: 'preamble' }],
    ['an unspecified reason', '{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}', { kind: 'preamble' }],
    ['a finish reason alone', '{"candidates":[{"finishReason":"SAFETY"}]}', { kind: 'content' }],
    ['a part of no known kind', '{"candidates":[{"content":{"parts":[{"new":1}]}}]}', { kind: 'content' }],
    ['a number', '7', { kind: 'malformed' }],
    ['a list', '[]', { kind: 'malformed' }],
    ['half an object', '{"candidates":[', { kind: 'malformed' }],
  ])('%s', (_name, data, meaning) => {
    expect(streamOf(`data: ${data}\r\n\r\n`).meanings).toEqual([meaning])
  })

  test('an error event that is no JSON is an error with its text', () => {
    expect(streamOf('event: error\r\ndata: upstream died\r\n\r\n').meanings).toEqual([
      { kind: 'error', errorType: '', message: 'upstream died' },
    ])
  })

  test('are finished when every candidate is', () => {
    const part = { content: { parts: [{ text: 'a' }] } }
    const first = [part, { ...part, index: 1 }]
    expect(streamOf(sse({ candidates: first }, { candidates: [{ finishReason: 'STOP' }] })).finished).toBe(false)
    const both = sse(
      { candidates: first },
      { candidates: [{ finishReason: 'STOP' }] },
      { candidates: [{ finishReason: 'STOP', index: 1 }] },
    )
    expect(streamOf(both).finished).toBe(true)
  })

  test('that are cut leave the last numbers and an estimate of what was written', () => {
    const cut = sse({
      candidates: [{ content: { parts: [{ text: 'x'.repeat(400) }] } }],
      usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 1 },
    })
    expect(streamOf(cut).usage).toEqual(usage(20, 100, { estimated: true }))
  })

  test('of a relay that reports no usage leave an estimate, finished or not', () => {
    const text = { content: { parts: [{ text: 'x'.repeat(400) }] } }
    expect(streamOf(sse({ candidates: [text] })).usage).toEqual(usage(0, 100, { estimated: true }))
    const whole = sse({ candidates: [text] }, { candidates: [{ finishReason: 'STOP' }] })
    expect(streamOf(whole).usage).toEqual(usage(0, 100, { estimated: true }))
  })

  test('have ended when nothing is missing: finished, and the usage came with it or behind it', () => {
    const text = { candidates: [{ content: { parts: [{ text: 'x' }] } }], usageMetadata: { promptTokenCount: 2 } }
    const stop = { candidates: [{ finishReason: 'STOP' }] }
    const counts = { usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 1 } }
    expect(streamOf(sse(text)).ended).toBe(false)
    expect(streamOf(sse(text, stop)).ended).toBe(false)
    expect(streamOf(sse(text, { ...stop, ...counts })).ended).toBe(true)
    expect(streamOf(sse(text, stop, counts)).ended).toBe(true)
  })
})

describe('a whole answer', () => {
  test.each([
    ['whole.json', usage(476, 32, { cacheRead: 1024 })],
    ['blocked.json', usage(31, 0)],
    ['stream-array.json', usage(14, 191)],
  ])('%s is complete', async (file, expected) => {
    expect(gemini.readWhole(Buffer.from(goldenText(file)))).toEqual({ kind: 'complete', usage: expected })
  })

  test.each(['error-429.json', 'error-internal.json'])('%s in a 200 is an error', async (file) => {
    const text = goldenText(file)
    const error = { kind: 'error', errorType: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/\w/) }
    expect(gemini.readWhole(Buffer.from(text))).toEqual(error)
    expect(gemini.readWhole(Buffer.from(`[${text}]`))).toEqual(error)
  })

  test('with megabytes of a picture is complete', () => {
    const data = 'A'.repeat(3 * 1024 * 1024)
    const candidates = [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data } }] }, finishReason: 'STOP' }]
    const body = Buffer.from(JSON.stringify({ candidates, usageMetadata: { promptTokenCount: 3 } }))
    expect(gemini.readWhole(body)).toEqual({ kind: 'complete', usage: usage(3, 0) })
  })

  test.each([
    ['nothing', ''],
    ['another protocol', '{"content":[{"type":"text","text":"hi"}]}'],
    ['no candidates', '{"candidates":[],"usageMetadata":{"promptTokenCount":3}}'],
    ['an empty candidate', '{"candidates":[{"content":{"role":"model"}}]}'],
    ['an empty list', '[]'],
    ['a list that never finishes', '[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}]'],
    ['a list that is cut', '[{"candidates":[{"finishReason":"STOP"}]},'],
    ['half an object', '{"candidates":[{"finishReason":"STOP"}]'],
    ['a page', '<html></html>'],
    ['a word', '"ok"'],
  ])('of %s is malformed', (_name, body) => {
    expect(gemini.readWhole(Buffer.from(body))).toEqual({ kind: 'malformed' })
  })
})

describe('an error of the API means', () => {
  test.each([
    ['error-429.json', 429, 'throttled', 37_000],
    ['error-key.json', 400, 'credential', null],
    ['error-model.json', 404, 'model-gap', null],
    ['error-internal.json', 500, 'server', null],
    ['error-too-long.json', 400, 'client-recoverable', null],
  ])('%s: %s %s', async (file, status, outcome, retryAfterMs) => {
    const body = goldenText(file)
    const context = { settings: defaultSettings, model: 'gemini-9-ultra', wallNowMs: 0, stream: true, redact: String }
    const end = { kind: 'status', status, headers: { 'content-type': 'application/json' }, body } as const
    expect(classifyEnd(end, context)).toMatchObject({ outcome, retryAfterMs })
  })

  test.each([
    ['UNAVAILABLE', 'The model is overloaded.', 'server'],
    ['INTERNAL', 'An internal error has occurred.', 'server'],
    ['DEADLINE_EXCEEDED', 'Deadline expired.', 'server'],
    ['RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.', 'throttled'],
    ['PERMISSION_DENIED', 'The caller does not have permission', 'credential'],
  ])('%s inside a stream: the same as before the headers', (errorType, message, outcome) => {
    const context = { settings: defaultSettings, model: 'm', wallNowMs: 0, stream: true, redact: String }
    const end = { kind: 'error-in-answer', errorType, message, body: '', committed: false } as const
    expect(classifyEnd(end, context).outcome).toBe(outcome)
  })
})

describe('what Switchyard writes', () => {
  test('an error is Google’s envelope, with a word of its list for every code', () => {
    const written = gemini.errorBody(new ProxyError('no-node', 'pool default has no node.'))
    expect(JSON.parse(written)).toEqual({
      error: { code: 503, message: 'Switchyard: pool default has no node.', status: 'UNAVAILABLE' },
    })
    const words: Readonly<Record<number, string>> = {
      400: 'INVALID_ARGUMENT',
      401: 'UNAUTHENTICATED',
      402: 'FAILED_PRECONDITION',
      403: 'PERMISSION_DENIED',
      404: 'NOT_FOUND',
      408: 'DEADLINE_EXCEEDED',
      413: 'INVALID_ARGUMENT',
      500: 'INTERNAL',
      502: 'UNAVAILABLE',
      503: 'UNAVAILABLE',
    }
    for (const code of proxyErrorCodes) {
      const error = new ProxyError(code, 'x.')
      expect(JSON.parse(gemini.errorBody(error))).toEqual({
        error: {
          code: error.status,
          message: 'Switchyard: x.',
          status: words[error.status] ?? expect.stringMatching(/^[A-Z_]+$/),
        },
      })
    }
  })

  test('no ping, for its clients break on a comment', () => {
    expect(gemini.ping).toBeNull()
  })

  test('a count is totalTokens, and a node’s is told from anything else', async () => {
    expect(gemini.countTokensBody(7)).toBe('{"totalTokens":7}')
    expect(gemini.isTokenCount(Buffer.from(goldenText('count-tokens.json')))).toBe(true)
    for (const other of ['{"input_tokens":1}', '{"error":{}}', '', '[]', '{"totalTokens":"1"}']) {
      expect(gemini.isTokenCount(Buffer.from(other))).toBe(false)
    }
  })

  test('an estimate counts text by its bytes and a picture as a picture', () => {
    const ask = (parts: readonly object[]) => Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts }] }))
    const text = gemini.estimateTokens(ask([{ text: 'word '.repeat(700) }]))
    expect(text).toBeGreaterThan(1000)
    expect(text).toBeLessThan(1100)
    const picture = { inlineData: { mimeType: 'image/png', data: 'A'.repeat(1_000_000) } }
    expect(gemini.estimateTokens(ask([{ text: 'hi' }, picture]))).toBeLessThan(3100)
    expect(gemini.estimateTokens(Buffer.from('not json'))).toBe(3)
  })

  test('the list has Google’s names, and is read back', () => {
    const written = gemini.modelsBody(['gemini-2.5-pro', 'tunedModels/mine'])
    expect(JSON.parse(written)).toMatchObject({
      models: [{ name: 'models/gemini-2.5-pro' }, { name: 'tunedModels/mine' }],
    })
    expect(gemini.test.modelsOf(Buffer.from(written))).toEqual(['gemini-2.5-pro', 'tunedModels/mine'])
  })
})

describe('the test of a node', () => {
  test('lists what can be asked for content', async () => {
    expect(gemini.test.modelsOf(Buffer.from(goldenText('models.json')))).toEqual(['gemini-2.5-pro', 'gemini-2.5-flash'])
    expect(gemini.test.modelsOf(Buffer.from('{"data":[]}'))).toBeNull()
  })

  test('asks for one streamed token, in a request that is served here too', () => {
    const { target, body } = gemini.test.oneToken('google/gemini-2.5-pro')
    expect(target).toBe('/v1beta/models/google/gemini-2.5-pro:streamGenerateContent?alt=sse')
    expect(gemini.factsOf({ target, body })).toEqual({
      ok: true,
      facts: { model: 'google/gemini-2.5-pro', stream: true, sessionId: null },
    })
    expect(JSON.parse(body.toString())).toMatchObject({ generationConfig: { maxOutputTokens: 1 } })
  })
})
