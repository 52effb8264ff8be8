// Request bodies: too large, too slow, too many, not JSON, compressed. What is refused never reaches a node.
import { connect, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { startTestEngine, type TestEngine } from '../harness/engine.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import { rawExchange } from '../harness/raw-exchange.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { ok, stallBeforeHead } from '../harness/steps.ts'
import { ourError } from './our-error.ts'
import { errorOf, parsed, rawHead } from './raw-request.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000

type Scene = { readonly engine: TestEngine; readonly node: ScriptedUpstream }

async function scene(settings: Partial<Settings> = {}): Promise<Scene> {
  const node = await startScriptedUpstream({ name: 'node' })
  onTestFinished(node.close)
  return { engine: await startTestEngine({ nodes: [{ name: 'node', url: node.url }], settings }), node }
}

/** Sends what it is given and keeps its side open. */
async function openSocket(port: number, bytes: string | Buffer): Promise<{ socket: Socket; received: () => string }> {
  let received = ''
  const socket = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  await written(socket, bytes)
  return { socket, received: () => received }
}

function written(socket: Socket, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve) => void socket.write(bytes, () => resolve()))
}

describe('a body that is too large', () => {
  const piece = Buffer.alloc(MIB, 'x')
  const chunk = Buffer.concat([Buffer.from(`${MIB.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
  test.each([
    ['with its length announced', `Content-Length: ${65 * MIB}`, piece, ''],
    ['in chunks', 'Transfer-Encoding: chunked', chunk, '0\r\n\r\n'],
  ])('%s is answered with 413, readable by a client that sends all of it first', async (_name, header, part, end) => {
    const { engine, node } = await scene()
    const head = rawHead(engine.port, { bodyHeaders: [header] })
    const { socket, received } = await openSocket(engine.port, head)
    for (let sent = 0; sent < 65; sent++) await written(socket, part)
    socket.write(end)
    await vi.waitFor(() => expect(received()).toContain('}}'))
    const answer = errorOf({ bytes: Buffer.alloc(0), text: received(), closedBy: 'us' })
    expect([answer.status, answer.type, answer.headers['x-should-retry']]).toEqual([413, 'request_too_large', 'false'])
    expect(answer.message).toContain('64 MiB')
    expect(node.connections()).toBe(0)
    const record = await engine.recorded()
    expect([record.outcome, record.status, record.errorCode]).toEqual(['rejected', 413, 'body-too-large'])
    // The rest was read and thrown away: the connection is as good as new.
    socket.write('GET /health HTTP/1.1\r\n')
    socket.write(`Host: 127.0.0.1:${engine.port}\r\n\r\n`)
    await vi.waitFor(() => expect(received()).toContain('"product":"switchyard"'))
  })

  test('is refused on its announced length alone', async () => {
    const { engine } = await scene()
    const head = rawHead(engine.port, { bodyHeaders: [`Content-Length: ${65 * MIB}`] })
    expect(errorOf(await rawExchange(engine.port, head, { until: '}}' })).status).toBe(413)
  })

  test('of exactly the limit is served, one byte more is not', async () => {
    const { engine, node } = await scene({ bodyBytesMax: 100 * KIB })
    const body = messagesBody({ padToBytes: 90 * KIB })
    const whole = Buffer.concat([body, Buffer.alloc(100 * KIB - body.length, ' ')])
    expect((await engine.send({ body: whole })).status).toBe(200)
    expect((await engine.send({ body: Buffer.concat([whole, Buffer.from(' ')]) })).status).toBe(413)
    expect(node.requestsFor().map((request) => request.body.length)).toEqual([100 * KIB])
  })
})

describe('a body that stops arriving', () => {
  test('for 30 s is answered with 408', async () => {
    const { engine, node } = await scene()
    const { received } = await openSocket(engine.port, `${rawHead(engine.port)}{"model":`)
    await engine.clock.timerStarted((delayMs) => delayMs === 30 * SECOND)
    await engine.clock.advance(30 * SECOND - 1)
    expect(received()).toBe('')
    await engine.clock.advance(1)
    await vi.waitFor(() => expect(received()).toContain('}}'))
    const answer = errorOf({ bytes: Buffer.alloc(0), text: received(), closedBy: 'us' })
    expect([answer.status, answer.type]).toEqual([408, 'invalid_request_error'])
    const record = await engine.recorded()
    expect([record.outcome, record.errorCode]).toEqual(['rejected', 'body-timeout'])
    expect(node.connections()).toBe(0)
  })

  test('for less goes on: every piece of it starts the 30 s again', async () => {
    const { engine } = await scene()
    const body = messagesBody()
    const { socket, received } = await openSocket(
      engine.port,
      rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`] }),
    )
    await engine.clock.timerStarted((delayMs) => delayMs === 30 * SECOND)
    for (const at of [0, 10, 20]) {
      await engine.clock.advance(29 * SECOND)
      socket.write(body.subarray(at, at + 10))
      await vi.waitFor(() => expect(engine.clock.pendingDelaysMs()).toContain(30 * SECOND))
    }
    socket.write(body.subarray(30))
    await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 200 /))
  })
})

describe('a client that leaves inside its body', () => {
  test('costs nothing but a record, and what was held of it is given back', async () => {
    const { engine, node } = await scene({ bufferedBytesMax: 100 * KIB })
    for (const number of [1, 2, 3]) {
      const head = rawHead(engine.port, { bodyHeaders: [`Content-Length: ${90 * KIB}`] })
      const { socket } = await openSocket(engine.port, `${head}${'x'.repeat(80 * KIB)}`)
      await engine.clock.timerStarted((delayMs) => delayMs === 30 * SECOND)
      socket.destroy()
      const record = await engine.recorded(number)
      expect([record.outcome, record.status, record.errorCode, record.attempts]).toEqual(['cancelled', null, null, []])
    }
    expect((await engine.send({ body: messagesBody({ padToBytes: 90 * KIB }) })).status).toBe(200)
    expect(node.requestsFor()).toHaveLength(1)
    expect(engine.clock.pendingDelaysMs().filter((delayMs) => delayMs <= 30 * SECOND)).toEqual([])
  })
})

describe('all buffered bodies together', () => {
  const large = messagesBody({ padToBytes: 80 * KIB })
  const middle = messagesBody({ padToBytes: 50 * KIB })

  test('beyond their limit the newcomer gets 503, and the room is there again when the first is done', async () => {
    const { engine, node } = await scene({ bufferedBytesMax: 100 * KIB })
    const held = stallBeforeHead()
    node.script(held, ok())
    const first = engine.send({ body: large })
    await node.nextRequest()
    const refused = await engine.send({ body: middle })
    expect([refused.status, ourError(refused).type, refused.headers['retry-after']]).toEqual([503, 'api_error', '2'])
    expect(refused.headers['x-should-retry']).toBeUndefined()
    expect(engine.exchanges.map(({ errorCode }) => errorCode)).toEqual(['buffers-full'])
    held.release()
    expect((await first).status).toBe(200)
    expect((await engine.send({ body: middle })).status).toBe(200)
    expect((await engine.send({ body: large })).status).toBe(200)
  })

  test('count as they came out of their compression, so that small bodies cannot take all memory', async () => {
    const { engine, node } = await scene({ bufferedBytesMax: 100 * KIB })
    const send = (body: Buffer) => engine.send({ body: gzipSync(body), headers: { 'content-encoding': 'gzip' } })
    const held = stallBeforeHead()
    node.script(held, ok())
    const first = send(large)
    await node.nextRequest()
    expect((await send(middle)).status).toBe(503)
    held.release()
    expect((await first).status).toBe(200)
    expect((await send(middle)).status).toBe(200)
    expect((await send(large)).status).toBe(200)
  })

  test.each([
    ['too large', 413, Buffer.alloc(70 * KIB, ' ')],
    ['not JSON', 400, Buffer.alloc(50 * KIB, 'x')],
  ])('are given back by one that was %s', async (_name, status, body) => {
    const { engine } = await scene({ bufferedBytesMax: 100 * KIB, bodyBytesMax: 60 * KIB })
    for (let time = 0; time < 4; time++) expect((await engine.send({ body })).status).toBe(status)
    expect((await engine.send({ body: middle })).status).toBe(200)
  })
})

describe('a body that is not what it should be', () => {
  const model = `"model":"${DEFAULT_MODEL}"`
  test.each([
    ['nothing', ''],
    ['white space', ' \r\n\t'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a list with the right object', `[{${model}}]`],
    ['a string', '"model"'],
    ['a number', '42'],
    ['a word', 'hello'],
    ['an open brace', '{'],
    ['a field without a value', `{${model},"a"`],
    ['a colon without a value', `{${model},"a":}`],
    ['an object without its end', `{${model}`],
    ['a comma too many', `{${model},}`],
    ['a comma too few', `{${model} "stream":true}`],
    ['a colon too few', `{"model" "${DEFAULT_MODEL}"}`],
    ['single quotes', `{'model':'${DEFAULT_MODEL}'}`],
    ['names without quotes', `{model:"${DEFAULT_MODEL}"}`],
    ['a string without its end', `{${model},"a":"b}`],
    ['a string that ends in a backslash', `{${model},"a":"b\\"}`],
    ['brackets crossed', `{${model},"a":[{]}}`],
    ['a bracket too many', `{${model}}}`],
    ['two objects', `{${model}}{${model}}`],
    ['words behind the object', `{${model}} and more`],
    ['a comment', `{/* model */${model}}`],
    ['NaN', `{${model},"a":NaN}`],
    ['a word for a value', `{${model},"a":yes}`],
    ['a form', `model=${DEFAULT_MODEL}&stream=true`],
    ['a page', '<html></html>'],
    ['events', `data: {${model}}\n\n`],
    ['UTF-16', Buffer.from(`{${model}}`, 'utf16le')],
    ['random bytes', Buffer.from('ff00fe1b9c7d22225c5c7b7d', 'hex')],
    ['gzip without saying so', gzipSync(`{${model}}`)],
  ])('%s is answered with 400 and a sentence', async (_name, body) => {
    const { engine, node } = await scene()
    const answer = await engine.send({ body: Buffer.from(body), method: 'POST' })
    const error = ourError(answer)
    expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([
      400,
      'invalid_request_error',
      'false',
    ])
    expect(error.message).toMatch(/The request body cannot be read: /)
    const record = await engine.recorded()
    expect([record.outcome, record.errorCode, record.attempts]).toEqual(['rejected', 'body-unreadable', []])
    expect(node.connections()).toBe(0)
  })

  test.each([
    ['no model', '{}', 'a model name is required'],
    ['a model that is null', '{"model":null}', 'a model name is required'],
    ['a model that is empty', '{"model":""}', 'a model name is required'],
    ['a model that is a number', '{"model":4}', 'a model name is required'],
    ['a model that is a list', '{"model":["a"]}', 'a model name is required'],
    ['a model with a raw line end', '{"model":"a\nb"}', 'a model name is required'],
    ['a model only inside', '{"a":{"model":"x"}}', 'a model name is required'],
    ['two models', '{"model":"cheap","model":"dear"}', 'the field model is there twice'],
    ['two models, one in escapes', '{"model":"cheap","m\\u006fdel":"dear"}', 'the field model is there twice'],
    ['two streams', `{${model},"stream":false,"stream":true}`, 'the field stream is there twice'],
    ['stream as text', `{${model},"stream":"true"}`, 'stream: true or false'],
    ['stream as a number', `{${model},"stream":1}`, 'stream: true or false'],
    ['stream as an object', `{${model},"stream":{}}`, 'stream: true or false'],
    ['stream as text that is none', `{${model},"stream":"\\q"}`, 'stream: true or false'],
    ['stream as a number that is none', `{${model},"stream":1..2}`, 'is not complete'],
  ])('%s is answered with 400 and says so', async (_name, body, sentence) => {
    const { engine, node } = await scene()
    const answer = await engine.send({ body })
    expect([answer.status, ourError(answer).type]).toEqual([400, 'invalid_request_error'])
    expect(ourError(answer).message).toContain(sentence)
    expect(node.connections()).toBe(0)
  })

  test.each([
    ['unknown fields of any shape', { new_in_next_release: { deep: [null, { a: 1e300 }] } }],
    ['stream: null', { stream: null }],
    ['metadata that is no object', { metadata: 'x' }],
    ['a user id that is no text', { metadata: { user_id: 7 } }],
    ['a user id that only looks like JSON', { metadata: { user_id: '{"session_id":' } }],
  ])('%s is let through as it is', async (_name, more) => {
    const { engine, node } = await scene()
    const body = messagesBody({ more })
    expect((await engine.send({ body })).status).toBe(200)
    expect(node.requestsFor()[0]?.body.equals(body)).toBe(true)
    expect((await engine.recorded()).sessionId).toBeNull()
  })

  test('nesting is let through as deep as tools go, and refused beyond, however deep', async () => {
    const { engine, node } = await scene()
    const nested = (depth: number) => `{${model},"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect((await engine.send({ body: nested(500) })).status).toBe(200)
    for (const depth of [513, 1_000_000]) {
      const answer = await engine.send({ body: nested(depth) })
      expect(answer.status).toBe(400)
      expect(ourError(answer).message).toContain('nested too deeply')
    }
    expect(node.requestsFor()).toHaveLength(1)
  })
})

describe('a compressed body', () => {
  const body = messagesBody({ text: 'ä compressed question 🙂', padToBytes: 200 * KIB, sessionId: 'ses-1' })
  test.each([
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['zstd', zstdCompressSync(body)],
  ])('in %s is read, and the node gets it plain', async (encoding, bytes) => {
    const { engine, node } = await scene()
    expect((await engine.send({ body: bytes, headers: { 'content-encoding': encoding } })).status).toBe(200)
    const [request] = node.requestsFor()
    expect(request?.body.equals(body)).toBe(true)
    expect([request?.header('content-encoding'), request?.header('content-length')]).toEqual([
      null,
      String(body.length),
    ])
    const record = await engine.recorded()
    expect([record.model, record.sessionId]).toEqual([DEFAULT_MODEL, 'ses-1'])
  })

  test('that says identity is passed on as it is', async () => {
    const { engine, node } = await scene()
    expect((await engine.send({ body, headers: { 'content-encoding': 'identity' } })).status).toBe(200)
    expect(node.requestsFor()[0]?.body.equals(body)).toBe(true)
  })

  test.each([
    ['in a coding nobody knows', 'lzma', body],
    ['in two codings', 'gzip, br', gzipSync(body)],
    ['that is not what it says', 'gzip', body],
    ['in gzip that is broken', 'gzip', Buffer.concat([gzipSync(body).subarray(0, 40), Buffer.alloc(40, 7)])],
    ['in br that is broken', 'br', Buffer.alloc(100, 0xff)],
    ['that is cut off', 'gzip', gzipSync(body).subarray(0, 100)],
    ['of nothing', 'gzip', Buffer.alloc(0)],
  ])('%s is answered with 400', async (_name, encoding, bytes) => {
    const { engine, node } = await scene()
    const answer = await engine.send({ body: bytes, headers: { 'content-encoding': encoding } })
    expect([answer.status, ourError(answer).type]).toEqual([400, 'invalid_request_error'])
    expect(node.connections()).toBe(0)
  })

  test('may be as large as a plain one', async () => {
    const { engine, node } = await scene()
    const large = messagesBody({ padToBytes: 20 * MIB })
    const answer = await engine.send({ body: gzipSync(large, { level: 1 }), headers: { 'content-encoding': 'gzip' } })
    expect(answer.status).toBe(200)
    expect(node.requestsFor()[0]?.body.length).toBe(large.length)
  })

  test('that grows beyond the limit is answered with 413, and was never held', async () => {
    const { engine, node } = await scene()
    const bomb = gzipSync(Buffer.alloc(100 * MIB, ' '), { level: 1 })
    const answer = await engine.send({ body: bomb, headers: { 'content-encoding': 'gzip' } })
    expect([answer.status, ourError(answer).type]).toEqual([413, 'request_too_large'])
    expect(node.connections()).toBe(0)
  })
})

test('two requests written at once on one connection are answered in their order', async () => {
  const { engine } = await scene()
  const body = messagesBody()
  const one = (path: string, connection: string) =>
    `${rawHead(engine.port, { line: `POST ${path} HTTP/1.1`, bodyHeaders: [`Content-Length: ${body.length}`, connection] })}${body.toString()}`
  const raw = await rawExchange(engine.port, one('/v1/messages', 'X-A: 1') + one('/nowhere', 'Connection: close'))
  expect(parsed(raw).status).toBe(200)
  expect(raw.text.indexOf('reply from node')).toBeLessThan(raw.text.indexOf('not_found_error'))
})
