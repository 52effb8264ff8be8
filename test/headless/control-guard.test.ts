// What the control port refuses before it routes, and before it has read a byte of the body.
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type HttpBridge, openHttpBridge } from '../../src/headless/http-bridge.ts'
import { createTestRouter } from './bridge-router.ts'
import { guardedRequests, isChange } from './control-requests.ts'
import { sendRaw } from './raw-http.ts'

const TOKEN = 'control-token-of-this-test'
const CLIENT_KEY = 'sy-test-key-000000004242'
let bridge: HttpBridge
let errors: unknown[]
let world: ReturnType<typeof createTestRouter>

beforeEach(async () => {
  errors = []
  world = createTestRouter()
  bridge = await openHttpBridge({ ...world, token: TOKEN, port: 0, onError: (error) => errors.push(error) })
})
afterEach(async () => {
  await bridge.close()
  expect(errors).toEqual([])
})

const bearer = `Authorization: Bearer ${TOKEN}`
const json = 'Content-Type: application/json'
const ownHost = () => `Host: 127.0.0.1:${bridge.port}`
const head = (first: string, lines: readonly string[]) => [`${first} HTTP/1.1`, ...lines, '', ''].join('\r\n')

describe('with a body announced and none sent', () => {
  /** The answer can only come if nobody waits for the body. */
  const refusals: readonly (readonly [string, number, () => readonly string[]])[] = [
    ['a foreign Host', 421, () => ['Host: evil.example', bearer, json]],
    ['a Host with another port', 421, () => ['Host: 127.0.0.1:1', bearer, json]],
    ['no Host', 421, () => [bearer, json]],
    ['two Hosts', 421, () => [ownHost(), ownHost(), bearer, json]],
    ['a foreign Origin', 403, () => [ownHost(), 'Origin: https://evil.example', bearer, json]],
    ['an Origin of another port', 403, () => [ownHost(), 'Origin: http://127.0.0.1:1', bearer, json]],
    ['Sec-Fetch-Site: cross-site', 403, () => [ownHost(), 'Sec-Fetch-Site: cross-site', bearer, json]],
    ['Sec-Fetch-Site: same-site', 403, () => [ownHost(), 'Sec-Fetch-Site: same-site', bearer, json]],
    ['no token', 401, () => [ownHost(), json]],
    ['a wrong token', 401, () => [ownHost(), 'Authorization: Bearer wrong', json]],
    ['a client key', 401, () => [ownHost(), `Authorization: Bearer ${CLIENT_KEY}`, json]],
    ['a form instead of JSON', 415, () => [ownHost(), bearer, 'Content-Type: text/plain']],
  ]
  const framings = [
    'Content-Length: 1000',
    'Transfer-Encoding: chunked',
    'Content-Length: 1000\r\nExpect: 100-continue',
  ]

  test.each(refusals)('%s is answered at once with %i', async (_what, status, lines) => {
    for (const framing of framings) {
      const answer = await sendRaw(bridge.port, head('POST /admin/api/nodes', [...lines(), framing]))
      expect(answer.status, framing).toBe(status)
    }
    expect(world.nodes).toEqual([])
  })

  test('an announced body above 1 MiB is refused with 413, also with "Expect: 100-continue"', async () => {
    const large = `Content-Length: ${1024 * 1024 + 1}`
    for (const framing of [large, `${large}\r\nExpect: 100-continue`]) {
      const lines = [ownHost(), bearer, json, framing]
      expect((await sendRaw(bridge.port, head('POST /admin/api/nodes', lines))).status, framing).toBe(413)
    }
  })

  test('sign-in is guarded the same way', async () => {
    for (const line of ['Origin: https://evil.example', 'Sec-Fetch-Site: cross-site']) {
      const lines = [ownHost(), line, json, 'Content-Length: 1000']
      expect((await sendRaw(bridge.port, head('POST /admin/api/session', lines))).status, line).toBe(403)
    }
    const misdirected = head('POST /admin/api/session', ['Host: evil.example', json, 'Content-Length: 1000'])
    expect((await sendRaw(bridge.port, misdirected)).status).toBe(421)
  })
})

describe('every operation', () => {
  test.each(guardedRequests)('$name: neither no token, nor a wrong one, nor a client key opens it', async (request) => {
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${CLIENT_KEY}`]) {
      const answer = await fetch(bridge.url + request.target, {
        method: request.method,
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          'x-api-key': TOKEN,
          'content-type': 'application/json',
        },
        ...(isChange(request) ? { body: '{}' } : {}),
      })
      expect(answer.status, authorization).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(await answer.json()).toMatchObject({ code: 'UNAUTHORIZED', data: { code: 'control-unauthorized' } })
    }
    expect(world.received).toEqual({ secrets: [], stops: 0, statusCalls: 0 })
  })

  test.each(guardedRequests)('$name: a foreign Host, Origin and Sec-Fetch-Site are refused', async (request) => {
    const first = `${request.method} ${request.target}`
    const foreign: readonly (readonly [number, readonly string[]])[] = [
      [421, ['Host: evil.example']],
      [403, [ownHost(), 'Origin: https://evil.example']],
      [403, [ownHost(), 'Sec-Fetch-Site: cross-site']],
    ]
    for (const [status, lines] of foreign) {
      const bytes = head(first, [...lines, bearer, json, 'Content-Length: 1000'])
      expect((await sendRaw(bridge.port, bytes)).status, lines.at(-1)).toBe(status)
    }
    expect(world.received).toEqual({ secrets: [], stops: 0, statusCalls: 0 })
  })
})

describe('bodies that are meant to hurt', () => {
  const post = (body: string) =>
    fetch(`${bridge.url}/admin/api/nodes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body,
    })

  test('a chunked body without an end is refused as soon as it is too large', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const chunks = Array.from({ length: 17 }, () => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']).flat()
    const start = head('POST /admin/api/nodes', [ownHost(), bearer, json, 'Transfer-Encoding: chunked'])
    expect((await sendRaw(bridge.port, [start, ...chunks])).status).toBe(413)
  })

  test('endless chunk extensions are refused', async () => {
    const start = head('POST /admin/api/nodes', [ownHost(), bearer, json, 'Transfer-Encoding: chunked'])
    const answer = await sendRaw(bridge.port, `${start}2;${'x'.repeat(64 * 1024)}\r\n{}\r\n0\r\n\r\n`)
    expect([400, 413]).toContain(answer.status)
    expect(world.nodes).toEqual([])
  })

  test('a million brackets are bad JSON, not a full stack', async () => {
    expect((await post('['.repeat(1_000_000))).status).toBe(400)
    expect((await post('{"a":'.repeat(150_000))).status).toBe(400)
  })

  test('__proto__ is refused at any depth, in a body and in a query', async () => {
    for (const body of [
      '{"__proto__":{"polluted":1}}',
      '{"name":"a","baseUrl":"https://a.example","modelMap":[{"from":"x","to":"y","__proto__":{"polluted":1}}]}',
      '{"\\u005f_proto__":{"polluted":1}}',
    ]) {
      expect((await post(body)).status, body).toBe(400)
    }
    const query = '/admin/api/exchanges?__proto__[polluted]=1&constructor[prototype][polluted]=1'
    const answer = await sendRaw(bridge.port, head(`GET ${query}`, [ownHost(), bearer, 'Connection: close']))
    expect(answer.status).toBe(400)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('a body that is no object is refused, also where the path says enough', async () => {
    await post('{"name":"a","baseUrl":"https://a.example"}')
    for (const body of ['[]', '[{"priority":1}]', '"x"', '1', 'true', 'null']) {
      const answer = await fetch(`${bridge.url}/admin/api/nodes/a`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body,
      })
      expect(answer.status, body).toBe(400)
      expect(await answer.json()).toMatchObject({ data: { code: 'control-body-no-object' } })
    }
  })

  test('a body in the query of a change counts for nothing', async () => {
    const answer = await fetch(`${bridge.url}/admin/api/pools?name=team`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(400)
    expect(world.pools).toHaveLength(1)
  })

  test('a client that goes away in the middle of its body is no error', async () => {
    const socket = connect({ host: '127.0.0.1', port: bridge.port })
    const closed = new Promise((resolve) => {
      socket.once('close', resolve)
    })
    socket.write(head('POST /admin/api/nodes', [ownHost(), bearer, json, 'Content-Length: 1000']))
    socket.write('{"name"', () => socket.resetAndDestroy())
    await closed
    // A request behind it proves that the bridge has seen the end of the first.
    expect((await fetch(`${bridge.url}/health`)).status).toBe(200)
  })

  test('with "Expect: 100-continue" a good body is asked for, and taken', async () => {
    const body = '{"name":"team"}'
    const lines = [
      ownHost(),
      bearer,
      json,
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
      'Connection: close',
    ]
    const text = await new Promise<string>((resolve, reject) => {
      let seen = ''
      const socket = connect({ host: '127.0.0.1', port: bridge.port })
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1')
        if (seen === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(body)
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(seen))
      socket.write(head('POST /admin/api/pools', lines))
    })
    expect(text).toContain('HTTP/1.1 201')
    expect(world.pools.map(({ name }) => name)).toContain('team')
  })
})

describe('methods and paths', () => {
  const send = (method: string, path: string) =>
    fetch(bridge.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    })

  test('a method that a path does not take gets 405, and hears which it takes', async () => {
    const answer = await send('DELETE', '/admin/api/status')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET')
    expect(await answer.json()).toMatchObject({ code: 'METHOD_NOT_SUPPORTED', message: 'This path takes GET.' })
    expect((await send('PUT', '/admin/api/nodes/x')).headers.get('allow')).toBe('GET, PATCH, DELETE')
    const probed = await send('HEAD', '/admin/api/events')
    expect(probed.status).toBe(405)
    expect((await send('OPTIONS', '/admin/api/nodes')).status).toBe(405)
  })

  test('an unknown path under the API is 404 and says where the list is', async () => {
    for (const path of ['/admin/api/nothing', '/admin/api/nodes/a/b/c', '/admin/api/']) {
      const answer = await send('GET', path)
      expect(answer.status, path).toBe(404)
      expect(await answer.json()).toMatchObject({ message: expect.stringContaining('/admin/api/openapi.json') })
    }
  })

  test('the root says in plain text how to get in, to who has no token', async () => {
    const answer = await fetch(bridge.url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await answer.text()).toContain('switchyard open')
    const probed = await fetch(bridge.url, { method: 'HEAD' })
    expect(probed.status).toBe(200)
    expect((await fetch(bridge.url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${bridge.url}/?x=1`)).status).toBe(200)
  })
})
