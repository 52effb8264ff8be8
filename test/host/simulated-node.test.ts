// A simulated node answers like a real one, says what it is, and can be killed and revived.
import Anthropic from '@anthropic-ai/sdk'
import { expect, onTestFinished, test } from 'vitest'
import { type SimulatedNode, startSimulatedNode } from '../../src/host/demo/simulated-node.ts'

async function start(): Promise<{ node: SimulatedNode; client: Anthropic }> {
  const node = await startSimulatedNode({ name: 'sim-a', eventIntervalMs: 1 })
  onTestFinished(() => node.close())
  const client = new Anthropic({ baseURL: node.baseUrl, apiKey: 'none', maxRetries: 0 })
  return { node, client }
}

const request = { model: 'claude-x', max_tokens: 64, messages: [{ role: 'user' as const, content: 'hello' }] }

test('a message says that it is simulated and by which node', async () => {
  const { client } = await start()
  const message = await client.messages.create(request)
  expect(message).toMatchObject({ model: 'claude-x', stop_reason: 'end_turn', role: 'assistant' })
  expect(message.content).toMatchObject([{ type: 'text', text: expect.stringMatching(/simulated answer.*sim-a/) }])
  expect(message.usage.input_tokens).toBeGreaterThan(0)
  expect(message.usage.output_tokens).toBeGreaterThan(0)
})

test('a stream has the events of the real one, in pieces, with its usage at the end', async () => {
  const { client } = await start()
  const stream = client.messages.stream(request)
  const types: string[] = []
  stream.on('streamEvent', ({ type }) => types.push(type))
  const message = await stream.finalMessage()
  expect(types[0]).toBe('message_start')
  expect(types.filter((type) => type === 'content_block_delta').length).toBeGreaterThan(3)
  expect(types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop'])
  expect(message.content).toMatchObject([{ type: 'text', text: expect.stringMatching(/simulated answer.*sim-a/) }])
  expect(message.usage.output_tokens).toBeGreaterThan(1)
})

test('it counts tokens and lists its models', async () => {
  const { client } = await start()
  const { input_tokens } = await client.messages.countTokens({ model: 'claude-x', messages: request.messages })
  expect(input_tokens).toBeGreaterThan(0)
  const models = await client.models.list()
  expect(models.data.map(({ id }) => id)).toEqual(['claude-simulated'])
})

test('what is no message and no path of its own is refused in the protocol of the node', async () => {
  const { node } = await start()
  const bad = await fetch(`${node.baseUrl}/v1/messages`, { method: 'POST', body: 'garbage' })
  expect(bad.status).toBe(400)
  expect(await bad.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
  expect((await fetch(`${node.baseUrl}/v1/files`)).status).toBe(404)
  expect((await fetch(node.baseUrl, { method: 'HEAD' })).status).toBe(200)
})

test('a killed node breaks what is running and refuses what is new; a revived one answers at the same address', async () => {
  const slow = await startSimulatedNode({ name: 'sim-a', eventIntervalMs: 60_000 })
  onTestFinished(() => slow.close())
  const response = await fetch(`${slow.baseUrl}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ model: 'claude-x', stream: true }),
  })
  const text = response.text()
  await slow.kill()
  await expect(text).rejects.toThrow()
  await expect(fetch(`${slow.baseUrl}/v1/models`)).rejects.toThrow('fetch failed')
  await slow.kill()
  await slow.revive()
  await slow.revive()
  expect((await fetch(`${slow.baseUrl}/v1/models`)).status).toBe(200)
})
