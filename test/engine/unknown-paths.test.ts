// What nobody serves: 404 or 426 in the envelope of the protocol whose path it is, naming what is served.
import { describe, expect, onTestFinished, test } from 'vitest'
import { CLIENT_TOKEN, startTestEngine, type TestEngine } from '../harness/engine.ts'
import type { Answer } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { rawExchange } from '../harness/raw-exchange.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { parsed, type RawRequest, rawHead } from './raw-request.ts'

type Envelope = 'anthropic' | 'openai' | 'gemini'
type Scene = { readonly engine: TestEngine; readonly node: ScriptedUpstream }

async function scene(): Promise<Scene> {
  const node = await startScriptedUpstream({ name: 'a' })
  onTestFinished(node.close)
  const openAi = { url: `${node.url}/v1`, protocol: 'openai-responses' } as const
  return {
    engine: await startTestEngine({
      nodes: [
        { name: 'a', url: node.url },
        { name: 'o', ...openAi },
      ],
    }),
    node,
  }
}

/** The message, whatever envelope it is in; it must be the one that is expected. */
function messageIn(text: string, envelope: Envelope): string {
  const body: unknown = JSON.parse(text)
  const message = expect.stringMatching(/^Switchyard: .+\.$/s)
  const expected = {
    anthropic: { type: 'error', error: { type: expect.any(String), message } },
    openai: { error: { message, type: 'invalid_request_error', param: null, code: null } },
    gemini: { error: expect.objectContaining({ code: expect.any(Number), message }) },
  }
  expect(body).toEqual(expected[envelope])
  return (body as { error: { message: string } }).error.message // Checked above.
}

const everything = [
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'GET /v1/models',
  'POST /v1/responses',
  'POST /v1/responses/compact',
  'POST /v1/responses/input_tokens',
  'POST /v1/chat/completions',
  'GET /health',
]

const anthropicVersion = { 'anthropic-version': '2023-06-01' }
const anthropicKey = { 'x-api-key': CLIENT_TOKEN }

describe('a path that nobody serves', () => {
  test.each<[method: string, path: string, headers: Readonly<Record<string, string>>, envelope: Envelope]>([
    ['POST', '/v1/messages/batches', {}, 'anthropic'],
    ['GET', '/v1/files', anthropicVersion, 'anthropic'],
    ['POST', '/v1/complete', anthropicKey, 'anthropic'],
    ['GET', '/favicon.ico', {}, 'anthropic'],
    ['GET', '/v1/responses/resp_123', {}, 'openai'],
    ['POST', '/v1/responses/resp_123/cancel', {}, 'openai'],
    ['DELETE', '/v1/responses/resp_123', {}, 'openai'],
    ['POST', '/v1/batches', {}, 'openai'],
    ['POST', '/v1/files', {}, 'openai'],
    ['POST', '/v1/embeddings', {}, 'openai'],
    ['POST', '/v1/completions', {}, 'openai'],
    ['GET', '/v1/models/gpt-5', {}, 'openai'],
    ['DELETE', '/v1/models', {}, 'openai'],
    ['GET', '/v1/chat/completions', {}, 'openai'],
    ['POST', '/v1/v1/chat/completions', {}, 'openai'],
    ['POST', '/v1beta/models/gemini-3-pro:batchGenerateContent', {}, 'gemini'],
  ])('%s %s is answered with 404 that names what is served', async (method, path, headers, envelope) => {
    const { engine, node } = await scene()
    const answer = await engine.send({ method, path, headers })
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([404, 'false'])
    const message = messageIn(answer.text, envelope)
    expect(message).toContain(`${method} ${path} is not served.`)
    for (const served of everything) expect(message).toContain(served)
    expect(node.connections()).toBe(0)
    expect(engine.exchanges).toEqual([])
  })

  test.each([
    ['POST', '/responses'],
    ['POST', '/chat/completions'],
    ['GET', '/models'],
  ])('%s %s says that the base URL of the tool lacks its /v1', async (method, path) => {
    const { engine } = await scene()
    const answer = await engine.send({ method, path })
    expect(answer.status).toBe(404)
    const message = messageIn(answer.text, 'openai')
    expect(message).toBe(
      `Switchyard: ${method} ${path} is not served. ${method} /v1${path} is: let the base URL of the tool end in /v1.`,
    )
  })
})

describe('an upgrade', () => {
  const upgradeTo = (protocol: string): RawRequest => ({
    bodyHeaders: [],
    headers: ['Connection: Upgrade', `Upgrade: ${protocol}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: eA=='],
  })

  test.each<[line: string, protocol: string, envelope: Envelope]>([
    ['GET /v1/responses HTTP/1.1', 'websocket', 'openai'],
    ['GET /v1/realtime?model=gpt-realtime HTTP/1.1', 'WebSocket', 'openai'],
    ['GET /v1/messages HTTP/1.1', 'h2c, websocket', 'anthropic'],
    ['GET /v1/models HTTP/1.1', 'websocket', 'openai'],
  ])('%s to %s is answered with 426, and the connection is closed', async (line, protocol, envelope) => {
    const { engine, node } = await scene()
    const raw = await rawExchange(engine.port, rawHead(engine.port, { ...upgradeTo(protocol), line }))
    const answer = parsed(raw)
    expect(raw.closedBy).toBe('peer')
    expect(answer.status).toBe(426)
    // RFC 9110 §15.5.22 and §7.8.
    expect(answer.headers).toMatchObject({
      upgrade: 'HTTP/1.1',
      connection: 'upgrade, close',
      'x-should-retry': 'false',
    })
    const message = messageIn(answer.body, envelope)
    expect(message).toContain('WebSockets are not served. Ask over plain HTTP: ')
    expect(message).toContain('POST /v1/responses')
    expect(node.connections()).toBe(0)
  })

  test('is refused behind the guard: a foreign page does not even get a 426', async () => {
    const { engine } = await scene()
    const request = upgradeTo('websocket')
    const headers = [...(request.headers ?? []), 'Origin: https://evil.example']
    const head = rawHead(engine.port, { ...request, line: 'GET /v1/responses HTTP/1.1', headers })
    expect(parsed(await rawExchange(engine.port, head, { until: '}}' })).status).toBe(403)
  })

  test('to HTTP/2 is not taken up, and the request is served as it is', async () => {
    const { engine } = await scene()
    const body = messagesBody()
    const bodyHeaders = [`Content-Length: ${body.length}`]
    const headers = ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
    const head = Buffer.from(rawHead(engine.port, { bodyHeaders, headers }))
    const answer = parsed(await rawExchange(engine.port, Buffer.concat([head, body])))
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('msg_a_1')
  })

  test('leaves the next connection as it was', async () => {
    const { engine } = await scene()
    const line = 'GET /v1/responses HTTP/1.1'
    await rawExchange(engine.port, rawHead(engine.port, { ...upgradeTo('websocket'), line }))
    const answer: Answer = await engine.send({ path: '/v1/responses', body: { model: 'gpt-5', input: 'hi' } })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
  })
})
