// What the data plane refuses before routing and before the body is read (security.md "Local server"), over raw sockets.
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestEngine, type TestEngine } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { rawExchange } from '../harness/raw-exchange.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ErrorAnswer, errorOf, parsed, type RawRequest, rawHead, refusalOf, resetBehind } from './raw-request.ts'

type Scene = { readonly engine: TestEngine; readonly node: ScriptedUpstream }

async function scene(): Promise<Scene> {
  const node = await startScriptedUpstream({ name: 'node' })
  onTestFinished(node.close)
  return { engine: await startTestEngine({ nodes: [{ name: 'node', url: node.url }] }), node }
}

/** Refused on its head alone, with nothing for a web page to read, and no node has heard of it. */
async function refused(request: RawRequest | ((port: number) => RawRequest)): Promise<ErrorAnswer> {
  const { engine, node } = await scene()
  const answer = await refusalOf(engine.port, typeof request === 'function' ? request(engine.port) : request)
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  expect(answer.headers['x-should-retry']).toBe('false')
  expect(node.connections()).toBe(0)
  expect(engine.exchanges).toEqual([])
  return answer
}

describe('Host', () => {
  const withHost = (host: string | null): RawRequest => ({ host })
  test.each<[name: string, request: (port: number) => RawRequest]>([
    ['is missing', () => withHost(null)],
    ['is empty', () => withHost('Host:')],
    ['is missing in HTTP/1.0', () => ({ line: 'POST /v1/messages HTTP/1.0', host: null })],
    ['is there twice', (port) => ({ headers: [`Host: 127.0.0.1:${port}`] })],
    ['is there twice, the second foreign and in another case', () => ({ headers: ['hOST: evil.example'] })],
    ['is a foreign name', (port) => withHost(`Host: evil.example:${port}`)],
    ['is a foreign name in HTTP/1.0', () => ({ line: 'POST /v1/messages HTTP/1.0', host: 'Host: evil.example' })],
    ['is a name that only begins like ours', (port) => withHost(`Host: 127.0.0.1.evil.example:${port}`)],
    ['has no port', () => withHost('Host: 127.0.0.1')],
    ['has another port', (port) => withHost(`Host: localhost:${port + 1}`)],
    ['has userinfo', (port) => withHost(`Host: x@localhost:${port}`)],
    ['is another way to write loopback', (port) => withHost(`Host: 127.1:${port}`)],
    ['is a list', (port) => withHost(`Host: localhost:${port}, evil.example`)],
  ])('that %s is answered with 421', async (_name, request) => {
    const answer = await refused(request)
    expect(answer.status).toBe(421)
    expect(answer.type).toBe('invalid_request_error')
    expect(answer.message).toContain('send exactly one Host header')
  })

  test.each(['127.0.0.1', 'localhost', 'LocalHost', '[::1]'])('%s with our port is let through', async (name) => {
    const { engine } = await scene()
    const body = messagesBody()
    const head = rawHead(engine.port, {
      host: `Host: ${name}:${engine.port}`,
      bodyHeaders: [`Content-Length: ${body.length}`, 'Connection: close'],
    })
    expect(parsed(await rawExchange(engine.port, Buffer.concat([Buffer.from(head), body]))).status).toBe(200)
  })
})

describe('a web page', () => {
  test.each([
    ['of another origin', 'Origin: https://evil.example'],
    ['of another port of this machine', 'Origin: http://127.0.0.1:1'],
    ['of our host over https', 'Origin: https://localhost:4780'],
    ['without an origin', 'Origin: null'],
    ['of another site', 'Sec-Fetch-Site: cross-site'],
    ['of the same site', 'Sec-Fetch-Site: same-site'],
    ['with a fetch site nobody knows', 'Sec-Fetch-Site: friendly'],
  ])('%s is answered with 403', async (_name, header) => {
    const answer = await refused({ headers: [header] })
    expect([answer.status, answer.type]).toEqual([403, 'permission_error'])
    expect(answer.message).toContain('another origin')
  })

  test.each([
    ['Sec-Fetch-Site', ['Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site']],
    ['Origin', ['Origin: http://127.0.0.1:PORT', 'Origin: https://evil.example']],
  ])('that sends %s twice cannot hide the second', async (_name, headers) => {
    const answer = await refused((port) => ({ headers: headers.map((line) => line.replace('PORT', String(port))) }))
    expect(answer.status).toBe(403)
  })

  test('of our own origin, and a user who typed the address, are let through', async () => {
    const { engine } = await scene()
    for (const headers of [
      { origin: `http://127.0.0.1:${engine.port}`, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      const answer = await engine.send({ body: messagesBody(), headers })
      expect(answer.status).toBe(200)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  test('a refused Host is told before a refused origin', async () => {
    expect((await refused({ host: 'Host: evil.example', headers: ['Origin: https://evil.example'] })).status).toBe(421)
  })
})

describe('the target', () => {
  test.each([
    ['in absolute form with another authority', 'http://evil.example/v1/messages'],
    ['in absolute form with https', 'https://evil.example/v1/messages'],
    ['that begins with two slashes', '//evil.example/v1/messages'],
    ['with two slashes inside', '/v1//messages'],
    ['with two encoded slashes', '/v1%2f%2Fmessages'],
    ['with a backslash', '/\\evil.example/v1/messages'],
    ['with an encoded backslash', '/v1/%5Cmessages'],
    ['with ..', '/v1/../v1/messages'],
    ['that ends in ..', '/v1/messages/..'],
    ['with .. encoded', '/v1/%2e%2E/messages'],
    ['with .. half encoded', '/v1/.%2e/messages'],
    ['with .. behind an encoded slash', '/v1/messages%2f..%2fmodels'],
    ['with an encoded line end', '/v1/messages%0d%0aHost:evil.example'],
    ['with an encoded NUL', '/v1/messages%00'],
    ['with an encoded DEL', '/v1/messages%7F'],
    ['with a fragment', '/v1/messages#x'],
    ['that is a lone asterisk', '*'],
  ])('%s is answered with 400', async (_name, target) => {
    const method = target === '*' ? 'OPTIONS' : 'POST'
    const answer = await refused({ line: `${method} ${target} HTTP/1.1` })
    expect([answer.status, answer.type]).toEqual([400, 'invalid_request_error'])
  })

  test.each([
    ['a tab', '\t'],
    ['a bell', '\x07'],
    ['DEL', '\x7f'],
    ['NUL', '\0'],
  ])('with %s in path or query is answered with 400', async (_name, character) => {
    for (const target of [`/v1/mess${character}ages`, `/v1/messages?a=${character}b`]) {
      const { engine, node } = await scene()
      const answer = await refusalOf(engine.port, { line: `POST ${target} HTTP/1.1` })
      expect(answer.status).toBe(400)
      expect(node.connections()).toBe(0)
    }
  })

  test('in absolute form with our own authority is refused too: no tool sends it, and the answer says what to send', async () => {
    const answer = await refused((port) => ({ line: `POST http://127.0.0.1:${port}/v1/messages HTTP/1.1` }))
    expect(answer.status).toBe(400)
    expect(answer.message).toContain('plain path')
  })

  test('may have dots inside a name', async () => {
    const { engine } = await scene()
    expect((await engine.send({ method: 'GET', path: '/v1/..model..x' })).status).toBe(404)
  })
})

describe('methods', () => {
  test.each(['OPTIONS', 'TRACE'])('%s is answered with 405, without a word about CORS', async (method) => {
    const preflight = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization']
    const answer = await refused({ line: `${method} /v1/messages HTTP/1.1`, headers: preflight, bodyHeaders: [] })
    expect([answer.status, answer.type]).toEqual([405, 'invalid_request_error'])
    expect(answer.headers['allow'] ?? '').not.toContain('OPTIONS')
  })

  test('CONNECT is answered with 405 and closed, whatever it asks for', async () => {
    const { engine, node } = await scene()
    for (const target of [`127.0.0.1:${node.port}`, 'evil.example:443']) {
      const raw = await rawExchange(engine.port, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
      expect(parsed(raw).status).toBe(405)
      expect(raw.closedBy).toBe('peer')
    }
    expect(node.connections()).toBe(0)
  })

  test('a client that resets right behind its CONNECT does not take the server down', async () => {
    const { engine } = await scene()
    const gone = await Promise.all(
      Array.from({ length: 20 }, () => resetBehind(engine.port, 'CONNECT a:1 HTTP/1.1\r\n\r\n')),
    )
    expect(gone).toHaveLength(20)
    expect((await engine.send({ body: messagesBody() })).status).toBe(200)
  })
})

describe('framing', () => {
  const body = (...bodyHeaders: readonly string[]): RawRequest => ({ bodyHeaders })
  test.each<[name: string, request: RawRequest]>([
    ['Transfer-Encoding with another coding before chunked', body('Transfer-Encoding: gzip, chunked')],
    ['Transfer-Encoding that is not chunked', body('Transfer-Encoding: gzip')],
    ['Transfer-Encoding: identity', body('Transfer-Encoding: identity')],
    ['chunked twice', body('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    ['chunked and something behind it', body('Transfer-Encoding: chunked, gzip')],
    ['Transfer-Encoding beside Content-Length', body('Transfer-Encoding: chunked', 'Content-Length: 5')],
    ['Content-Length beside Transfer-Encoding', body('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['two Content-Lengths that differ', body('Content-Length: 5', 'Content-Length: 6')],
    ['a negative Content-Length', body('Content-Length: -1')],
    ['a Content-Length that is no number', body('Content-Length: 0x10')],
    ['a header without a colon', { headers: ['not a header'] }],
    ['a header name with a space', { headers: ['X Y: 1'] }],
    ['a folded header', { headers: ['X-Folded: 1', ' 2'] }],
    ['a NUL in a header', { headers: ['X-Nul: a\0b'] }],
  ])('%s is answered with 400', async (_name, request) => {
    const answer = await refused(request)
    expect([answer.status, answer.type]).toEqual([400, 'invalid_request_error'])
  })

  test.each([
    ['bytes that are no request', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS to a plain port'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a version that does not exist', 'GET / HTTP/9.9\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a lower-case method', 'get / HTTP/1.1\r\n\r\n'],
  ])('%s are answered with 400 and closed', async (_name, bytes) => {
    const { engine, node } = await scene()
    const raw = await rawExchange(engine.port, Buffer.from(bytes, 'latin1'))
    const answer = errorOf(raw)
    expect([answer.status, answer.headers['connection'], answer.headers['x-should-retry']]).toEqual([
      400,
      'close',
      'false',
    ])
    expect(raw.closedBy).toBe('peer')
    expect(node.connections()).toBe(0)
  })

  test('a chunk size that is no number ends a request in 400 and closes', async () => {
    const { engine, node } = await scene()
    const head = rawHead(engine.port, { bodyHeaders: ['Transfer-Encoding: chunked'] })
    expect(errorOf(await rawExchange(engine.port, `${head}xyz\r\n`)).status).toBe(400)
    expect(node.connections()).toBe(0)
  })
})

describe('headers', () => {
  test('of 1 MB are answered with 431, readable by a client that is still sending them', async () => {
    const { engine, node } = await scene()
    const one = `X-Filler: ${'f'.repeat(1000)}`
    const raw = await rawExchange(
      engine.port,
      rawHead(engine.port, { headers: Array.from({ length: 1024 }, () => one) }),
    )
    const answer = errorOf(raw)
    expect([answer.status, answer.type]).toEqual([431, 'invalid_request_error'])
    expect(answer.message).toContain('32 KiB')
    expect(node.connections()).toBe(0)
  })

  test('of 1 MB in a single field or a single target are answered with 431', async () => {
    const { engine } = await scene()
    const long = 'f'.repeat(1024 * 1024)
    for (const request of [{ headers: [`X-Filler: ${long}`] }, { line: `POST /v1/messages?${long} HTTP/1.1` }]) {
      expect(errorOf(await rawExchange(engine.port, rawHead(engine.port, request))).status).toBe(431)
    }
  })

  test('just under the limit are let through', async () => {
    const { engine } = await scene()
    const answer = await engine.send({ path: '/v1/models', headers: { 'x-filler': 'f'.repeat(31 * 1024) } })
    expect(answer.status).toBe(200)
  })
})
