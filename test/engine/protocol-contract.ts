// What every protocol module must do, whatever its wire looks like; run by the test of each, on answers as its API writes them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Asked, ProtocolModule, RequestFacts } from '../../src/engine/protocols/protocol.ts'
import { claimingProtocol, matchProtocol } from '../../src/engine/protocols/protocols.ts'
import { ProxyError, type ProxyErrorCode, proxyErrors } from '../../src/engine/proxy-error.ts'
import type { TokenUsage } from '../../src/shared/model/exchange.ts'
import { eventsIn } from '../harness/golden.ts'
import { type ReadEvents, readEvents } from './read-events.ts'

export type ProtocolSample = {
  readonly protocol: ProtocolModule
  /** A streaming request as a tool sends it. */
  readonly asked: Asked
  readonly facts: RequestFacts
  /** Bodies that say no model, or not whether to stream; a protocol that has both in the path has none. */
  readonly badBodies: readonly string[]
  /** A good answer: with content, an end and its usage. */
  readonly stream: Buffer
  readonly usage: TokenUsage
  /** A stream that fails before any content, by the node's own fault. */
  readonly failing: Buffer
  readonly whole: Buffer
  readonly wholeUsage: TokenUsage
  /** Errors that some node writes with 200. */
  readonly errors: readonly Buffer[]
  readonly models: Buffer
  readonly modelNames: readonly string[]
}

const codes = Object.keys(proxyErrors) as ProxyErrorCode[] // Keys of that very object.

export function describeProtocol(sample: ProtocolSample): void {
  const { protocol, asked } = sample

  describe(`${protocol.id} keeps the contract of every protocol:`, () => {
    test('what it says it serves is served, and an error there wears its envelope', () => {
      expect(protocol.served.length).toBeGreaterThan(0)
      for (const one of protocol.served) {
        const [method = '', path = ''] = one.replace(/\{\w+\}/g, 'some-model').split(' ')
        // A path that two protocols share is told by a header of one of them.
        const heads = [{}, { 'anthropic-version': '2023-06-01' }].map((headers) => ({ method, path, headers }))
        expect(
          heads.some((head) => matchProtocol(head)?.protocol.id === protocol.id || protocol.operationOf(head) !== null),
          one,
        ).toBe(true)
        expect(protocol.operationOf({ method: 'PATCH', path, headers: {} })).toBeNull()
      }
      const [path = ''] = asked.target.split('?')
      const head = { method: 'POST', path, headers: {} }
      expect(matchProtocol(head)?.protocol.id).toBe(protocol.id)
      expect(matchProtocol(head)?.operation.kind).toBe('generate')
      expect(claimingProtocol(head).id).toBe(protocol.id)
      expect(claimingProtocol({ ...head, method: 'DELETE', path: `${path}/unknown` }).id).toBe(protocol.id)
    })

    test('a request is read for what it asks, and refused for what cannot be known', () => {
      expect(protocol.factsOf(asked)).toEqual({ ok: true, facts: sample.facts })
      for (const body of sample.badBodies) {
        const read = protocol.factsOf({ ...asked, body: Buffer.from(body) })
        expect(read).toEqual({ ok: false, message: expect.stringMatching(/\.$/) })
      }
    })

    test('another model takes the place of the old one and of nothing else', () => {
      const renamed = protocol.withModel(asked, 'mapped-model')
      expect(protocol.factsOf(renamed)).toMatchObject({ facts: { ...sample.facts, model: 'mapped-model' } })
      expect(renamed.body.length - asked.body.length + renamed.target.length - asked.target.length).toBe(
        'mapped-model'.length - sample.facts.model.length,
      )
      expect(protocol.withModel(renamed, sample.facts.model)).toEqual(asked)
    })

    test('a node is asked for a path of its own, with the query as it came', () => {
      const target = protocol.upstreamTarget(`${asked.target}${asked.target.includes('?') ? '&' : '?'}x=%2F`)
      expect(target).toMatch(/^\/[^/]/)
      expect(target.endsWith('x=%2F')).toBe(true)
      expect(asked.target.endsWith(protocol.upstreamTarget(asked.target))).toBe(true)
    })

    test('a stream is read to its end, its usage too', () => {
      const read = readEvents(protocol, sample.stream)
      expect(read.kinds).toContain('content')
      expect(read.kinds).not.toContain('error')
      expect(read.kinds).not.toContain('malformed')
      expect([read.finished, read.ended]).toEqual([true, true])
      expect(read.usage).toEqual(sample.usage)
    })

    test('a stream means the same however it is cut, whatever its line ends', () => {
      const whole = readEvents(protocol, sample.stream)
      const variants = ['\n', '\r\n', '\r'].map((end) => Buffer.from(sample.stream.toString().replaceAll('\n', end)))
      for (const stream of variants) {
        expect(readEvents(protocol, stream)).toEqual(whole)
        fc.assert(
          fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
            expect(readEvents(protocol, ...pieces(stream, cuts))).toEqual(whole)
          }),
        )
      }
      expect(readEvents(protocol, ...pieces(sample.stream, [...sample.stream.keys()]))).toEqual(whole)
    })

    test('a stream that breaks off has not ended, and what it used is an estimate', () => {
      const events = eventsIn(sample.stream)
      let before: ReadEvents | null = null
      for (let count = 0; count < events.length; count++) {
        const read = readEvents(protocol, ...events.slice(0, count))
        expect(read.ended, `after ${count} of ${events.length} events`).toBe(false)
        // Nothing is complete that has not begun; what is complete stays so.
        if (read.finished) expect(read.kinds).toContain('content')
        if (before?.finished === true) expect(read.finished).toBe(true)
        if (!read.finished && read.usage !== null) expect(read.usage.estimated).toBe(true)
        before = read
      }
      expect(readEvents(protocol).usage).toBeNull()
    })

    test('a stream that fails by the node’s fault says so before anything counts as content', () => {
      const { kinds, meanings, finished, ended } = readEvents(protocol, sample.failing)
      expect(kinds.filter((kind) => kind !== 'preamble' && kind !== 'ping' && kind !== 'comment')).toEqual(['error'])
      const error = meanings.find((meaning) => meaning.kind === 'error')
      expect(error).toMatchObject({ message: expect.stringMatching(/./) })
      expect([finished, ended]).toEqual([false, false])
    })

    test('its ping is no event of the answer, wherever between two events it stands', () => {
      const { ping } = protocol
      if (ping === null) return
      expect(ping).toMatch(/\n\n$/)
      const events = eventsIn(sample.stream)
      const plain = readEvents(protocol, ...events)
      const pinged = readEvents(protocol, ...events.flatMap((event) => [ping, event]))
      const isLife = (kind: string) => kind === 'ping' || kind === 'comment'
      expect(pinged.kinds.filter(isLife)).toHaveLength(plain.kinds.filter(isLife).length + events.length)
      expect(pinged.meanings.filter(({ kind }) => !isLife(kind))).toEqual(
        plain.meanings.filter(({ kind }) => !isLife(kind)),
      )
      expect([pinged.finished, pinged.ended, pinged.usage]).toEqual([plain.finished, plain.ended, plain.usage])
    })

    test('a whole answer is complete with its usage', () => {
      expect(protocol.readWhole(sample.whole)).toEqual({ kind: 'complete', usage: sample.wholeUsage })
    })

    test.each(sample.errors.map((body) => [body.toString().slice(0, 80), body] as const))(
      'an error in a 200 is one: %s',
      (_start, body) => {
        expect(protocol.readWhole(body)).toMatchObject({ kind: 'error', message: expect.stringMatching(/./) })
      },
    )

    test.each(['', '{}', '[]', 'null', '"ok"', '<html>', '{"code":0,"msg":"ok"}', '{"id":'])(
      '%j is no answer',
      (body) => {
        expect(protocol.readWhole(Buffer.from(body))).toEqual({ kind: 'malformed' })
      },
    )

    test('half of an answer is none', () => {
      expect(protocol.readWhole(sample.whole.subarray(0, sample.whole.length / 2))).toEqual({ kind: 'malformed' })
    })

    test('every error of ours is JSON with its words, and one that another Switchyard takes for an error', () => {
      for (const code of codes) {
        const body = protocol.errorBody(new ProxyError(code, 'say "what" happened ä.'))
        expect(JSON.parse(body), code).toMatchObject({ error: { message: 'Switchyard: say "what" happened ä.' } })
        expect(protocol.readWhole(Buffer.from(body)).kind, code).toBe('error')
      }
    })

    test('a list of models is read as it is written, and nothing else for one', () => {
      expect(protocol.test.modelsOf(sample.models)).toEqual(sample.modelNames)
      expect(protocol.test.modelsOf(Buffer.from(protocol.modelsBody(['a', 'b/c'])))).toEqual(['a', 'b/c'])
      expect(protocol.test.modelsOf(Buffer.from(protocol.modelsBody([])))).toEqual([])
      for (const body of ['', '{}', '[]', '{"error":{"message":"no"}}', '<html>']) {
        expect(protocol.test.modelsOf(Buffer.from(body)), body).toBeNull()
      }
    })

    test('a node’s test asks for one streamed answer of the model, at a path of the node’s', () => {
      const probe = protocol.test.oneToken('some-model')
      expect(probe.target).toMatch(/^\/[^/]/)
      expect(protocol.test.listModels).toMatch(/^\/[^/]/)
      expect(protocol.factsOf(probe)).toMatchObject({ ok: true, facts: { model: 'some-model', stream: true } })
      expect(protocol.test.headers.length % 2).toBe(0)
    })

    test('an estimate of tokens is at least one and grows with the request', () => {
      expect(protocol.estimateTokens(Buffer.alloc(0))).toBe(1)
      expect(protocol.estimateTokens(Buffer.alloc(35_000, 'word '))).toBeGreaterThanOrEqual(8000)
      expect(protocol.estimateTokens(Buffer.alloc(35_000, 'word '))).toBeLessThan(20_000)
    })

    test('a token count is known from anything else, if it counts tokens at all', () => {
      const body = Buffer.from(protocol.countTokensBody(7))
      const counts = protocol.served.some((one) => /count|input_tokens/i.test(one))
      expect(protocol.isTokenCount(body)).toBe(counts)
      for (const other of ['', '{}', '{"error":{"message":"no"}}', '<html>']) {
        expect(protocol.isTokenCount(Buffer.from(other)), other).toBe(false)
      }
    })

    test('the names of headers with a session are as Node has them', () => {
      expect(protocol.sessionHeaders).toEqual(protocol.sessionHeaders.map((name) => name.toLowerCase()))
    })
  })
}

function pieces(stream: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const borders = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < stream.length))].toSorted((a, b) => a - b)
  return borders.map((start, index) => stream.subarray(start, borders[index + 1]))
}
