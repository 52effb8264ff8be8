// Steps that wait for the test, and steps whose exact pieces matter, do on a real socket what they say.

import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { manualStep } from './manual-step.ts'
import { messagesBody } from './messages-body.ts'
import { awkwardOffsets, delayed, gzipped, splitChunks, withHeaders } from './step-wrappers.ts'
import {
  eventsThenSilence,
  headersThenSilence,
  hiddenThinking,
  ok,
  pingsOnly,
  stallBeforeHead,
  status,
} from './steps.ts'
import { answerOf, eventTypes, streaming, streamOf } from './upstream-scene.ts'

describe('silence', () => {
  test('stallBeforeHead sends nothing until released', async () => {
    const step = stallBeforeHead()
    const { upstream, stream } = await streamOf(step)
    const recorded = await upstream.nextRequest()
    expect(recorded.end()).toBeNull()
    expect(recorded.sentBytes()).toBe(0)
    step.release()
    expect((await stream.finished).text).toContain('message_stop')
    expect(await recorded.ended).toBe('answered')
  })

  test('headersThenSilence and eventsThenSilence stop where they say', async () => {
    const heads = await streamOf(headersThenSilence())
    expect((await heads.stream.head()).status).toBe(200)
    expect(heads.stream.received()).toHaveLength(0)

    const step = eventsThenSilence(2)
    const { stream } = await streamOf(step)
    await stream.contains('content_block_start')
    expect(eventTypes(stream.received().toString())).toEqual(['message_start', 'content_block_start'])
    step.release()
    expect(eventTypes((await stream.finished).text).at(-1)).toBe('message_stop')
  })

  test('hiddenThinking opens a block, is silent, signs it and then writes', async () => {
    const step = hiddenThinking({ text: 'done' })
    const { stream } = await streamOf(step)
    await stream.contains('event: ping')
    expect(stream.received().toString()).toContain('"content_block":{"type":"thinking"')
    expect(stream.received().toString()).not.toContain('delta')
    step.release()
    const { text } = await stream.finished
    expect(text).not.toContain('thinking_delta')
    expect(text.indexOf('signature_delta')).toBeLessThan(text.indexOf('"text":"done"'))
  })

  test('pingsOnly pings when told to, and answers when released', async () => {
    const step = pingsOnly({ text: 'late' })
    const { stream } = await streamOf(step)
    await stream.head()
    expect(stream.received()).toHaveLength(0)
    step.ping()
    step.ping()
    await stream.contains('event: ping\ndata: {"type":"ping"}\n\nevent: ping')
    step.release()
    const { text } = await stream.finished
    expect(eventTypes(text).slice(0, 3)).toEqual(['ping', 'ping', 'message_start'])
  })

  test('a client that leaves is noticed, and ends the wait', async () => {
    const { upstream, stream } = await streamOf(stallBeforeHead())
    const recorded = await upstream.nextRequest()
    stream.abort()
    await upstream.clientGone(recorded)
    expect(recorded.end()).toBe('client-gone')
    await expect(stream.head()).rejects.toThrow('before any head')
  })

  test('delayed comes later', async () => {
    expect(await answerOf(delayed(20, ok()))).toMatchObject({ status: 200, ended: 'complete' })
  })
})

describe('bytes', () => {
  const text = '漢字 and 🙂 and é'

  test('splitChunks sends the same bytes, in pieces cut inside characters and line ends', async () => {
    const step = ok({ text, newline: '\r\n' })
    const whole = await answerOf(step)
    const offsets = awkwardOffsets(whole.body)
    expect(offsets.length).toBeGreaterThan(20)
    const { stream } = await streamOf(splitChunks(step, offsets))
    const sizes: number[] = []
    for await (const chunk of stream.chunks()) sizes.push(chunk.length)
    const answer = await stream.finished
    expect(answer.bodySha256).toBe(whole.bodySha256)
    expect(sizes).toHaveLength(offsets.length + 1)
    expect(sizes[0]).toBe(offsets[0])
  })

  test('random cuts follow from their seed', async () => {
    const pieces = async (seed: number): Promise<readonly number[]> => {
      const { stream } = await streamOf(splitChunks(ok({ text }), { seed, pieces: 20 }))
      const sizes: number[] = []
      for await (const chunk of stream.chunks()) sizes.push(chunk.length)
      return sizes
    }
    const first = await pieces(1)
    expect(first.length).toBeGreaterThan(10)
    expect(await pieces(1)).toEqual(first)
    expect(await pieces(2)).not.toEqual(first)
  })

  test('gzipped compresses, with or without a length', async () => {
    for (const body of [streaming, messagesBody()]) {
      const plain = await answerOf(ok(), body)
      const packed = await answerOf(gzipped(ok()), body)
      expect(packed.headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(packed.body)).toEqual(plain.body)
    }
    expect(await answerOf(gzipped(status(500)))).toMatchObject({ status: 500, ended: 'complete' })
  })

  test('withHeaders adds headers, also several of one name', async () => {
    const answer = await answerOf(withHeaders(ok(), { 'set-cookie': ['a=1', 'b=2'], 'x-extra': 'yes' }))
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-extra': 'yes' })
  })

  test('a manual step plays what the test says, when it says it', async () => {
    const live = manualStep()
    const { upstream, stream } = await streamOf(live)
    await upstream.nextRequest()
    live.head(200, { 'content-type': 'text/plain' })
    expect((await stream.head()).headers['content-type']).toBe('text/plain')
    live.write('event: pi')
    await stream.contains('event: pi')
    live.write('ng\n\n')
    live.event({ type: 'ping' })
    await stream.contains('data: {"type":"ping"}')
    live.reset()
    expect(await stream.finished).toMatchObject({ ended: 'broken' })
  })
})
