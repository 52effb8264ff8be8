// Clients of the control port that take their time: they hold a socket for a while and no memory to speak of.
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { implement } from '@orpc/server'
import { afterEach, expect, test } from 'vitest'
import { type HttpBridge, type HttpBridgeOptions, openHttpBridge } from '../../src/headless/http-bridge.ts'
import { contract } from '../../src/shared/contract/contract.ts'
import { createTestRouter } from './bridge-router.ts'

const TOKEN = 'control-token-of-this-test'
let bridge: HttpBridge
let sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await bridge.close()
})

async function open(options: Partial<HttpBridgeOptions> = {}): Promise<void> {
  bridge = await openHttpBridge({
    ...createTestRouter(),
    token: TOKEN,
    port: 0,
    onError: (error) => expect.fail(String(error)),
    ...options,
  })
}

function opened(bytes: string): Socket {
  const socket = connect({ host: '127.0.0.1', port: bridge.port })
  sockets.push(socket)
  socket.write(bytes)
  return socket
}

function untilClosed(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(seen))
  })
}

const lines = () => `Host: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TOKEN}\r\n`

test.each([
  ['says nothing', () => '', /^$|^HTTP\/1\.1 408/],
  ['does not end its headers', () => `GET /health HTTP/1.1\r\n${lines()}`, /^HTTP\/1\.1 408/],
  [
    'does not end its body',
    () => `POST /admin/api/pools HTTP/1.1\r\n${lines()}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    /^HTTP\/1\.1 408/,
  ],
])('a client that %s loses its socket soon after its time', async (_what, bytes, answer) => {
  await open({ timeouts: { headersMs: 100, requestMs: 200, checkEveryMs: 50 } })
  expect(await untilClosed(opened(bytes()))).toMatch(answer)
  expect((await fetch(`${bridge.url}/health`)).status).toBe(200)
})

test('a follower that never reads is not read for: the pushes wait at their source', async () => {
  let taken = 0
  const text = 'x'.repeat(100_000)
  const events = implement(contract).events.handler(async function* () {
    for (taken = 1; taken <= 1_000; taken += 1) {
      const decision = { id: `d-${taken}`, atMs: 1, kind: 'node-added', nodeId: null, exchangeId: null, text } as const
      const event = { type: 'decisionMade', decision } as const
      yield { revision: taken, instanceId: 'test', gap: false, events: [event], dropped: 0, changed: [], nodes: [] }
      // A push comes with an event of its own.
      await nextTurn()
    }
  })
  const { router, status } = createTestRouter()
  await open({ router: { ...router, events }, status })
  opened(`GET /admin/api/events HTTP/1.1\r\n${lines()}\r\n`).pause()
  await expect.poll(() => taken).toBeGreaterThan(1)
  const counts: number[] = []
  while (counts.length < 3 || counts.at(-1) !== counts.at(-3)) {
    expect(counts.length).toBeLessThan(100)
    for (let turn = 0; turn < 20; turn += 1) await fetch(`${bridge.url}/health`)
    counts.push(taken)
  }
  // What the system's own buffers of a socket hold, and no more than some pushes beside it.
  expect(taken * text.length).toBeLessThan(20_000_000)
})
