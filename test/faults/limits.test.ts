// How far one exchange goes: costly tries, nodes, the second round, waits, keys; and what the client gets when all fail.
import { describe, expect, test } from 'vitest'
import { errorTypeOf } from '../harness/anthropic-message.ts'
import type { Answer } from '../harness/http-client.ts'
import { messagesBody } from '../harness/messages-body.ts'
import type { Step } from '../harness/plan.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { withHeaders } from '../harness/step-wrappers.ts'
import { apiError, empty, ok, reset, stallBeforeHead, status } from '../harness/steps.ts'
import { type FaultEngine, startEngineOver, startNode, startRefusingNode } from './scene.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

const streaming = messagesBody({ stream: true })
const whole = messagesBody()

function startNodes(...steps: readonly Step[]): Promise<readonly ScriptedUpstream[]> {
  return Promise.all(steps.map((step, at) => startNode(`n${at + 1}`, step)))
}

function repeated(count: number, step: () => Step): readonly Step[] {
  return Array.from({ length: count }, step)
}

function callsOf(nodes: readonly ScriptedUpstream[]): readonly number[] {
  return nodes.map((node) => node.requestsFor().length)
}

async function attemptsOf(engine: FaultEngine, count = 1): Promise<readonly (readonly [string, string])[]> {
  return (await engine.recorded(count)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])
}

/** Time passes only as far as the exchange asks for it: a back-off, a Retry-After. */
async function sendThroughWaits(engine: FaultEngine, body: Buffer): Promise<{ answer: Answer; waitedMs: number }> {
  const before = engine.clock.monotonicMs()
  const asking = engine.send({ body })
  const over = asking.then(() => true)
  while (!(await Promise.race([over, engine.clock.advance(0).then(() => false)]))) {
    const [next] = engine.clock.pendingDelaysMs()
    const attempting = engine.engine.liveNodes().some(({ inFlight }) => inFlight > 0)
    // With no attempt under way, a short timer is a wait of the exchange.
    if (next !== undefined && next <= 2 * SECOND && !attempting) await engine.clock.advance(next)
  }
  return { answer: await asking, waitedMs: engine.clock.monotonicMs() - before }
}

function errorOf(answer: Answer): { type: string; message: string } {
  const parsed: unknown = JSON.parse(answer.text)
  expect(parsed).toEqual({ type: 'error', error: { type: expect.any(String), message: expect.any(String) } })
  const { error } = parsed as { error: { type: string; message: string } } // just matched
  return error
}

describe('costly tries', () => {
  test('are not counted for nodes that refuse or answer with an error: four fail at once, the fifth answers', async () => {
    const [n1, n2, n3, n4, n5] = await Promise.all([
      startRefusingNode('n1'),
      startRefusingNode('n2'),
      startNode('n3', status(500)),
      startNode('n4', status(529)),
      startNode('n5'),
    ])
    const engine = await startEngineOver([n1, n2, n3, n4, n5], { settings: { retryMaxAttempts: 1 } })
    const answer = await engine.send({ body: streaming })
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).toContain('msg_n5_1')
    expect(await attemptsOf(engine)).toEqual([
      ['n1', 'network'],
      ['n2', 'network'],
      ['n3', 'server'],
      ['n4', 'overload'],
      ['n5', 'success'],
    ])
    engine.expectQuiet()
  })

  test.each<[name: string, step: () => Step, outcome: string]>([
    ['resets before the head', reset, 'network'],
    ['empty answers', empty, 'false-success'],
  ])('stop after three %s, though a healthy node is left', async (_, step, outcome) => {
    const nodes = await startNodes(...repeated(3, step), ok())
    const engine = await startEngineOver(nodes)
    const answer = await engine.send({ body: streaming })
    expect(answer.status).toBe(503)
    expect(await attemptsOf(engine)).toEqual([
      ['n1', outcome],
      ['n2', outcome],
      ['n3', outcome],
    ])
    expect(callsOf(nodes)).toEqual([1, 1, 1, 0])
    engine.expectQuiet()
  })

  test('stop after the first one when the setting is 1', async () => {
    const nodes = await startNodes(reset(), ok())
    const engine = await startEngineOver(nodes, { settings: { retryMaxAttempts: 1 } })
    expect((await engine.send({ body: streaming })).status).toBe(503)
    expect(callsOf(nodes)).toEqual([1, 0])
  })

  test('count a time-out', async () => {
    const nodes = await startNodes(stallBeforeHead(), ok())
    const engine = await startEngineOver(nodes, { settings: { retryMaxAttempts: 1 } })
    const asking = engine.send({ body: streaming })
    await nodes[0]?.requestCount(1)
    // The last try there is: it gets the time of a last node.
    await engine.clock.timerStarted((delayMs) => delayMs === 120 * SECOND)
    await engine.clock.advance(120 * SECOND)
    expect((await asking).status).toBe(503)
    expect(callsOf(nodes)).toEqual([1, 0])
    engine.expectQuiet()
  })
})

describe('one exchange', () => {
  test('tries at most eight nodes, also in its second round', async () => {
    const nodes = await startNodes(...repeated(10, () => status(500)))
    const engine = await startEngineOver(nodes)
    const { answer } = await sendThroughWaits(engine, whole)
    expect(answer.status).toBe(503)
    expect(callsOf(nodes)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 0, 0])
    engine.expectQuiet()
  })

  test('may still use the next key of its eighth node', async () => {
    const failing = await startNodes(...repeated(7, () => status(429)))
    const eighth = await startNode('n8', status(401), ok())
    const ninth = await startNode('n9')
    const engine = await startEngineOver([
      ...failing,
      { name: 'n8', url: eighth.url, keys: ['first-key-1111', 'second-key-2222'] },
      ninth,
    ])
    expect((await engine.send({ body: whole })).text).toContain('msg_n8_2')
    expect(ninth.requests).toHaveLength(0)
  })

  test('has one second round, after a back-off, for network and server errors only', async () => {
    const nodes = await startNodes(status(500), status(529), status(401), apiError(404, 'no such path'), status(503))
    const refusing = await startRefusingNode('n6')
    const engine = await startEngineOver([...nodes, refusing])
    const { answer, waitedMs } = await sendThroughWaits(engine, whole)
    expect(answer.status).toBe(503)
    expect(callsOf(nodes)).toEqual([2, 1, 1, 1, 2])
    expect((await attemptsOf(engine)).map(([name]) => name).join(' ')).toBe(['n1 n2 n3 n4 n5 n6', 'n1 n5 n6'].join(' '))
    // Full jitter: the test's random is a half, the cap of the exponential step is 100 ms.
    expect(waitedMs).toBe(50)
    engine.expectQuiet()
  })

  test.each([
    ['stream', streaming],
    ['whole', whole],
  ])('is saved by its second round when the only node fails once, %s', async (_, body) => {
    const node = await startNode('n1', status(500), ok())
    const engine = await startEngineOver([node])
    const { answer, waitedMs } = await sendThroughWaits(engine, body)
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(waitedMs).toBe(5)
    expect(await attemptsOf(engine)).toEqual([
      ['n1', 'server'],
      ['n1', 'success'],
    ])
    engine.expectQuiet()
  })

  test('has no second round when the budget of second rounds is spent', async () => {
    const node = await startNode('n1', status(500))
    const engine = await startEngineOver([node])
    // Time stands still, so the first three wait out their back-off and keep their grants.
    const asking = Array.from({ length: 5 }, () => engine.send({ body: whole }))
    const first = await Promise.race(asking)
    expect(first.status).toBe(503)
    await engine.recorded(2)
    expect(node.requestsFor()).toHaveLength(5)
    expect(engine.exchanges.map(({ attempts }) => attempts.length)).toEqual([1, 1])
    await engine.clock.advance(5)
    expect((await Promise.all(asking)).map((answer) => answer.status)).toEqual([503, 503, 503, 503, 503])
    await engine.recorded(5)
    expect(engine.exchanges.map(({ attempts }) => attempts.length)).toEqual([1, 1, 2, 2, 2])
    expect(node.requestsFor()).toHaveLength(8)
    engine.expectQuiet()
  })
})

describe("a node's Retry-After", () => {
  const throttledFor = (seconds: string) => status(429, { headers: { 'retry-after': seconds } })

  test('up to 2 s is waited for when nobody else is eligible', async () => {
    const node = await startNode('n1', throttledFor('2'), ok())
    const engine = await startEngineOver([node])
    const { answer, waitedMs } = await sendThroughWaits(engine, streaming)
    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(waitedMs).toBe(2 * SECOND)
    expect(await attemptsOf(engine)).toEqual([
      ['n1', 'throttled'],
      ['n1', 'success'],
    ])
    engine.expectQuiet()
  })

  test('is not waited for while another node is eligible', async () => {
    const nodes = await startNodes(throttledFor('1'), ok())
    const engine = await startEngineOver(nodes)
    const { answer, waitedMs } = await sendThroughWaits(engine, streaming)
    expect(answer.text).toContain('msg_n2_1')
    expect(waitedMs).toBe(0)
  })

  test('above 2 s is not waited for: the client hears it, at once', async () => {
    const node = await startNode('n1', throttledFor('3'))
    const engine = await startEngineOver([node])
    const { answer, waitedMs } = await sendThroughWaits(engine, streaming)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
    expect(waitedMs).toBe(0)
    expect(node.requestsFor()).toHaveLength(1)
  })

  test('is waited for once, not again and again', async () => {
    const node = await startNode('n1', throttledFor('1'))
    const engine = await startEngineOver([node])
    const { answer, waitedMs } = await sendThroughWaits(engine, streaming)
    expect(answer.status).toBe(503)
    expect(waitedMs).toBe(SECOND)
    expect(node.requestsFor()).toHaveLength(2)
    engine.expectQuiet()
  })

  test('doubles when the node names none, and is forgotten after a success', async () => {
    const nodes = await startNodes(status(429), ok())
    const engine = await startEngineOver(nodes)
    const asideMs: number[] = []
    for (let round = 0; round < 5; round++) {
      await engine.send({ body: whole })
      const untilMs = engine.nodeNow('n1').keys[0]?.asideUntilMs ?? 0
      asideMs.push(untilMs - engine.clock.wallMs())
      await engine.clock.advance(asideMs[round] ?? 0)
    }
    expect(asideMs).toEqual([30 * SECOND, 60 * SECOND, 120 * SECOND, 240 * SECOND, 300 * SECOND])
    nodes[0]?.script(ok(), status(429))
    await engine.send({ body: whole })
    await engine.send({ body: whole })
    expect((engine.nodeNow('n1').keys[0]?.asideUntilMs ?? 0) - engine.clock.wallMs()).toBe(30 * SECOND)
  })
})

describe('a node with several keys', () => {
  const keys = ['first-key-1111', 'second-key-2222', 'third-key-3333']
  const keysUsed = (node: ScriptedUpstream) => node.requestsFor().map((request) => request.header('authorization'))

  test.each<[code: number, asideMs: number, outcome: string]>([
    [401, 30 * MINUTE, 'credential'],
    [403, 30 * MINUTE, 'credential'],
    [429, 30 * SECOND, 'throttled'],
  ])(
    'answers %i with one key: the next key gets the same request, and the first stays aside',
    async (code, asideMs, outcome) => {
      const node = await startNode('n1', status(code), ok())
      const other = await startNode('n2')
      const engine = await startEngineOver([{ name: 'n1', url: node.url, keys }, other])
      expect(await engine.send({ body: streaming })).toMatchObject({ status: 200, ended: 'complete' })
      const record = await engine.recorded()
      expect(record.attempts.map(({ nodeName, keyId, outcome: how }) => [nodeName, keyId, how])).toEqual([
        ['n1', 'key_n1_0', outcome],
        ['n1', 'key_n1_1', 'success'],
      ])
      expect(keysUsed(node)).toEqual([`Bearer ${keys[0]}`, `Bearer ${keys[1]}`])
      expect(node.requestsFor().map(({ bodySha256 }) => bodySha256)).toEqual(
        [record, record].map(() => node.requestsFor()[0]?.bodySha256),
      )
      expect(engine.nodeNow('n1')).toMatchObject({ status: 'active', unavailableUntilMs: null })
      const untilMs = engine.clock.wallMs() + asideMs
      expect(engine.nodeNow('n1').keys.map((key) => key.asideUntilMs)).toEqual([untilMs, null, null])

      // The next request does not try the first key.
      await engine.send({ body: streaming })
      expect((await engine.recorded(2)).attempts.map(({ keyId }) => keyId)).toEqual(['key_n1_1'])
      // When its time is over, it is first again.
      await engine.clock.advance(asideMs)
      await engine.send({ body: streaming })
      expect((await engine.recorded(3)).attempts.map(({ keyId }) => keyId)).toEqual(['key_n1_0'])
      expect(other.requests).toHaveLength(0)
      engine.expectQuiet()
    },
  )

  test('is left after its second key: a third is not tried by the same exchange', async () => {
    const node = await startNode('n1', status(401))
    const other = await startNode('n2')
    const engine = await startEngineOver([{ name: 'n1', url: node.url, keys }, other])
    expect((await engine.send({ body: streaming })).text).toContain('msg_n2_1')
    expect(keysUsed(node)).toEqual([`Bearer ${keys[0]}`, `Bearer ${keys[1]}`])
    expect(engine.decisions.map(({ kind }) => kind)).toEqual(['key-set-aside', 'key-set-aside', 'failed-over'])
  })
})

describe('when all fail, the client gets', () => {
  test.each([
    ['stream', streaming],
    ['whole', whole],
  ])('401 with x-should-retry: false that names the nodes, when every credential is dead, %s', async (_, body) => {
    const nodes = await startNodes(status(401), status(403))
    const engine = await startEngineOver(nodes)
    for (let time = 1; time <= 2; time++) {
      const answer = await engine.send({ body })
      expect(answer).toMatchObject({ status: 401, ended: 'complete', headers: { 'x-should-retry': 'false' } })
      expect(answer.headers['retry-after']).toBeUndefined()
      const { type, message } = errorOf(answer)
      expect(type).toBe('authentication_error')
      expect(message).toContain('n1: answered 401')
      expect(message).toContain('n2: answered 403')
      const record = await engine.recorded(time)
      expect(record).toMatchObject({ outcome: 'failed', status: 401, errorCode: 'credentials-dead', nodeName: null })
      // The second time nobody is asked: the keys are set aside.
      expect(record.attempts).toHaveLength(time === 1 ? 2 : 0)
    }
    expect(callsOf(nodes)).toEqual([1, 1])
    engine.expectQuiet()
  })

  test('402 billing_error in one sentence, when every account is out of funds', async () => {
    const nodes = await startNodes(status(402), apiError(403, 'insufficient balance'))
    const engine = await startEngineOver(nodes)
    for (let time = 1; time <= 2; time++) {
      const answer = await engine.send({ body: streaming })
      expect(answer).toMatchObject({ status: 402, headers: { 'x-should-retry': 'false' } })
      const { type, message } = errorOf(answer)
      expect(type).toBe('billing_error')
      expect(message).toMatch(/^Switchyard: every account is out of funds.*n1: answered 402.*n2: answered 403[^\n]*\.$/)
      expect((await engine.recorded(time)).errorCode).toBe('out-of-funds')
    }
    expect(callsOf(nodes)).toEqual([1, 1])
  })

  test('402, when some accounts are out of funds and the other keys are dead', async () => {
    const engine = await startEngineOver(await startNodes(status(402), status(401)))
    expect(await engine.send({ body: streaming })).toMatchObject({
      status: 402,
      headers: { 'x-should-retry': 'false' },
    })
  })

  test('502 with what they said, when every node has a wrong path', async () => {
    const nodes = await startNodes(
      apiError(404, 'no such path'),
      status(307, { headers: { location: 'https://elsewhere.example' } }),
    )
    const engine = await startEngineOver(nodes)
    const answer = await engine.send({ body: streaming })
    expect(answer.status).toBe(502)
    const { type, message } = errorOf(answer)
    expect(type).toBe('api_error')
    expect(message).toContain('n1: answered 404 not_found_error: no such path')
    expect(message).toContain('n2: answered 307 to https://elsewhere.example')
    expect((await engine.recorded()).errorCode).toBe('wrong-path')
    engine.expectQuiet()
  })

  test('404, when no node has the model', async () => {
    const lacking = await startNode('n1', apiError(404, 'model: claude-opus-5-5'))
    const other = await startNode('n2')
    const engine = await startEngineOver([lacking, { name: 'n2', url: other.url, models: ['another-*'] }])
    for (let time = 1; time <= 2; time++) {
      const answer = await engine.send({ body: streaming })
      expect(answer).toMatchObject({ status: 404, headers: { 'x-should-retry': 'false' } })
      const { type, message } = errorOf(answer)
      expect(type).toBe('not_found_error')
      expect(message).toContain('claude-opus-5-5')
      expect(message).toContain('n2: it does not have the model')
      expect((await engine.recorded(time)).errorCode).toBe('model-not-served')
    }
    expect(callsOf([lacking, other])).toEqual([1, 0])
    // The gap is of this model only, and for ten minutes.
    lacking.script(ok())
    expect((await engine.send({ body: messagesBody({ model: 'claude-other' }) })).status).toBe(200)
    await engine.clock.advance(10 * MINUTE)
    expect((await engine.send({ body: streaming })).status).toBe(200)
  })

  test.each([
    { name: 'server errors: a second', steps: () => [status(500), status(502)], seconds: '1' },
    { name: 'an overloaded node: its 10 s', steps: () => [status(529)], seconds: '10' },
    {
      name: 'the node that is due first',
      steps: () => [status(529), withHeaders(status(429), { 'retry-after': '4' })],
      seconds: '4',
    },
    { name: 'at most 20 s', steps: () => [withHeaders(status(429), { 'retry-after': '600' })], seconds: '20' },
    {
      name: 'one node out of funds, one throttled',
      steps: () => [status(402), withHeaders(status(429), { 'retry-after': '7' })],
      seconds: '7',
    },
  ])('503 api_error with Retry-After while something can recover; after $name', async ({ steps, seconds }) => {
    const engine = await startEngineOver(await startNodes(...steps()))
    const { answer } = await sendThroughWaits(engine, streaming)
    expect(answer).toMatchObject({ status: 503, ended: 'complete', headers: { 'retry-after': seconds } })
    expect(answer.headers['x-should-retry']).toBeUndefined()
    expect(errorOf(answer).type).toBe(errorTypeOf(503))
    expect(await engine.recorded()).toMatchObject({
      outcome: 'failed',
      status: 503,
      errorCode: 'nodes-failed',
      usage: null,
    })
    engine.expectQuiet()
  })

  test('503, when the pool is empty or no node of it is in use', async () => {
    const disabled = await startNode('n1')
    for (const nodes of [[], [{ name: 'n1', url: disabled.url, enabled: false }]]) {
      const engine = await startEngineOver(nodes)
      const answer = await engine.send({ body: streaming })
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '20' } })
      expect(errorOf(answer).type).toBe('api_error')
      expect((await engine.recorded()).errorCode).toBe('no-node')
      engine.expectQuiet()
    }
    expect(disabled.requests).toHaveLength(0)
  })

  test('no secret of a node', async () => {
    const engine = await startEngineOver(await startNodes(apiError(401, 'invalid x-api-key: key-of-n1-0000')))
    const answer = await engine.send({ body: streaming })
    expect(answer.status).toBe(401)
    expect(answer.text).not.toContain('key-of-n1-0000')
    expect(answer.text).toContain('[redacted]')
  })
})

describe('the circuit breaker', () => {
  const openBreaker = (name: string, untilMs: number) => ({
    nodeId: `node_${name}`,
    state: 'open' as const,
    openUntilMs: untilMs,
    reopenings: 1,
    isolated: false,
  })
  /** The held clock's start. */
  const START_MS = Date.UTC(2026, 0, 5, 12)

  test('opens after five failures in a row; the sixth request does not go there', async () => {
    const nodes = await startNodes(status(500), ok())
    const engine = await startEngineOver(nodes)
    for (let time = 1; time <= 6; time++) expect((await engine.send({ body: whole })).status).toBe(200)
    await engine.recorded(6)
    expect(callsOf(nodes)).toEqual([5, 6])
    expect(engine.nodeNow('n1')).toMatchObject({
      status: 'circuit_breaker_open',
      breaker: { state: 'open', openUntilMs: engine.clock.wallMs() + 30 * SECOND, consecutiveFailures: 5 },
    })
    expect(engine.decisions.filter(({ kind }) => kind === 'breaker-opened').map(({ nodeId }) => nodeId)).toEqual([
      'node_n1',
    ])
    expect(engine.breakers).toEqual([expect.objectContaining({ nodeId: 'node_n1', state: 'open' })])
    expect(engine.exchanges.at(-1)?.attempts.map(({ reason }) => reason)).toEqual(['the breakers before it are open'])
    engine.expectQuiet()
  })

  test('half a failure counts half: ten overloads in a row open it', async () => {
    const nodes = await startNodes(status(529), ok())
    const engine = await startEngineOver(nodes)
    for (let time = 1; time <= 10; time++) {
      expect(engine.nodeNow('n1').breaker.state).toBe('closed')
      await engine.send({ body: whole })
      await engine.clock.advance(10 * SECOND)
    }
    expect(callsOf(nodes)[0]).toBe(10)
    expect(engine.nodeNow('n1').breaker.state).toBe('open')
  })

  test('half-open lets one probe through; the others go elsewhere and do not wait for it', async () => {
    const probe = stallBeforeHead()
    const a = await startNode('n1', probe)
    const b = await startNode('n2')
    const engine = await startEngineOver([a, b], { breakers: [openBreaker('n1', START_MS + 10 * SECOND)] })
    await engine.clock.advance(10 * SECOND)
    expect(engine.nodeNow('n1').status).toBe('circuit_breaker_half_open')
    const probing = engine.send({ body: streaming })
    await a.requestCount(1)
    expect((await engine.send({ body: streaming })).text).toContain('msg_n2_1')
    probe.release()
    expect((await probing).text).toContain('msg_n1_1')
    const record = await engine.recorded(2)
    expect(record.attempts).toEqual([expect.objectContaining({ nodeName: 'n1', probe: true, outcome: 'success' })])
    for (let time = 1; time <= 2; time++) await engine.send({ body: streaming })
    expect(engine.nodeNow('n1').breaker).toMatchObject({ state: 'closed', consecutiveFailures: 0 })
    expect(callsOf([a, b])).toEqual([3, 1])
    engine.expectQuiet()
  })

  test('of a single node passes every request, whatever it says', async () => {
    const held = stallBeforeHead()
    const node = await startNode('n1', held, ok())
    const engine = await startEngineOver([node], { breakers: [openBreaker('n1', START_MS + 30 * SECOND)] })
    const first = engine.send({ body: streaming })
    await node.requestCount(1)
    expect(await engine.send({ body: streaming })).toMatchObject({ status: 200, ended: 'complete' })
    held.release()
    expect(await first).toMatchObject({ status: 200, ended: 'complete' })
    expect((await engine.recorded(1)).attempts[0]?.reason).toBe('the only candidate, though its breaker is open')
    engine.expectQuiet()
  })

  test('of every node open: the one due next gets one request at a time, the others get 503', async () => {
    const held = stallBeforeHead()
    const a = await startNode('n1')
    const b = await startNode('n2', held)
    const engine = await startEngineOver([a, b], {
      breakers: [openBreaker('n1', START_MS + 30 * SECOND), openBreaker('n2', START_MS + 15 * SECOND)],
    })
    const first = engine.send({ body: streaming })
    await b.requestCount(1)
    const second = await engine.send({ body: streaming })
    expect(second).toMatchObject({ status: 503, headers: { 'retry-after': '15' } })
    expect(errorOf(second).message).toContain('its circuit breaker is open')
    held.release()
    expect((await first).text).toContain('msg_n2_1')
    expect((await engine.recorded(2)).attempts[0]?.reason).toBe('all breakers are open and it is due next')
    expect(callsOf([a, b])).toEqual([0, 1])
    engine.expectQuiet()
  })
})
