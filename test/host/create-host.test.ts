// The host with its real engine: a request with a local key goes through, is recorded, and shows up live.
import Anthropic from '@anthropic-ai/sdk'
import { expect, onTestFinished, test } from 'vitest'
import { createHost } from '../../src/host/create-host.ts'
import type { Host } from '../../src/host/host.ts'
import { eventsOf } from './events-of.ts'
import { clientOf, temporaryDirectory } from './open-test-host.ts'

async function open(): Promise<Host> {
  const host = await createHost({
    dataDirectory: await temporaryDirectory(),
    proxyPort: 0,
    demo: 'if-empty',
    environment: {},
    version: '0.0.0-test',
    logDestination: null,
    controlPort: () => null,
  })
  onTestFinished(() => host.stop())
  return host
}

function tool(host: Host, key: string): Anthropic {
  return new Anthropic({ baseURL: `http://127.0.0.1:${host.proxyPort}`, authToken: key, apiKey: null, maxRetries: 0 })
}

const request = { model: 'claude-x', max_tokens: 64, messages: [{ role: 'user' as const, content: 'hello' }] }

test('on an empty database the demo key and a key of the default pool are answered by a simulated node', async () => {
  const host = await open()
  const client = clientOf(host)
  const { key } = await client.clientKeys.create({ name: 'laptop' })
  for (const presented of [host.demoKey?.key ?? '', key]) {
    const message = await tool(host, presented).messages.create(request)
    expect(message.content).toMatchObject([{ type: 'text', text: expect.stringMatching(/simulated answer.*sim-a/) }])
  }
  const recent = await client.exchanges.recent({})
  expect(recent).toMatchObject([
    { clientKeyName: 'laptop', outcome: 'success', nodeName: 'sim-a' },
    { clientKeyName: 'demo', outcome: 'success', nodeName: 'sim-a' },
  ])
  expect(host.status().exchanges).toMatchObject({ total: 2, succeeded: 2, failed: 0 })
})

test('with the preferred node dead the same request is answered by the other, and a live event says so', async () => {
  const host = await open()
  const events = await clientOf(host).events()
  await host.simulatedNodes()[0]?.kill()
  const stream = tool(host, host.demoKey?.key ?? '').messages.stream(request)
  const message = await stream.finalMessage()
  expect(message.content).toMatchObject([{ text: expect.stringContaining('sim-b') }])
  const types: string[] = []
  for await (const event of eventsOf(events)) {
    types.push(event.type)
    if (event.type !== 'exchangeSettled') continue
    expect(event.exchange.attempts.map(({ nodeName, outcome }) => `${nodeName} ${outcome}`)).toEqual([
      'sim-a network',
      'sim-b success',
    ])
    break
  }
  expect(types).toContain('attemptEnded')
})

test('after the first real node the demo key opens nothing', async () => {
  const host = await open()
  const client = clientOf(host)
  await client.nodes.create({ name: 'relay', baseUrl: 'http://127.0.0.1:9', keys: [{ secret: 'sk-some-secret-1' }] })
  await expect(tool(host, host.demoKey?.key ?? '').messages.create(request)).rejects.toMatchObject({ status: 401 })
})

test('a request under way is finished before the host has stopped', async () => {
  const host = await open()
  const stream = tool(host, host.demoKey?.key ?? '').messages.stream(request)
  await new Promise((resolve) => {
    stream.once('streamEvent', resolve)
  })
  const [message] = await Promise.all([stream.finalMessage(), host.stop()])
  expect(message.stop_reason).toBe('end_turn')
})
