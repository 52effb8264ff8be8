// Settings that something could hold on to from its start: changed through the control plane they count at once.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { createConnector } from '../../src/engine/upstream/connector.ts'
import { startBlackHole } from '../faults/black-hole.ts'
import { createHeldClock } from '../harness/held-clock.ts'
import { request } from '../harness/http-client.ts'
import { sampleExchange, sampleNode } from '../storage/samples.ts'
import { createFaultyStorage, openTestHost, type TestHost } from './open-test-host.ts'

function onRealEngine(): Promise<TestHost> {
  return openTestHost({}, createFaultyStorage(), createEngine)
}

/** To the data plane. Ends with the test. */
async function openSocket({ host }: TestHost): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: host.proxyPort })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

function everythingFrom(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    socket.once('close', () => resolve(text))
  })
}

test('how long an idle client connection is kept', async () => {
  const host = await onRealEngine()
  const keptFor = async () => {
    const socket = await openSocket(host)
    const answer = everythingFrom(socket)
    socket.write(`GET / HTTP/1.1\r\nhost: 127.0.0.1:${host.host.proxyPort}\r\n\r\n`)
    await once(socket, 'data')
    socket.destroy()
    return /^keep-alive: (.*)$/im.exec(await answer)?.[1]
  }
  expect(await keptFor()).toBe('timeout=600')
  await host.client.settings.set({ values: { clientKeepAliveMs: 7000 } })
  expect(await keptFor()).toBe('timeout=7')
})

test('how long request headers may take, also for a client that is connected already', async () => {
  const host = await onRealEngine()
  const socket = await openSocket(host)
  const answer = everythingFrom(socket)
  socket.write('GET / HTTP/1.1\r\n')
  await host.client.settings.set({ values: { clientHeadersTimeoutMs: 1000 } })
  // The newcomer is what makes the listener look at the setting again.
  await openSocket(host)
  expect(await answer).toContain('408')
})

test('how many client connections there may be', async () => {
  const host = await onRealEngine()
  for (let count = 0; count < 16; count++) await openSocket(host)
  await host.client.settings.set({ values: { socketsMax: 16 } })
  const oneTooMany = await openSocket(host)
  if (!oneTooMany.closed) await once(oneTooMany, 'close')
  await host.client.settings.set({ values: { socketsMax: 17 } })
  expect((await request({ port: host.host.proxyPort, path: '/' })).status).not.toBeNull()
})

test('how often the database is read again', async () => {
  const clock = createHeldClock()
  const host = await openTestHost({}, createFaultyStorage(), (options) =>
    createEngine({ ...options, ports: { ...options.ports, clock } }),
  )
  await host.client.settings.set({ values: { registrySyncMs: 2000 } })
  await host.storage.opened().insertNode(sampleNode({ name: 'by-another-hand' }), [])
  await clock.advance(1999)
  expect(await host.client.nodes.list()).toEqual([])
  await clock.advance(1)
  await expect.poll(() => host.client.nodes.list()).toMatchObject([{ name: 'by-another-hand' }])
})

test('how long a record waits for its group: what waits by the old time is written', async () => {
  const host = await openTestHost()
  await host.client.settings.set({ values: { batchUpdateIntervalMs: 60_000 } })
  const { ledger } = host.engine.options().ports
  ledger.recordExchange(sampleExchange({ id: 'waiting' }))
  await host.client.settings.set({ values: { batchUpdateIntervalMs: 10 } })
  expect(await host.storage.opened().recentExchanges(1)).toMatchObject([{ id: 'waiting' }])
})

test('the log level', async () => {
  const host = await openTestHost()
  const { log } = host.engine.options().ports
  log('debug', 'retry', 'too fine')
  await host.client.settings.set({ values: { debug: true } })
  log('debug', 'retry', 'fine enough')
  expect(host.logText()).toContain('fine enough')
  expect(host.logText()).not.toContain('too fine')
})

test('the time for each address of a host, for pools that are there already', async () => {
  const { port } = new URL(await startBlackHole())
  const server = createServer((socket) => socket.destroy())
  onTestFinished(() => void server.close())
  server.listen({ host: '127.0.0.2', port: Number(port) })
  await once(server, 'listening')
  let attemptTimeoutMs = 60_000
  const connectNode = createConnector({
    addressAttemptTimeoutMs: () => attemptTimeoutMs,
    ownPorts: () => [],
    trust: null,
    resolve: (_hostname, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]),
  })
  const target: buildConnector.Options = { hostname: 'relay.example', host: 'relay.example', protocol: 'http:', port }
  const reached: string[] = []
  const giveUp = connectNode(target, () => reached.push('by the old time'))
  onTestFinished(giveUp)
  attemptTimeoutMs = 20
  const remote = await new Promise((resolve) => {
    connectNode(target, (_error, socket) => {
      resolve(socket?.remoteAddress)
      socket?.destroy()
    })
  })
  expect(remote).toBe('127.0.0.2')
  expect(reached).toEqual([])
})
