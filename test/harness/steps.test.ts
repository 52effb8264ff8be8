// Each good answer and each error does on a real socket what it says.
import { describe, expect, test } from 'vitest'
import { type Answer, request } from './http-client.ts'
import { messagesBody } from './messages-body.ts'
import { createGate, plannedBytes } from './plan.ts'
import { rawExchange } from './raw-exchange.ts'
import { sha256 } from './recorded-request.ts'
import {
  apiError,
  closeEarly,
  cutAfterEvents,
  empty,
  errorEvent,
  html,
  jsonError,
  ok,
  redirect,
  reset,
  status,
  toolUse,
} from './steps.ts'
import { answerOf, eventTypes, streaming, streamOf, upstreamWith } from './upstream-scene.ts'

describe('answers', () => {
  test('ok streams the events of a message, in the order of the real API', async () => {
    const answer = await answerOf(ok({ text: 'two words', usage: { cache_read_input_tokens: 5 } }))
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(eventTypes(answer.text).join(' ')).toBe(
      'message_start content_block_start ping content_block_delta content_block_delta content_block_stop message_delta message_stop',
    )
    expect(answer.text).toContain(
      '"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":5,"output_tokens":1',
    )
    expect(answer.text).toContain('"usage":{"output_tokens":9}')
  })

  test('ok answers a request that does not stream with one object and its usage', async () => {
    const answer = await answerOf(ok(), messagesBody({ model: 'm-1' }))
    expect(JSON.parse(answer.text)).toMatchObject({
      id: 'msg_u_1',
      model: 'm-1',
      content: [{ type: 'text', text: 'reply from u' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 12, output_tokens: 9 },
    })
  })

  test('the planned bytes of a step are the bytes on the wire, and the record has their hash', async () => {
    for (const [step, body] of [
      [ok({ text: '漢字 🙂 ok', newline: '\r\n' }), streaming],
      [ok(), messagesBody()],
      [toolUse({ name: 'Read', input: { path: 'x' }, text: 'let me look' }), streaming],
      [status(418, { body: 'teapot' }), streaming],
    ] as const) {
      const upstream = await upstreamWith(step)
      const answer = await request({ port: upstream.port, body })
      const recorded = await upstream.nextRequest()
      expect(sha256(plannedBytes(step, upstream.askOf(recorded)))).toBe(answer.bodySha256)
      await recorded.ended
      expect(recorded.sentSha256()).toBe(answer.bodySha256)
      expect(recorded.sentBytes()).toBe(answer.body.length)
    }
  })

  test('toolUse sends a whole tool_use block and stops for it', async () => {
    const answer = await answerOf(toolUse({ name: 'Read', input: { file_path: 'a.txt' } }))
    expect(answer.text).toContain('"content_block":{"type":"tool_use","id":"toolu_u_1","name":"Read","input":{}}')
    // The quotes of the input are escaped inside the delta's own JSON.
    const pieces = [...answer.text.matchAll(/"partial_json":"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '')
    expect(pieces.filter((piece) => piece !== '').length).toBe(2)
    expect(pieces.join('').replaceAll('\\"', '"')).toBe('{"file_path":"a.txt"}')
    expect(answer.text).toContain('"stop_reason":"tool_use"')
  })

  test('the last step repeats, and a new script counts from the next request on', async () => {
    const upstream = await upstreamWith(status(500), ok())
    const ask = async (): Promise<number | null> => (await request({ port: upstream.port, body: streaming })).status
    expect([await ask(), await ask(), await ask()]).toEqual([500, 200, 200])
    upstream.script(status(503))
    expect(await ask()).toBe(503)
  })

  test('count_tokens, models and HEAD have answers and scripts of their own', async () => {
    const upstream = await upstreamWith(status(500))
    const counted = await request({ port: upstream.port, path: '/v1/messages/count_tokens?beta=true', body: streaming })
    expect(JSON.parse(counted.text)).toEqual({ input_tokens: 1234 })
    const models = await request({ port: upstream.port, path: '/v1/models' })
    expect(JSON.parse(models.text)).toMatchObject({ data: [{ type: 'model', id: 'claude-sonnet-4-5' }] })
    const head = (): Promise<Answer> => request({ port: upstream.port, method: 'HEAD', path: '/' })
    expect(await head()).toMatchObject({ status: 200, ended: 'complete' })
    upstream.scriptFor('head', status(404))
    expect(await head()).toMatchObject({ status: 404, text: '' })
    expect((await request({ port: upstream.port, path: '/elsewhere' })).status).toBe(404)
    expect(upstream.requests.map((seen) => seen.operation)).toEqual(['count_tokens', 'models', 'head', 'head', 'other'])
  })
})

describe('errors', () => {
  test('a status wears the envelope of the API, or the body it is given', async () => {
    expect(JSON.parse((await answerOf(status(529))).text)).toEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'scripted 529' },
    })
    const told = await answerOf(status(429, { headers: { 'retry-after': '7' }, body: { any: 'thing' } }))
    expect(told).toMatchObject({ status: 429, headers: { 'retry-after': '7' }, text: '{"any":"thing"}' })
    const balance = await answerOf(apiError(400, 'Your credit balance is too low'))
    expect(JSON.parse(balance.text)).toMatchObject({
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low' },
    })
    expect(await answerOf(redirect('http://elsewhere/'))).toMatchObject({
      status: 307,
      headers: { location: 'http://elsewhere/' },
    })
  })

  test('reset and closeEarly break the connection before any head', async () => {
    expect(await answerOf(reset())).toMatchObject({ status: null, ended: 'broken', errorCode: 'ECONNRESET' })
    const upstream = await upstreamWith(closeEarly())
    const raw = await rawExchange(upstream.port, 'POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}')
    expect(raw).toMatchObject({ text: '', closedBy: 'peer' })
    expect((await upstream.nextRequest()).end()).toBe('cut')
  })

  test('html, empty and jsonError are the false successes', async () => {
    expect(await answerOf(html())).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    expect(await answerOf(empty())).toMatchObject({ status: 200, text: '', ended: 'complete' })
    expect(await answerOf(jsonError('api_error', 'no'))).toMatchObject({
      status: 200,
      text: '{"type":"error","error":{"type":"api_error","message":"no"}}',
    })
  })

  test('errorEvent ends the stream with an error after so many events', async () => {
    expect(eventTypes((await answerOf(errorEvent(0))).text)).toEqual(['error'])
    const late = await answerOf(errorEvent(2, 'api_error', 'gone'))
    expect(eventTypes(late.text)).toEqual(['message_start', 'content_block_start', 'error'])
    expect(late).toMatchObject({ ended: 'complete' })
    expect((await answerOf(errorEvent(0), messagesBody())).text).toContain('"type":"error"')
  })

  test('cutAfterEvents breaks off by reset or close, or ends cleanly too early', async () => {
    for (const form of ['reset', 'fin'] as const) {
      const { upstream, stream } = await streamOf(cutAfterEvents(4, { form }))
      const answer = await stream.finished
      expect(answer.ended).toBe('broken')
      expect(eventTypes(answer.text)).toHaveLength(4)
      expect((await upstream.nextRequest()).end()).toBe('cut')
    }
    const clean = await answerOf(cutAfterEvents(3, { form: 'end' }))
    expect(clean.ended).toBe('complete')
    expect(eventTypes(clean.text)).toHaveLength(3)
  })

  test('a cut with a gate comes when the test has seen what was before', async () => {
    const gate = createGate()
    const { stream } = await streamOf(cutAfterEvents(4, { form: 'reset', when: gate }))
    await stream.contains('text_delta')
    gate.release()
    expect((await stream.finished).ended).toBe('broken')
  })
})
