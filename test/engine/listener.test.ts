// The data plane's server: what it answers without a key, how connections live, how it stops.
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestEngine, type TestEngine } from '../harness/engine.ts'
import { type Answer, request } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { rawExchange } from '../harness/raw-exchange.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { eventsThenSilence, stallBeforeHead } from '../harness/steps.ts'
import { advanceUntil } from './advance-until.ts'
import { keyedNode, sourceOf, startEngineOn } from './engine-on-source.ts'
import { ourError } from './our-error.ts'
import { errorOf, parsed, rawHead } from './raw-request.ts'

const SECOND = 1000
const MIB = 1024 * 1024

type Scene = { readonly engine: TestEngine; readonly node: ScriptedUpstream }

async function scene(settings: Parameters<typeof startTestEngine>[0]['settings'] = {}): Promise<Scene> {
  const node = await startScriptedUpstream({ name: 'node' })
  onTestFinished(node.close)
  return { engine: await startTestEngine({ nodes: [{ name: 'node', url: node.url }], settings }), node }
}

function open(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true }, () => resolve(socket))
    socket.on('error', reject)
    onTestFinished(() => void socket.destroy())
  })
}

function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined).resume()
  return socket.closed || socket.readableEnded
    ? Promise.resolve()
    : new Promise((resolve) => void socket.on('end', resolve).on('close', () => resolve()))
}

describe('without a key', () => {
  test('GET and HEAD /health say who is there', async () => {
    const { engine } = await scene()
    const answer = await request({ port: engine.port, path: '/health?x=1' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      status: 'ok',
      product: 'switchyard',
      version: '0.0.0-test',
      instanceId: 'sw_test',
      pid: process.pid,
    })
    const head = await request({ port: engine.port, path: '/health', method: 'HEAD' })
    expect([head.status, head.body.length]).toEqual([200, 0])
  })

  test.each(['/', '/api/hello', '/?x=1', '/api/hello?v=2'])(
    'HEAD %s, the first call of Claude Code, is answered with 200',
    async (path) => {
      const { engine, node } = await scene()
      const answer = await request({ port: engine.port, path, method: 'HEAD' })
      expect([answer.status, answer.body.length, answer.ended]).toEqual([200, 0, 'complete'])
      expect(node.connections()).toBe(0)
      expect(engine.exchanges).toEqual([])
    },
  )
})

test.each([
  ['GET', '/'],
  ['GET', '/api/hello'],
  ['POST', '/health'],
  ['GET', '/v1/messages'],
  ['PUT', '/v1/messages'],
  ['POST', '/v1/messages/'],
  ['POST', '/v1/messages/batches'],
  ['GET', '/favicon.ico'],
  ['POST', `/${'long'.repeat(1000)}`],
])('%s %.40s is answered with 404 that names what is served', async (method, path) => {
  const { engine, node } = await scene()
  const answer = await engine.send({ method, path })
  const error = ourError(answer)
  expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([404, 'not_found_error', 'false'])
  for (const served of ['POST /v1/messages', 'POST /v1/messages/count_tokens', 'GET /v1/models', 'GET /health']) {
    expect(error.message).toContain(served)
  }
  expect(error.message.length).toBeLessThan(700)
  expect(node.connections()).toBe(0)
})

describe('Expect: 100-continue', () => {
  test('asks for the body of a request that will be served', async () => {
    const { engine } = await scene()
    const body = messagesBody()
    const headers = ['Expect: 100-continue', 'Connection: close']
    const socket = await open(engine.port)
    let received = ''
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    socket.write(rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`], headers }))
    await vi.waitFor(() => expect(received).toBe('HTTP/1.1 100 Continue\r\n\r\n'))
    socket.write(body)
    await closed(socket)
    expect(received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  test('does not ask for the body of a request the guard refuses', async () => {
    const { engine } = await scene()
    const head = rawHead(engine.port, { host: 'Host: evil.example', headers: ['Expect: 100-continue'] })
    const raw = await rawExchange(engine.port, head, { until: '}}' })
    expect(errorOf(raw).status).toBe(421)
    expect(raw.text).not.toContain('100 Continue')
  })

  test('any other expectation is taken for none, and the guard stands before it', async () => {
    const { engine, node } = await scene()
    const answer = await engine.send({ body: messagesBody(), headers: { expect: 'miracles' } })
    expect(answer.status).toBe(200)
    expect(node.requestsFor()[0]?.header('expect')).toBeNull()
    const head = rawHead(engine.port, { host: 'Host: evil.example', headers: ['Expect: miracles'] })
    expect(errorOf(await rawExchange(engine.port, head, { until: '}}' })).status).toBe(421)
  })
})

describe('a connection', () => {
  test('carries one request after the other, also behind a refused one', async () => {
    const { engine, node } = await scene()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const sockets = new Set<number | undefined>()
    agent.on('free', (socket: Socket) => sockets.add(socket.localPort))
    for (const [options, status] of [
      [{ body: messagesBody() }, 200],
      [{ body: 'no json' }, 400],
      [{ path: '/nowhere' }, 404],
      [{ body: messagesBody(), headers: { authorization: 'Bearer wrong' } }, 401],
      [{ body: messagesBody({ stream: true }) }, 200],
    ] as const) {
      expect((await engine.send({ ...options, agent })).status).toBe(status)
    }
    await vi.waitFor(() => expect(sockets.size).toBe(1))
    // The node's connection is used again as well.
    expect(node.connections()).toBe(1)
  })

  test('of HTTP/1.0 is answered and closed', async () => {
    const { engine } = await scene()
    const body = messagesBody()
    const line = 'POST /v1/messages HTTP/1.0'
    const raw = await rawExchange(
      engine.port,
      `${rawHead(engine.port, { line, bodyHeaders: [`Content-Length: ${body.length}`] })}${body.toString()}`,
    )
    expect([parsed(raw).status, raw.closedBy]).toEqual([200, 'peer'])
  })

  test.each(['127.0.0.1', '::1'])(
    'to %s that its client closes while it waits counts as left, also half closed',
    async (host) => {
      const { engine, node } = await scene()
      node.script(stallBeforeHead())
      const socket = await openOrNull(engine.port, host)
      if (socket === null) return
      const body = messagesBody()
      socket.write(`${rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`] })}${body.toString()}`)
      const seen = await node.nextRequest()
      socket.end()
      await node.clientGone(seen)
      expect((await engine.recorded()).outcome).toBe('cancelled')
    },
  )

  test('that sends its headers too slowly is answered with 408', async () => {
    const { engine } = await scene({ clientHeadersTimeoutMs: 100 })
    const raw = await rawExchange(engine.port, 'POST /v1/messages HTTP/1.1\r\nHost: 127')
    const answer = errorOf(raw)
    expect([answer.status, answer.headers['connection'], raw.closedBy]).toEqual([408, 'close', 'peer'])
  })

  test('beyond the limit is closed without an answer; the others go on', async () => {
    const { engine } = await scene({ socketsMax: 2 })
    const [first, second] = [await open(engine.port), await open(engine.port)]
    expect((await rawExchange(engine.port, rawHead(engine.port))).text).toBe('')
    let received = ''
    first.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    first.write(`GET /health HTTP/1.1\r\nHost: localhost:${engine.port}\r\n\r\n`)
    await vi.waitFor(() => expect(received).toContain('200 OK'))
    second.destroy()
    await vi.waitFor(async () => expect((await request({ port: engine.port, path: '/health' })).status).toBe(200))
  })

  test('with garbage behind a request is broken off; a running answer never gets another one inside', async () => {
    const { engine, node } = await scene()
    const held = eventsThenSilence(5)
    node.script(held)
    const body = messagesBody({ stream: true })
    const socket = await open(engine.port)
    let received = ''
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    socket.write(`${rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`] })}${body.toString()}`)
    await vi.waitFor(() => expect(received).toContain('content_block_delta'))
    socket.write('\x00\x01 garbage\r\n\r\n')
    await closed(socket)
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect((await engine.recorded()).outcome).toBe('cancelled')
    await node.clientGone(await node.nextRequest())
  })
})

async function openOrNull(port: number, host: string): Promise<Socket | null> {
  try {
    return await open(port, host)
  } catch (error) {
    // A machine without IPv6 has no `::1`.
    if (host === '::1') return null
    throw error
  }
}

describe('stopping', () => {
  /** Begins to stop and lets the test go on. */
  function stopping(engine: TestEngine, timeoutMs: number): Promise<void> {
    return engine.engine.stop(timeoutMs)
  }

  test('waits for what is running, refuses what is new, and closes what is idle at once', async () => {
    const { engine, node } = await scene()
    const held = stallBeforeHead()
    node.script(held)
    const busy = await open(engine.port)
    let received = ''
    busy.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    const running = engine.send({ body: messagesBody() })
    await node.nextRequest()
    // Begun before the stop, complete only after it.
    busy.write(`GET /v1/models HTTP/1.1\r\nHost: localhost:${engine.port}\r\n`)
    const idle = await open(engine.port)
    idle.write(`GET /health HTTP/1.1\r\nHost: localhost:${engine.port}\r\n\r\n`)
    await once(idle, 'data')

    const stopped = stopping(engine, 10 * SECOND)
    await closed(idle)
    await expect(open(engine.port)).rejects.toThrow('ECONNREFUSED')
    busy.write('X-Api-Key: sy-test-client-key-0123456789\r\n\r\n')
    await vi.waitFor(() => expect(received).toContain('}}'))
    const refused = errorOf({ bytes: Buffer.alloc(0), text: received, closedBy: 'us' })
    expect([refused.status, refused.headers['retry-after'], refused.headers['connection']]).toEqual([503, '1', 'close'])
    expect(refused.message).toBe('Switchyard: Switchyard is stopping.')
    expect(engine.exchanges.map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual([['rejected', 'stopping']])

    held.release()
    const answer = await running
    expect([answer.status, answer.ended]).toEqual([200, 'complete'])
    await stopped
    await closed(busy)
    expect(engine.engine.counts().inFlight).toBe(0)
    expect(engine.clock.pending()).toBe(0)
  })

  test('tells /health that it stops', async () => {
    const { engine, node } = await scene()
    const held = stallBeforeHead()
    node.script(held)
    const running = engine.send({ body: messagesBody() })
    await node.nextRequest()
    const late = await open(engine.port)
    let received = ''
    late.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    late.write('GET /health HTTP/1.1\r\n')
    await request({ port: engine.port, path: '/health' })
    const stopped = stopping(engine, 10 * SECOND)
    late.write(`Host: localhost:${engine.port}\r\n\r\n`)
    await vi.waitFor(() => expect(received).toContain('"status":"stopping"'))
    held.release()
    await running
    await stopped
  })

  test('breaks off what is still running after its time: before the commit with 503, after it by destroying the connection', async () => {
    const { engine, node } = await scene()
    node.script(stallBeforeHead(), eventsThenSilence(5))
    const before = engine.send({ body: messagesBody({ stream: true }) })
    await node.requestCount(1)
    const after = engine.stream({ body: messagesBody({ stream: true }) })
    await after.contains('content_block_delta')
    const sending = await open(engine.port)
    sending.write(`${rawHead(engine.port)}{"model":`)
    await engine.clock.timerStarted((delayMs) => delayMs === 30 * SECOND)

    const stopped = stopping(engine, 10 * SECOND)
    await engine.clock.advance(10 * SECOND - 1)
    expect(engine.exchanges).toEqual([])
    await advanceUntil(stopped, engine.clock)

    const refused = await before
    expect([refused.status, refused.headers['retry-after'], ourError(refused).type]).toEqual([503, '1', 'api_error'])
    expect(refused.headers['x-should-retry']).toBeUndefined()
    const cut: Answer = await after.finished
    expect([cut.status, cut.ended]).toEqual([200, 'broken'])
    expect(cut.text).not.toContain('message_stop')
    await closed(sending)
    for (const seen of await node.requestCount(2)) await node.clientGone(seen)
    expect(engine.log.some(({ tag, message }) => tag === 'stop' && message.includes('3 requests'))).toBe(true)
    // Neither is the node's fault.
    expect(engine.exchanges.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([
      'cancelled',
      'cancelled',
    ])
    expect(engine.engine.liveNodes()[0]?.breaker.consecutiveFailures).toBe(0)
    expect(engine.clock.pending()).toBe(0)
  })

  test('lets a large answer that ended in time reach a slow client whole', async () => {
    // More than the kernel takes: the answer is done for the engine long before its last byte has left.
    const { engine, node } = await scene({ bufferedAnswerBytesMax: 64 * MIB })
    const text = 'x'.repeat(40 * MIB)
    const held = stallBeforeHead({ text })
    node.script(held)
    const socket = await open(engine.port)
    const body = messagesBody()
    socket.pause()
    socket.write(`${rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`] })}${body.toString()}`)
    await node.nextRequest()
    const stopped = stopping(engine, 10 * SECOND)
    held.release()
    await engine.recorded()
    let receivedBytes = 0
    socket.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length
    })
    await closed(socket)
    await stopped
    expect(receivedBytes).toBeGreaterThan(text.length)
  })

  test('does not wait for a client that never reads its answer', async () => {
    const { engine, node } = await scene({ bufferedAnswerBytesMax: 64 * MIB })
    const held = stallBeforeHead({ text: 'x'.repeat(40 * MIB) })
    node.script(held)
    const socket = await open(engine.port)
    const body = messagesBody()
    socket.pause()
    socket.write(`${rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`] })}${body.toString()}`)
    await node.nextRequest()
    const stopped = stopping(engine, 10 * SECOND)
    held.release()
    expect((await engine.recorded()).outcome).toBe('success')
    await engine.clock.advance(10 * SECOND)
    await stopped
    expect(engine.engine.counts().inFlight).toBe(0)
  })

  test('can be asked for twice, and before anything ran', async () => {
    const { engine } = await scene()
    await Promise.all([stopping(engine, 0), stopping(engine, 5 * SECOND)])
    await expect(open(engine.port)).rejects.toThrow('ECONNREFUSED')
  })
})

test('a port that is taken is an error with the code of the system', async () => {
  const { engine } = await scene()
  const other = await startTestEngine({ nodes: [] })
  await expect(other.engine.listen({ host: '127.0.0.1', port: engine.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test('a fault of ours is answered with 500 that a tool retries, told to the log, and takes nothing else down', async () => {
  const node = await startScriptedUpstream({ name: 'node' })
  onTestFinished(node.close)
  // Nothing that comes through the control plane has such a form; the database could still have been edited.
  const broken = Object.assign({ ...keyedNode('broken', node.url).node }, { auth: 'hidden-form' })
  const source = sourceOf([{ ...keyedNode('broken', node.url), node: broken }])
  const engine = await startEngineOn({ source })
  const answer = await engine.send({ body: messagesBody() })
  const error = ourError(answer)
  expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([500, 'api_error', undefined])
  expect(error.message).toContain('its log has the details')
  expect(engine.log.filter((line) => line.startsWith('[listener] a request failed inside Switchyard'))).toHaveLength(1)
  expect(engine.exchanges.map(({ outcome, status, errorCode }) => [outcome, status, errorCode])).toEqual([
    ['failed', 500, 'internal'],
  ])
  expect(engine.engine.counts().inFlight).toBe(0)
  expect(engine.engine.liveNodes().map(({ inFlight }) => inFlight)).toEqual([0])
  expect((await request({ port: engine.port, path: '/health' })).status).toBe(200)
})
