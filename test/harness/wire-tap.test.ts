// The tap tells the truth: what it reports of a connection is what either end saw.
import { Agent } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseMessages } from './http-bytes.ts'
import { request } from './http-client.ts'
import { messagesBody } from './messages-body.ts'
import { sha256 } from './recorded-request.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'
import { cutAfterEvents, ok, status } from './steps.ts'
import { startWireTap, type WireTap } from './wire-tap.ts'

async function tapped(): Promise<{ upstream: ScriptedUpstream; tap: WireTap; port: number }> {
  const upstream = await startScriptedUpstream({ name: 'u' })
  onTestFinished(upstream.close)
  const tap = await startWireTap(upstream.port)
  onTestFinished(tap.close)
  return { upstream, tap, port: Number(new URL(tap.url).port) }
}

test('every request of a connection is reported with its whole answer, to the byte', async () => {
  const { upstream, tap, port } = await tapped()
  upstream.script(ok(), status(500))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const head = await request({ port, agent, method: 'HEAD', path: '/' })
  const bodies = [messagesBody({ stream: true, padToBytes: 100_000 }), messagesBody()]
  const answers = []
  for (const body of bodies) answers.push(await request({ port, agent, body }))
  expect([head, ...answers].map(({ ended }) => ended)).toEqual(['complete', 'complete', 'complete'])
  const [, first, second, ...more] = tap.requests()
  expect(more).toEqual([])
  expect(first).toMatchObject({
    method: 'POST',
    target: '/v1/messages',
    bodySha256: sha256(bodies[0] ?? Buffer.alloc(0)),
  })
  expect(first?.answer).toMatchObject({ status: 200, complete: true, bodySha256: answers[0]?.bodySha256 })
  expect(first?.answer?.bodySha256).toBe(upstream.requestsFor()[0]?.sentSha256())
  expect(second?.answer).toMatchObject({ status: 500, complete: true, bodySha256: answers[1]?.bodySha256 })
  expect(upstream.connections()).toBe(1)
})

describe('a broken answer', () => {
  test.each(['reset', 'fin'] as const)(
    'is reported as far as it came, and reaches the client as a break: %s',
    async (form) => {
      const { upstream, tap, port } = await tapped()
      upstream.script(cutAfterEvents(3, { form, when: { afterMs: 50 } }))
      const answer = await request({ port, body: messagesBody({ stream: true }) })
      expect(answer.ended).toBe('broken')
      const [only] = tap.requests()
      expect(only?.answer).toMatchObject({ status: 200, complete: false, bodySha256: answer.bodySha256 })
    },
  )

  test('of which nothing came is no answer', async () => {
    const { upstream, tap, port } = await tapped()
    await upstream.kill()
    expect((await request({ port, body: messagesBody() })).ended).toBe('broken')
    expect(tap.requests().map(({ answer }) => answer)).toEqual([null])
  })
})

describe('chunks', () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  test.each([
    ['whole', '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n', 'abcde', true],
    ['without the last one', '3\r\nabc\r\n', 'abc', false],
    ['cut inside', '3\r\nabc\r\n5\r\nde', 'abcde', false],
    ['cut inside a size', '3\r\nabc\r\n1', 'abc', false],
  ])('%s', (_, bytes, body, complete) => {
    const [message] = parseMessages(Buffer.from(head + bytes))
    expect(message?.body.toString()).toBe(body)
    expect(message?.complete).toBe(complete)
  })
})
