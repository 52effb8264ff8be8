// The Anthropic SDK through the daemon, its own retries off: a broken node of two does not show.
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from 'vitest'
import { DEFAULT_MODEL } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import { empty, errorEvent, html, reset, status } from '../harness/steps.ts'
import { startTwoNodes, type TwoNodes } from './two-nodes.ts'

const question = { model: DEFAULT_MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] }

function clientOf({ daemon, key }: TwoNodes): Anthropic {
  return new Anthropic({ baseURL: daemon.proxyUrl, authToken: key, apiKey: null, maxRetries: 0, timeout: 20_000 })
}

const faults: readonly (readonly [string, Step])[] = [
  ['answers 529', status(529)],
  ['resets the connection', reset()],
  ['sends an error inside a 200', errorEvent(0)],
  ['sends a page instead of an answer', html()],
  ['sends nothing', empty()],
]

describe.each(faults)('the first node %s', (_, fault) => {
  test('a streaming request gets the whole message of the second', async () => {
    const scene = await startTwoNodes()
    scene.a.script(fault)
    const stream = clientOf(scene).messages.stream(question)
    const pieces: string[] = []
    stream.on('text', (piece) => pieces.push(piece))
    expect(await stream.finalMessage()).toMatchObject(answerOfB)
    expect(pieces).toEqual(['reply ', 'from ', 'b'])
    await expectOneExchangeOverBothNodes(scene)
  })

  test('a request that does not stream gets the whole message of the second', async () => {
    const scene = await startTwoNodes()
    scene.a.script(fault)
    expect(await clientOf(scene).messages.create(question)).toMatchObject(answerOfB)
    await expectOneExchangeOverBothNodes(scene)
  })
})

test('the second node is not asked while the first is healthy', async () => {
  const scene = await startTwoNodes()
  scene.b.script(status(500))
  const client = clientOf(scene)
  expect((await client.messages.create(question)).content).toMatchObject([{ text: 'reply from a' }])
  expect(await client.messages.stream(question).finalText()).toBe('reply from a')
  expect(scene.nodeCalls()).toEqual({ a: 2, b: 0 })
})

const answerOfB = {
  content: [{ type: 'text', text: 'reply from b' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 12, output_tokens: 9 },
}

async function expectOneExchangeOverBothNodes(scene: TwoNodes): Promise<void> {
  expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
  expect(await scene.exchanges()).toEqual({ total: 1, succeeded: 1, failed: 0, withFailedAttempt: 1 })
}
