// The control port over real sockets: what it refuses, and what it lets through.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Server } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type HttpBridge, openHttpBridge } from '../../src/headless/http-bridge.ts'
import { createTestRouter } from './bridge-router.ts'
import { sendRaw } from './raw-http.ts'

const TOKEN = 'control-token-of-this-test'
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
})

type Head = {
  readonly method?: string
  readonly target?: string
  readonly host?: string | null
  readonly lines?: readonly string[]
}

function head({ method = 'GET', target = '/admin/api/status', host, lines = [] }: Head): string {
  const hostLine = host === null ? [] : [`Host: ${host ?? `127.0.0.1:${bridge.port}`}`]
  return [`${method} ${target} HTTP/1.1`, ...hostLine, ...lines, 'Connection: close', '', ''].join('\r\n')
}
const bearer = `Authorization: Bearer ${TOKEN}`

describe('the guard', () => {
  test('refuses a Host that is not ours, missing, doubled or without our port with 421', async () => {
    const foreign = [
      'evil.example',
      `evil.example:${bridge.port}`,
      '127.0.0.1',
      'localhost:1',
      `127.0.0.1:${bridge.port}.evil.example`,
      `0.0.0.0:${bridge.port}`,
    ]
    for (const host of foreign) {
      expect(await sendRaw(bridge.port, head({ host, lines: [bearer] })), host).toMatchObject({ status: 421 })
    }
    expect(await sendRaw(bridge.port, head({ host: null, lines: [bearer] }))).toMatchObject({ status: 421 })
    const twice = head({ lines: [`Host: 127.0.0.1:${bridge.port}`, bearer] })
    expect(await sendRaw(bridge.port, twice)).toMatchObject({ status: 421 })
    expect(await sendRaw(bridge.port, 'GET /health HTTP/1.0\r\n\r\n')).toMatchObject({ status: 421 })
  })

  test('takes each of its three names', async () => {
    for (const name of ['127.0.0.1', 'localhost', 'LocalHost', '[::1]']) {
      const answer = await sendRaw(bridge.port, head({ host: `${name}:${bridge.port}`, lines: [bearer] }))
      expect(answer, name).toMatchObject({ status: 200 })
    }
  })

  test('refuses a page of another origin with 403, also one of another port of this machine', async () => {
    const lines = [
      'Origin: https://evil.example',
      'Origin: null',
      'Origin: http://127.0.0.1:1',
      `Origin: https://127.0.0.1:${bridge.port}`,
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Site: same-site',
      'Sec-Fetch-Site: nonsense',
    ]
    for (const line of lines) {
      expect(await sendRaw(bridge.port, head({ lines: [bearer, line] })), line).toMatchObject({ status: 403 })
    }
  })

  test('takes its own origin, and a request the user typed', async () => {
    const own = [`Origin: http://127.0.0.1:${bridge.port}`, 'Sec-Fetch-Site: same-origin']
    expect(await sendRaw(bridge.port, head({ lines: [bearer, ...own] }))).toMatchObject({ status: 200 })
    expect(await sendRaw(bridge.port, head({ lines: [bearer, 'Sec-Fetch-Site: none'] }))).toMatchObject({ status: 200 })
  })

  test('refuses targets that could be read in two ways with 400', async () => {
    const targets = [
      'http://evil.example/admin/api/status',
      `http://127.0.0.1:${bridge.port}/admin/api/status`,
      '//evil.example/admin/api/status',
      '/admin//api/status',
      '/admin\\api/status',
      '/admin/api/../../health',
      '/admin/api/%2e%2e/health',
      '/admin/api/..%2fhealth',
      '/admin/api/%5cevil',
      '/admin/api/%00',
      '*',
    ]
    for (const target of targets) {
      expect(await sendRaw(bridge.port, head({ target, lines: [bearer] })), target).toMatchObject({ status: 400 })
    }
    expect(await sendRaw(bridge.port, head({ target: '/a\u0001b', lines: [bearer] }))).toMatchObject({ status: 400 })
  })

  test('answers OPTIONS and TRACE with 405 and never sends a CORS header', async () => {
    for (const method of ['OPTIONS', 'TRACE']) {
      const answer = await sendRaw(bridge.port, head({ method, lines: [bearer] }))
      expect(answer.status, method).toBe(405)
      expect(answer.head.toLowerCase()).not.toContain('access-control')
    }
  })

  test('does not serve CONNECT', async () => {
    const answer = await sendRaw(bridge.port, head({ method: 'CONNECT', target: 'evil.example:443' }))
    expect(answer.status).not.toBe(200)
  })

  test('refuses two ways of framing a body, and broken syntax, with 400', async () => {
    const smuggled = head({
      method: 'POST',
      target: '/admin/api/nodes',
      lines: [bearer, 'Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
    })
    expect(await sendRaw(bridge.port, `${smuggled}0\r\n\r\n`)).toMatchObject({ status: 400 })
    expect(await sendRaw(bridge.port, 'garbage\r\n\r\n')).toMatchObject({ status: 400 })
  })

  test('refuses 33 KiB of headers with 431', async () => {
    const lines = [bearer, `X-Large: ${'x'.repeat(33 * 1024)}`]
    expect(await sendRaw(bridge.port, head({ lines }))).toMatchObject({ status: 431 })
  })

  test('comes before the token: a foreign page does not learn whether it guessed right', async () => {
    expect(await sendRaw(bridge.port, head({ host: 'evil.example' }))).toMatchObject({ status: 421 })
  })
})

describe('the token', () => {
  test('is needed: none, a wrong one, a client key, another scheme and a longer one get 401', async () => {
    const wrong = [
      '',
      'Bearer',
      'Bearer wrong',
      'Bearer sy-test-key-000000004242',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN} x`,
    ]
    for (const value of wrong) {
      const lines = value === '' ? [] : [`Authorization: ${value}`]
      const answer = await sendRaw(bridge.port, head({ lines }))
      expect(answer.status, value).toBe(401)
      expect(answer.body).not.toContain(TOKEN)
    }
    const elsewhere = await sendRaw(bridge.port, head({ lines: [`x-api-key: ${TOKEN}`] }))
    expect(elsewhere.status).toBe(401)
  })

  test('is not needed for /health, which says who is there and whether it stops, as the proxy does', async () => {
    const about = { product: 'switchyard', version: '0.1.0', instanceId: 'test', pid: process.pid }
    const answer = await fetch(`${bridge.url}/health`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'ok', ...about })
    world.received.stops = 1
    expect(await (await fetch(`${bridge.url}/health`)).json()).toEqual({ status: 'stopping', ...about })
  })

  test('a path nobody serves is 404 in JSON, with and without the token', async () => {
    for (const path of ['/nothing', '/admin', '/admin/api', '/v1/messages']) {
      const answer = await fetch(bridge.url + path)
      expect(answer.status, path).toBe(404)
      expect(await answer.json()).toMatchObject({ defined: false, code: 'NOT_FOUND' })
    }
    const inside = await fetch(`${bridge.url}/admin/api/nothing`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(inside.status).toBe(404)
    expect(await inside.json()).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('bodies', () => {
  const post = (body: string | ReadableStream<Uint8Array>, contentType = 'application/json', path = '/client-keys') =>
    fetch(`${bridge.url}/admin/api${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': contentType },
      body,
      // Needed for streams.
      duplex: 'half',
    })

  test('a change that is not JSON is refused with 415, also one without a body', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ]) {
      expect((await post('{"name":"laptop"}', type)).status, type).toBe(415)
    }
    const bare = await sendRaw(
      bridge.port,
      head({ method: 'POST', target: '/admin/api/stop', lines: [bearer, 'Content-Length: 0'] }),
    )
    expect(bare.status).toBe(415)
    expect(world.received.stops).toBe(0)
  })

  test('garbage, bytes that are not UTF-8 and __proto__ are 400', async () => {
    expect((await post('{"name":')).status).toBe(400)
    expect((await post('{"name":"laptop","__proto__":{"x":1}}')).status).toBe(400)
    const bytes = new Blob([new Uint8Array([0x7b, 0xff, 0x7d])])
    expect((await post(bytes.stream())).status).toBe(400)
    expect((await post('[]')).status).toBe(400)
    expect((await post('{"name":"laptop","surprise":1}')).status).toBe(400)
    expect(world.keys).toEqual([])
  })

  test('more than 1 MiB is 413, announced or not', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) })
    const announced = await post(large)
    expect(announced.status).toBe(413)
    expect(await announced.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect((await post(new Blob([large]).stream())).status).toBe(413)
  })

  test('a good one gets through, and the answer is not to be stored', async () => {
    const answer = await post('{"name":"laptop"}', 'application/json; charset=utf-8')
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({ key: 'sy-test-key-000000004242', clientKey: { name: 'laptop' } })
  })

  test('typed errors keep their status and code', async () => {
    const answer = await fetch(`${bridge.url}/admin/api/nodes/none`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND', message: 'There is no node none.' })
    expect(errors).toEqual([])
  })
})

describe('closing', () => {
  test('ends an open event stream and does not wait for the follower to leave', async () => {
    const answer = await fetch(`${bridge.url}/admin/api/events`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    await world.nextSubscriber()
    const read = answer.text().catch(() => 'cut')
    await bridge.close()
    await read
    await expect(fetch(`${bridge.url}/health`)).rejects.toThrow()
  })

  test('may be done twice', async () => {
    await Promise.all([bridge.close(), bridge.close()])
  })
})

test('an error of the listening socket (no descriptor left for a new connection) is told and ends nothing', async () => {
  const seen = Promise.withResolvers<unknown>()
  const note = (message: unknown) => seen.resolve(message)
  subscribe('http.server.request.start', note)
  await fetch(`${bridge.url}/health`)
  unsubscribe('http.server.request.start', note)
  const { server } = z.object({ server: z.instanceof(Server) }).parse(await seen.promise)
  const failure = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' })
  server.emit('error', failure)
  expect(errors).toEqual([failure])
  expect((await fetch(`${bridge.url}/health`)).status).toBe(200)
})

/** Null: nobody takes a connection there. */
function reached(host: string, port: number): Promise<'reached' | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve('reached')
    })
    socket.once('error', () => resolve(null))
  })
}

test.runIf(process.platform === 'linux')('is on both loopback addresses and on no other', async () => {
  expect(await reached('127.0.0.1', bridge.port)).toBe('reached')
  // All of 127.0.0.0/8 leads to this machine, as an address of a network does to who listens on all.
  expect(await reached('127.0.0.2', bridge.port)).toBeNull()
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  for (const { address, scopeid = 0 } of own.filter(({ internal }) => !internal)) {
    if (scopeid === 0) expect(await reached(address, bridge.port), address).toBeNull()
  }
  if (own.some(({ address }) => address === '::1')) {
    const answer = await fetch(`http://[::1]:${bridge.port}/health`)
    expect(answer.status).toBe(200)
    const foreign = await sendRaw(bridge.port, head({ host: '[::1]:1', lines: [bearer] }))
    expect(foreign.status).toBe(421)
  }
})

test('says which port it got, and rejects with the reason when it gets none', async () => {
  const second = openHttpBridge({ ...world, token: TOKEN, port: bridge.port, onError: () => undefined })
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(bridge.url).toBe(`http://127.0.0.1:${bridge.port}`)
})
