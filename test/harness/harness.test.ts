// The scripted upstream records what reached it, dies and comes back; the raw client shows what it got.

import { Agent } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { request } from './http-client.ts'
import { messagesBody } from './messages-body.ts'
import { rawExchange } from './raw-exchange.ts'
import { sha256 } from './recorded-request.ts'
import { startScriptedUpstream } from './scripted-upstream.ts'
import { eventsThenSilence, ok, stallBeforeHead } from './steps.ts'
import { streaming, streamOf, upstreamWith } from './upstream-scene.ts'

describe('records', () => {
  test('a request is recorded with raw headers, body, hash, connection and place on it', async () => {
    const upstream = await upstreamWith(ok())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const options = { port: upstream.port, path: '/v1/messages?beta=true', body: streaming, agent }
    await request({ ...options, headers: { 'X-Odd-Case': 'kept', 'x-twice': ['1', '2'] } })
    await request(options)
    await request({ ...options, agent: new Agent() })
    const [first, second, third] = await upstream.requestCount(3)
    expect(first).toMatchObject({ method: 'POST', target: '/v1/messages?beta=true', operation: 'messages', number: 1 })
    expect(first?.rawHeaders).toEqual(expect.arrayContaining(['X-Odd-Case', 'kept', 'x-twice', '1', '2']))
    expect(first?.header('X-TWICE')).toBe('1, 2')
    expect(first?.header('absent')).toBeNull()
    expect(first?.body).toEqual(streaming)
    expect(first?.bodySha256).toBe(sha256(streaming))
    expect(first?.json).toMatchObject({ stream: true })
    expect([first, second, third].map((seen) => [seen?.connection, seen?.servedBefore])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ])
    expect(upstream.connections()).toBe(2)
  })

  test('nextRequest gives each request once, whether it came before or after the call', async () => {
    const upstream = await upstreamWith(ok())
    const first = upstream.nextRequest()
    const second = upstream.nextRequest()
    await request({ port: upstream.port, body: messagesBody({ text: 'one' }) })
    await request({ port: upstream.port, body: messagesBody({ text: 'two' }) })
    await request({ port: upstream.port, body: messagesBody({ text: 'three' }) })
    const third = upstream.nextRequest()
    const numbers = (await Promise.all([first, second, third])).map((seen) => seen.number)
    expect(numbers).toEqual([1, 2, 3])
  })

  test('keeping heads only, the hash of the body stays', async () => {
    const upstream = await startScriptedUpstream({ keep: 'heads' })
    onTestFinished(upstream.close)
    await request({ port: upstream.port, body: streaming })
    expect(await upstream.nextRequest()).toMatchObject({
      body: Buffer.alloc(0),
      json: null,
      bodySha256: sha256(streaming),
    })
  })
})

describe('kill and revive', () => {
  test('a killed upstream resets what runs and what idles, refuses, and comes back on its port', async () => {
    const { upstream, stream } = await streamOf(eventsThenSilence(2))
    await stream.contains('content_block_start')
    const idle = rawExchange(upstream.port, 'HEAD / HTTP/1.1\r\nhost: x\r\n\r\n')
    await upstream.requestCount(1, 'head')
    await upstream.kill()
    expect(await stream.finished).toMatchObject({ ended: 'broken', errorCode: 'ECONNRESET' })
    expect((await idle).closedBy).toBe('reset')
    expect(upstream.openConnections()).toBe(0)
    expect(upstream.requestsFor()[0]?.end()).toBe('cut')
    expect(await request({ port: upstream.port, body: streaming })).toMatchObject({
      status: null,
      errorCode: 'ECONNREFUSED',
    })
    await upstream.revive()
    upstream.script(ok())
    expect(await request({ port: upstream.port, body: streaming })).toMatchObject({ status: 200, ended: 'complete' })
  })

  test('a request that stalls at close leaves nothing behind', async () => {
    const { upstream, stream } = await streamOf(stallBeforeHead())
    await upstream.nextRequest()
    await upstream.close()
    await upstream.close()
    expect((await stream.finished).status).toBeNull()
  })
})

describe('rawExchange', () => {
  test('shows the answer to bytes that are no HTTP', async () => {
    const upstream = await upstreamWith(ok())
    const raw = await rawExchange(upstream.port, 'not http at all\r\n\r\n')
    expect(raw.closedBy).toBe('peer')
    expect(raw.text).toContain('HTTP/1.1 400')
  })

  test('hangs up once it has what it waits for', async () => {
    const upstream = await upstreamWith(ok())
    const raw = await rawExchange(upstream.port, 'HEAD / HTTP/1.1\r\nhost: x\r\n\r\n', { until: '\r\n\r\n' })
    expect(raw.closedBy).toBe('us')
    expect(raw.text).toContain('HTTP/1.1 200')
  })
})
