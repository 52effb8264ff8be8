// Nodes behind proxies: every kind carries requests byte for byte, a proxy that fails costs what a node that fails costs,
// and what it died of is said without a password.
import { describe, expect, test } from 'vitest'
import { advanceUntil } from '../engine/advance-until.ts'
import { testCa } from '../harness/certificates.ts'
import type { TestNode } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { type ProxyFault, startProxy, type TestProxy, type TestProxyOptions } from '../harness/proxies.ts'
import { sha256 } from '../harness/recorded-request.ts'
import { ok } from '../harness/steps.ts'
import { startTlsFront } from '../harness/tls-front.ts'
import { startBlackHole } from './black-hole.ts'
import { credentials, expectNoSecretOf, HOST, named, secured, through } from './proxy-scene.ts'
import { answerOf, expectSentAsAsked, type FaultEngine, startEngineOver, startNode } from './scene.ts'

const SECOND = 1000
const PATH = '/v1/messages?beta=true'
const streaming = messagesBody({ stream: true })
const whole = messagesBody()

const kinds: readonly (readonly [string, TestProxyOptions])[] = [
  ['an HTTP proxy', { kind: 'http' }],
  ['an HTTP proxy with credentials', { kind: 'http', credentials }],
  ['an HTTPS proxy with credentials', { kind: 'https', credentials }],
  ['a SOCKS5 proxy', { kind: 'socks5' }],
  ['a SOCKS5 proxy with credentials', { kind: 'socks5', credentials }],
]
const schemes = ['http', 'https'] as const
const modes = [
  ['stream', streaming],
  ['whole', whole],
] as const
const ways = kinds.flatMap(([kind, options]) =>
  schemes.flatMap((scheme) => modes.map(([mode, body]) => ({ kind, options, scheme, mode, body }))),
)

async function messagesOf(engine: FaultEngine, count = 1): Promise<readonly (readonly [string, string | null])[]> {
  return (await engine.recorded(count)).attempts.map(({ outcome, message }) => [outcome, message])
}

describe('a request', () => {
  test.each(ways)('goes through $kind to an $scheme node, byte for byte, $mode', async ({ options, scheme, body }) => {
    const proxy = await startProxy(options)
    const node = await startNode('node')
    const given = through(proxy, options.credentials ?? null)
    const target = scheme === 'http' ? named(node, { ca: testCa, ...given }) : await secured(node, given)
    const engine = await startEngineOver([target])

    const answer = await engine.send({ path: PATH, body })

    const [request] = node.requestsFor()
    if (request === undefined) throw new Error('the node saw nothing')
    expectSentAsAsked(node, body)
    expect(request.header('host')).toBe(new URL(target.url).host)
    expect(JSON.stringify(request.rawHeaders)).not.toMatch(/proxy/i)
    expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(answerOf(node, request, ok())) })
    // The name, not an address: the proxy resolves it.
    expect(proxy.asked).toEqual([{ destination: new URL(target.url).host, credentials: options.credentials ?? null }])
    expectNoSecretOf(engine, credentials)
    engine.expectQuiet()
  })

  test('asks for TLS with the name of the node, not of the proxy', async () => {
    const front = await startTlsFront((await startNode('node')).port)
    const proxy = await startProxy({ kind: 'https' })
    const target = { name: 'node', url: `https://${HOST}:${front.port}`, ca: testCa, ...through(proxy) }
    const engine = await startEngineOver([target])
    expect((await engine.send({ body: whole })).status).toBe(200)
    expect(front.serverNames).toEqual([HOST])
  })

  test('for counted tokens goes the same way', async () => {
    const proxy = await startProxy({ kind: 'http' })
    const node = await startNode('node')
    const engine = await startEngineOver([named(node, through(proxy))])
    await engine.send({ path: '/v1/messages/count_tokens', body: whole })
    expect(node.requestsFor('count_tokens')).toHaveLength(1)
    expect(proxy.asked).toHaveLength(1)
  })

  test('that its client leaves while the proxy is silent leaves no socket behind', async () => {
    const proxy = await startProxy({ kind: 'http' })
    proxy.fail({ fault: 'hang' })
    const engine = await startEngineOver([named(await startNode('node'), through(proxy))])
    const stream = engine.stream({ body: streaming })
    await proxy.connected(1)
    stream.abort()
    await proxy.closed()
    expect((await engine.recorded()).outcome).toBe('cancelled')
    engine.expectQuiet()
  })
})

describe('a proxy that fails: the next node answers, and the record says what the proxy did', () => {
  type Failing = {
    readonly what: string
    readonly options: TestProxyOptions
    readonly fault?: ProxyFault
    readonly fields?: Partial<TestNode>
    /** `PROXY` and `NODE` stand for their URL and address. */
    readonly message: string
  }
  const http = { kind: 'http' } as const
  const socks = { kind: 'socks5' } as const
  const answered = (code: number): ProxyFault => ({ fault: 'answer', code })
  const wrong = { proxyUser: credentials.user, proxyPassword: 'wrong-pass-4419' }
  const failing: readonly Failing[] = [
    {
      what: '407 to nobody',
      options: { ...http, credentials },
      message: 'the proxy PROXY answered 407: it wants a user name and a password',
    },
    {
      what: '407 to a wrong password',
      options: { ...http, credentials },
      fields: wrong,
      message: 'the proxy PROXY answered 407: user name or password wrong',
    },
    {
      what: '502',
      options: http,
      fault: answered(502),
      message: 'the proxy PROXY could not reach the host NODE (502)',
    },
    {
      what: '504',
      options: http,
      fault: answered(504),
      message: 'the proxy PROXY could not reach the host NODE (504)',
    },
    { what: '403', options: http, fault: answered(403), message: 'the proxy PROXY does not allow the host NODE (403)' },
    {
      what: '405',
      options: http,
      fault: answered(405),
      message: 'the proxy PROXY did not open a way to NODE: it answered 405',
    },
    {
      what: 'a close',
      options: http,
      fault: { fault: 'close' },
      message: 'the proxy PROXY closed the connection before it answered',
    },
    {
      what: 'no HTTP',
      options: http,
      fault: { fault: 'garbage' },
      message: 'the proxy PROXY does not answer as an HTTP proxy does: look at scheme and port',
    },
    {
      what: 'a certificate that nobody knows',
      options: { kind: 'https' },
      message:
        'could not connect (UNABLE_TO_VERIFY_LEAF_SIGNATURE): the proxy PROXY cannot be reached: unable to verify the first certificate; if an authority of your own signed it, give the node the certificate of that authority (ca)',
    },
    {
      what: 'a refusal of whoever has no user name',
      options: { ...socks, credentials },
      message: 'the proxy PROXY did not let us in: it wants a user name and a password',
    },
    {
      what: 'a refusal of a wrong password',
      options: { ...socks, credentials },
      fields: wrong,
      message: 'the proxy PROXY did not let us in: user name or password wrong',
    },
    { what: 'SOCKS reply 2', options: socks, fault: answered(2), message: 'the proxy PROXY does not allow NODE' },
    {
      what: 'SOCKS reply 3',
      options: socks,
      fault: answered(3),
      message: 'the proxy PROXY has no network on the way to NODE',
    },
    { what: 'SOCKS reply 4', options: socks, fault: answered(4), message: 'the proxy PROXY could not reach NODE' },
    { what: 'SOCKS reply 5', options: socks, fault: answered(5), message: 'the proxy PROXY was refused by NODE' },
    {
      what: 'SOCKS reply 99',
      options: socks,
      fault: answered(99),
      message: 'the proxy PROXY did not open a way to NODE (reply code unknown)',
    },
    {
      what: 'a close within SOCKS',
      options: socks,
      fault: { fault: 'close' },
      message: 'the proxy PROXY closed the connection before it answered',
    },
    {
      what: 'no SOCKS',
      options: socks,
      fault: { fault: 'garbage' },
      message: 'the proxy PROXY does not answer as a SOCKS5 proxy does: look at scheme and port',
    },
  ]

  test.each(failing)('$what', async ({ options, fault, fields, message }) => {
    const proxy = await startProxy(options)
    proxy.fail(fault ?? null)
    const a = await startNode('a')
    const b = await startNode('b')
    const engine = await startEngineOver([named(a, { ...through(proxy), ...fields }), b])

    const answer = await engine.send({ body: streaming })

    expect(answer).toMatchObject({ status: 200, ended: 'complete' })
    expect(answer.text).toContain('msg_b_1')
    const expected = message.replace('PROXY', proxy.url).replace('NODE', `${HOST}:${a.port}`)
    expect(await messagesOf(engine)).toEqual([
      ['network', expected],
      ['success', null],
    ])
    expect(engine.nodeNow('a').breaker.consecutiveFailures).toBe(1)
    expect(a.connections()).toBe(0)
    await proxy.closed()
    expectNoSecretOf(engine, credentials)
    expectNoSecretOf(engine, { user: wrong.proxyUser, password: wrong.proxyPassword })
    engine.expectQuiet()
  })

  test('a proxy where nobody listens', async () => {
    const proxy = await startProxy(http)
    await proxy.kill()
    const b = await startNode('b')
    const engine = await startEngineOver([named(await startNode('a'), through(proxy)), b])
    expect((await engine.send({ body: streaming })).text).toContain('msg_b_1')
    expect((await messagesOf(engine))[0]).toEqual(['network', `the proxy ${proxy.url} refused the connection`])
    engine.expectQuiet()
  })

  test('a proxy with a name that does not exist', async () => {
    const b = await startNode('b')
    const a = named(await startNode('a'), { proxy: 'http://proxy.invalid:8080' })
    const engine = await startEngineOver([a, b])
    expect((await engine.send({ body: streaming })).text).toContain('msg_b_1')
    const [outcome, message] = (await messagesOf(engine))[0] ?? []
    // Without a network the resolver itself is away, and that is nobody's fault.
    expect(['network', 'offline']).toContain(outcome)
    expect(message).toContain('the proxy http://proxy.invalid:8080 ')
    engine.expectQuiet()
  })

  test.each(['http', 'socks5'] as const)('a tunnel of %s that closes before TLS stands in it', async (kind) => {
    const proxy = await startProxy({ kind })
    proxy.fail({ fault: 'close-after' })
    const b = await startNode('b')
    const engine = await startEngineOver([await secured(await startNode('a'), through(proxy)), b])
    expect((await engine.send({ body: streaming })).text).toContain('msg_b_1')
    const [outcome, message] = (await messagesOf(engine))[0] ?? []
    expect(outcome).toBe('network')
    expect(message).toMatch(new RegExp(`could not connect \\(ECONNRESET\\): .*, through the proxy ${proxy.url}`))
    await proxy.closed()
    engine.expectQuiet()
  })

  test('a proxy that is this Switchyard: refused at connect, blamed on nobody', async () => {
    const engine = await startEngineOver([])
    engine.database.nodes = [{ name: 'a', url: `http://${HOST}:9`, proxy: `http://127.0.0.1:${engine.port}` }]
    await engine.engine.refreshRegistry()
    expect((await engine.send({ body: streaming })).status).toBe(502)
    const [outcome, message] = (await messagesOf(engine))[0] ?? []
    expect(outcome).toBe('wrong-path')
    expect(message).toContain(`the proxy http://127.0.0.1:${engine.port} cannot be reached`)
    expect(message).toContain('is Switchyard itself')
    expect(engine.exchanges).toHaveLength(1)
  })

  test('a stored URL that is none: never straight instead', async () => {
    const b = await startNode('b')
    const a = await startNode('a')
    const engine = await startEngineOver([named(a, { proxy: 'ftp://127.0.0.1:21' }), b])
    expect((await engine.send({ body: streaming })).text).toContain('msg_b_1')
    expect((await messagesOf(engine))[0]).toEqual([
      'network',
      'the URL of its proxy cannot be read: set its proxy again',
    ])
    expect(a.connections()).toBe(0)
    engine.expectQuiet()
  })

  test.each(['169.254.169.254', '[fe80::1]', '0.0.0.0'])(
    'a node at %s is refused before the proxy hears of it',
    async (host) => {
      const proxy = await startProxy(http)
      const engine = await startEngineOver([{ name: 'a', url: `http://${host}:80`, ...through(proxy) }])
      expect((await engine.send({ body: whole })).status).toBe(502)
      expect(proxy.connections()).toBe(0)
    },
  )
})

describe('a proxy that is silent costs about a second, once', () => {
  const silent: readonly (readonly [string, (proxy: TestProxy) => Promise<TestNode>])[] = [
    ['one that never answers its connect', async () => named(await startNode('a'), { proxy: await startBlackHole() })],
    [
      'one that never answers CONNECT',
      async (proxy) => {
        proxy.fail({ fault: 'hang' })
        return named(await startNode('a'), through(proxy))
      },
    ],
    [
      'a node behind it that never speaks TLS',
      async (proxy) => ({ name: 'a', url: `https://${HOST}:${await portOfBlackHole()}`, ...through(proxy) }),
    ],
  ]

  test.each(silent)('%s', async (_what, nodeBehind) => {
    const proxy = await startProxy({ kind: 'http' })
    const a = await nodeBehind(proxy)
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    const asking = engine.send({ body: streaming })
    await engine.clock.timerStarted((delayMs) => delayMs === SECOND)
    await engine.clock.advance(SECOND - 1)
    expect(b.connections()).toBe(0)
    await engine.clock.advance(1)
    expect((await asking).text).toContain('msg_b_1')
    expect((await messagesOf(engine)).map(([outcome]) => outcome)).toEqual(['passed-over', 'success'])
    expect((await engine.recorded()).totalMs).toBe(SECOND)
    // While its connect is out, nobody else waits for it.
    await engine.send({ body: streaming })
    expect((await engine.recorded(2)).attempts.map(({ nodeName }) => nodeName)).toEqual(['b'])
    await engine.clock.advance(4 * SECOND)
    expect(engine.nodeNow('a')).toMatchObject({ inFlight: 0, breaker: { consecutiveFailures: 1 } })
    await proxy.closed()
    engine.expectQuiet()
  })

  test('and alone: no connection within 5 s, with its name', async () => {
    const proxy = await startProxy({ kind: 'socks5', credentials })
    proxy.fail({ fault: 'hang' })
    const engine = await startEngineOver([named(await startNode('a'), through(proxy, credentials))])
    const asking = engine.send({ body: streaming })
    await proxy.connected(1)
    await advanceUntil(asking, engine.clock)
    expect((await asking).status).toBe(503)
    expect((await messagesOf(engine))[0]).toEqual([
      'network',
      `no connection within 5 s, through the proxy ${proxy.url}`,
    ])
    await proxy.closed()
    expectNoSecretOf(engine, credentials)
  })
})

async function portOfBlackHole(): Promise<number> {
  return Number(new URL(await startBlackHole()).port)
}
