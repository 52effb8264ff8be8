// What changes while requests run: a node's proxy and certificates, the global proxy. And what stays: sockets in use again,
// loopback straight.
import { describe, expect, test } from 'vitest'
import type { GlobalProxy, ProxyRoute } from '../../src/engine/ports.ts'
import { advanceUntil } from '../engine/advance-until.ts'
import { expiredCa, otherCa, testCa } from '../harness/certificates.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { startProxy, type TestProxy } from '../harness/proxies.ts'
import { eventsThenSilence, ok, reset } from '../harness/steps.ts'
import { startTlsFront } from '../harness/tls-front.ts'
import { credentials, expectNoSecretOf, HOST, named, secured, through } from './proxy-scene.ts'
import { startEngineOver, startNode } from './scene.ts'

const streaming = messagesBody({ stream: true })
const whole = messagesBody()

function routeOf(proxy: TestProxy): ProxyRoute {
  return { kind: 'http', host: '127.0.0.1', port: proxy.port, username: null, password: null }
}

describe('the sockets of a proxied node', () => {
  test('are used again: one tunnel for requests in turn, of both kinds', async () => {
    const proxy = await startProxy({ kind: 'socks5' })
    const node = await startNode('node')
    const engine = await startEngineOver([await secured(node, through(proxy))])
    for (const body of [streaming, whole, streaming]) expect((await engine.send({ body })).status).toBe(200)
    expect(proxy.asked).toHaveLength(1)
    expect(node.requestsFor().map(({ servedBefore }) => servedBefore)).toEqual([0, 1, 2])
  })

  test.each(['http', 'https'] as const)(
    'that went stale cost nobody anything, counted nowhere (%s node)',
    async (scheme) => {
      const proxy = await startProxy({ kind: 'http' })
      const node = await startNode('node', ok(), reset(), ok())
      const target = scheme === 'http' ? named(node, through(proxy)) : await secured(node, through(proxy))
      const engine = await startEngineOver([target, await startNode('b')])
      await engine.send({ body: whole })
      expect(await engine.send({ body: whole })).toMatchObject({ status: 200, ended: 'complete' })
      expect((await engine.recorded(2)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
        ['node', 'success'],
      ])
      expect(engine.nodeNow('node').breaker.consecutiveFailures).toBe(0)
      expect(proxy.asked).toHaveLength(2)
      engine.expectQuiet()
    },
  )

  test.each(['fin', 'reset'] as const)('that the proxy closed while they were idle (%s) are replaced', async (how) => {
    const proxy = await startProxy({ kind: 'http' })
    const engine = await startEngineOver([named(await startNode('node'), through(proxy)), await startNode('b')])
    await engine.send({ body: whole })
    proxy.cut(how)
    expect((await engine.send({ body: whole })).text).toContain('msg_node_2')
    expect((await engine.recorded(2)).attempts).toHaveLength(1)
    engine.expectQuiet()
  })

  test('that break in the middle of an answer end it as any broken socket does', async () => {
    const proxy = await startProxy({ kind: 'http' })
    const node = await startNode('node', eventsThenSilence(4))
    const engine = await startEngineOver([named(node, through(proxy))])
    const stream = engine.stream({ body: streaming })
    await stream.contains('content_block_delta')
    proxy.cut('reset')
    expect((await stream.finished).ended).toBe('broken')
    expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['truncated'])
    engine.expectQuiet()
  })

  test('are not shared between nodes of one origin that go different ways', async () => {
    const one = await startProxy({ kind: 'http', credentials })
    const other = await startProxy({ kind: 'http' })
    const node = await startNode('node')
    const nodes = [
      { ...named(node, through(one, credentials)), name: 'a' },
      { ...named(node, through(other)), name: 'b' },
      { ...named(node, through(other)), name: 'c' },
    ]
    const engine = await startEngineOver([])
    for (const first of nodes) {
      // All stay, so that no pool is given up.
      engine.database.nodes = [first, ...nodes.filter((each) => each !== first)]
      await engine.engine.refreshRegistry()
      expect((await engine.send({ body: whole })).status).toBe(200)
    }
    expect([one.asked.length, other.asked.length]).toEqual([1, 1])
    expect(node.requestsFor().map(({ connection }) => connection)).toEqual([1, 2, 2])
    expectNoSecretOf(engine, credentials)
  })
})

describe('a change while requests run', () => {
  test("of a node's proxy: the next request takes the new way, the running one ends on the old", async () => {
    const before = await startProxy({ kind: 'http' })
    const after = await startProxy({ kind: 'socks5' })
    const held = eventsThenSilence(4)
    const node = await startNode('node', held, ok())
    const engine = await startEngineOver([named(node, through(before))])
    const stream = engine.stream({ body: streaming })
    await stream.contains('content_block_delta')

    engine.database.nodes = [named(node, through(after))]
    await engine.engine.refreshRegistry()
    expect((await engine.send({ body: whole })).status).toBe(200)
    expect([before.asked.length, after.asked.length]).toEqual([1, 1])
    expect(before.openConnections()).toBe(1)

    held.release()
    expect(await stream.finished).toMatchObject({ status: 200, ended: 'complete' })
    // Nobody goes that way any more.
    await before.closed()
    expect(after.openConnections()).toBe(1)
  })

  test('of the password alone counts too, and neither is said', async () => {
    const proxy = await startProxy({ kind: 'http', credentials })
    const node = await startNode('node')
    const wrong = { user: credentials.user, password: 'old-pass-9902' }
    const engine = await startEngineOver([named(node, through(proxy, wrong)), await startNode('b')])
    expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
    engine.database.nodes = [named(node, through(proxy, credentials))]
    await engine.engine.refreshRegistry()
    expect((await engine.send({ body: whole })).text).toContain('msg_node_1')
    expectNoSecretOf(engine, wrong)
    expectNoSecretOf(engine, credentials)
  })

  test.each(['removed', 'straight'] as const)(
    'a node that is %s leaves no idle socket at its proxy',
    async (change) => {
      const proxy = await startProxy({ kind: 'http' })
      const node = await startNode('node')
      const engine = await startEngineOver([named(node, through(proxy))])
      await engine.send({ body: whole })
      expect(proxy.openConnections()).toBe(1)
      engine.database.nodes = change === 'removed' ? [] : [named(node, { proxy: 'none' })]
      await engine.engine.refreshRegistry()
      await proxy.closed()
    },
  )

  test('that changes nothing of the way keeps the sockets', async () => {
    const proxy = await startProxy({ kind: 'http' })
    const node = await startNode('node')
    const engine = await startEngineOver([named(node, through(proxy))])
    await engine.send({ body: whole })
    engine.database.nodes = [named(node, { ...through(proxy), weight: 7, keys: ['key-of-node-0000', 'another-0000'] })]
    await engine.engine.refreshRegistry()
    await engine.send({ body: whole })
    expect(proxy.asked).toHaveLength(1)
  })
})

describe('the global proxy', () => {
  test('is asked for every request: a change counts for the next one', async () => {
    const one = await startProxy({ kind: 'http' })
    const other = await startProxy({ kind: 'http' })
    let route: ProxyRoute | null = routeOf(one)
    const origins: string[] = []
    const globalProxy: GlobalProxy = (origin) => {
      origins.push(origin.href)
      return route
    }
    const node = await startNode('node')
    const engine = await startEngineOver([named(node, {})], { globalProxy })
    expect((await engine.send({ body: whole })).status).toBe(200)
    route = routeOf(other)
    expect((await engine.send({ body: streaming })).status).toBe(200)
    expect([one.asked.length, other.asked.length]).toEqual([1, 1])
    expect(new Set(origins)).toEqual(new Set([`http://${HOST}:${node.port}/`]))
    // The old way is given up with the next look at the registry.
    await engine.engine.refreshRegistry()
    await one.closed()
    expect(other.openConnections()).toBe(1)
  })

  test('is not for a node with a proxy of its own, nor for one that has none', async () => {
    const global = await startProxy({ kind: 'http' })
    const own = await startProxy({ kind: 'http' })
    const straight = { name: 'b', url: 'http://relay.invalid', proxy: 'none' as const }
    for (const [node, status] of [
      [named(await startNode('a'), through(own)), 200],
      [straight, 503],
    ] as const) {
      const engine = await startEngineOver([node], { globalProxy: () => routeOf(global) })
      const asking = engine.send({ body: whole })
      await advanceUntil(asking, engine.clock)
      expect((await asking).status).toBe(status)
    }
    expect(own.asked).toHaveLength(1)
    expect(global.connections()).toBe(0)
  })
})

describe('loopback', () => {
  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '127.9'])(
    '%s is reached straight, whatever any setting says',
    async (host) => {
      const proxy = await startProxy({ kind: 'http' })
      const node = await startNode('node')
      const url = `http://${host}:${node.port}`
      for (const own of [through(proxy), {}]) {
        const engine = await startEngineOver([{ name: 'node', url, ...own }], { globalProxy: () => routeOf(proxy) })
        const asking = engine.send({ body: whole })
        await advanceUntil(asking, engine.clock)
        // 127.9 is another address of this machine, where nobody listens.
        expect((await asking).status).toBe(host === '127.9' ? 503 : 200)
      }
      expect(proxy.connections()).toBe(0)
    },
  )
})

describe("a node's own certificates", () => {
  const straight = async (ca: string | null) => {
    const node = await startNode('node')
    const front = await startTlsFront(node.port)
    return { name: 'node', url: `https://localhost:${front.port}`, ca }
  }

  test('let its TLS end in them, without a proxy and through one', async () => {
    expect((await (await startEngineOver([await straight(testCa)])).send({ body: whole })).status).toBe(200)
    const proxied = await secured(await startNode('node'), through(await startProxy({ kind: 'https' })))
    expect((await (await startEngineOver([proxied])).send({ body: whole })).status).toBe(200)
  })

  test.each([
    ['none', null],
    ['those of another authority', otherCa],
    ['an expired one of another', expiredCa],
  ])('are missed where there are %s: refused, and the next node answers', async (_which, ca) => {
    const engine = await startEngineOver([await straight(ca), await startNode('b')])
    expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
    const [first] = (await engine.recorded()).attempts
    expect(first).toMatchObject({ outcome: 'network' })
    expect(first?.message).toContain('could not connect (UNABLE_TO_VERIFY_LEAF_SIGNATURE): unable to verify')
    expect(first?.message).toContain('give the node the certificate of that authority (ca)')
  })

  test('are its alone: the same origin without them is refused, also after a request with them', async () => {
    const trusting = { ...(await straight(testCa)), name: 'trusting' }
    const engine = await startEngineOver([trusting])
    expect((await engine.send({ body: whole })).status).toBe(200)
    engine.database.nodes = [
      { ...trusting, name: 'strange', ca: null },
      { ...trusting, priority: 9 },
    ]
    await engine.engine.refreshRegistry()
    expect((await engine.send({ body: whole })).status).toBe(200)
    expect((await engine.recorded(2)).attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
      ['strange', 'network'],
      ['trusting', 'success'],
    ])
  })

  test('added at run time count for the next request', async () => {
    const node = await straight(null)
    const engine = await startEngineOver([node, await startNode('b')])
    expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
    engine.database.nodes = [{ ...node, ca: testCa }]
    await engine.engine.refreshRegistry()
    expect((await engine.send({ body: whole })).text).toContain('msg_node_1')
  })

  test('that lie in the database unreadable are said to be', async () => {
    const node = await straight('-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n')
    const engine = await startEngineOver([node, await startNode('b')])
    expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
    expect((await engine.recorded()).attempts[0]).toMatchObject({
      outcome: 'network',
      message: 'its own certificates cannot be read: set them again',
    })
  })

  test('are no way around verification: the name must be right, whatever the environment says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const node = await startNode('node')
      const front = await startTlsFront(node.port)
      const proxy = await startProxy({ kind: 'http' })
      const wrongName = { name: 'a', url: `https://other.test:${front.port}`, ca: testCa, ...through(proxy) }
      const engine = await startEngineOver([wrongName, await startNode('b')])
      expect((await engine.send({ body: whole })).text).toContain('msg_b_1')
      expect((await engine.recorded()).attempts[0]?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
      expect(node.requests).toEqual([])
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })
})
