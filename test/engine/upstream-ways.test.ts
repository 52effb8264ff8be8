// Which calls share sockets: those that go the same way. And that finding the pool of a way costs next to nothing.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GlobalProxy, ProxyRoute } from '../../src/engine/ports.ts'
import type { ResolveHost } from '../../src/engine/upstream/connector.ts'
import { type NodeWay, nodeWay } from '../../src/engine/upstream/node-way.ts'
import type { UpstreamCall } from '../../src/engine/upstream/upstream-call.ts'
import { createUpstreams, type Upstreams } from '../../src/engine/upstream/upstreams.ts'
import { otherCa, testCa } from '../harness/certificates.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'

type Fields = Parameters<typeof nodeWay>[0]

function fields(more: Partial<Fields['node']> = {}, proxyPassword: string | null = null): Fields {
  const node = { baseUrl: 'https://relay.example/api', proxy: 'global', proxyUser: null, ca: null, ...more }
  return { node, proxyPassword }
}
const way = (...given: Parameters<typeof fields>): NodeWay => nodeWay(fields(...given), null)

function open(globalProxy: GlobalProxy = () => null): Upstreams {
  const resolve: ResolveHost = (_host, _options, back) => back(null, [{ address: '127.0.0.1', family: 4 }])
  const upstreams = createUpstreams({ addressAttemptTimeoutMs: () => 2500, ownPorts: () => [], globalProxy, resolve })
  onTestFinished(upstreams.destroy)
  return upstreams
}

const route = (more: Partial<ProxyRoute> = {}): ProxyRoute => ({
  kind: 'http',
  host: '127.0.0.1',
  port: 7890,
  username: null,
  password: null,
  ...more,
})

describe('a way', () => {
  test.each<[string, Partial<Fields['node']>, string | null, NodeWay['proxy']]>([
    ['global', {}, null, 'global'],
    ['none', { proxy: 'none' }, null, null],
    [
      'a proxy of its own',
      { proxy: 'http://127.0.0.1:7890', proxyUser: 'me' },
      'pass',
      route({ username: 'me', password: 'pass' }),
    ],
    ['what is no proxy', { proxy: 'http://' }, null, 'unreadable'],
    ['loopback, global', { baseUrl: 'http://127.0.0.1:9' }, null, null],
    ['loopback, with a proxy of its own', { baseUrl: 'https://[::1]', proxy: 'http://127.0.0.1:7890' }, null, null],
    ['loopback with the root dot', { baseUrl: 'http://LocalHost.:9' }, null, null],
    ['a name under localhost', { baseUrl: 'http://a.localhost' }, null, null],
    ['what only sounds like loopback', { baseUrl: 'http://notlocalhost' }, null, 'global'],
    ['a private address', { baseUrl: 'http://10.0.0.7' }, null, 'global'],
  ])('for %s', (_what, more, password, proxy) => {
    expect(way(more, password).proxy).toEqual(proxy)
  })

  test('is the same object as long as nothing of it has changed', () => {
    const of = fields({ proxy: 'http://127.0.0.1:7890' }, 'pass')
    const first = nodeWay(of, null)
    const known = { of, way: first }
    expect(nodeWay(structuredClone(of), known)).toBe(first)
    for (const changed of [
      fields({ proxy: 'http://127.0.0.1:7891' }, 'pass'),
      fields({ proxy: 'http://127.0.0.1:7890', proxyUser: 'me' }, 'pass'),
      fields({ proxy: 'http://127.0.0.1:7890', ca: testCa }, 'pass'),
      fields({ proxy: 'http://127.0.0.1:7890', baseUrl: 'https://relay.example' }, 'pass'),
      fields({ proxy: 'http://127.0.0.1:7890' }, 'other'),
    ]) {
      expect(nodeWay(changed, known)).not.toBe(first)
    }
  })
})

describe('one pool', () => {
  test('for all that go the same way: origin, proxy, credentials, certificates', () => {
    const upstreams = open()
    const own = { proxy: 'http://127.0.0.1:7890', proxyUser: 'me' }
    expect(upstreams.poolOf(way())).toBe(upstreams.poolOf(way({ baseUrl: 'https://relay.example/other' })))
    expect(upstreams.poolOf(way())).toBe(upstreams.poolOf(way({ proxy: 'none' })))
    expect(upstreams.poolOf(way(own, 'pass'))).toBe(upstreams.poolOf(way(own, 'pass')))
    const different = [
      way(),
      way({ baseUrl: 'https://relay.example:444' }),
      way({ baseUrl: 'http://relay.example' }),
      way({ ca: testCa }),
      way({ ca: otherCa }),
      way(own),
      way(own, 'pass'),
      way(own, 'other'),
      way({ ...own, proxyUser: 'you' }, 'pass'),
      way({ ...own, ca: testCa }, 'pass'),
      way({ ...own, proxy: 'https://127.0.0.1:7890' }, 'pass'),
      way({ ...own, proxy: 'socks5://127.0.0.1:7890' }, 'pass'),
      way({ ...own, proxy: 'http://127.0.0.1:7891' }, 'pass'),
      way({ ...own, proxy: 'nonsense' }, 'pass'),
    ].map((one) => upstreams.poolOf(one))
    expect(new Set(different).size).toBe(different.length)
  })

  test('of the global proxy: the same by what it says, another as soon as it says something else', () => {
    let now: ProxyRoute | null = route()
    const upstreams = open(() => now)
    const relay = way()
    const first = upstreams.poolOf(relay)
    expect(upstreams.poolOf(relay)).toBe(first)
    expect(upstreams.poolOf(way({ proxy: 'http://127.0.0.1:7890' }))).toBe(first)
    now = route()
    expect(upstreams.poolOf(relay)).toBe(first)
    now = route({ password: 'x', username: 'me' })
    expect(upstreams.poolOf(relay)).not.toBe(first)
    now = null
    expect(upstreams.poolOf(relay).proxy).toBeNull()
  })
})

describe('pools that nobody goes to any more', () => {
  async function ended(call: UpstreamCall): Promise<void> {
    for (;;) {
      const { type } = await call.next()
      // The socket is free one turn later.
      if (type === 'end') return await nextTurn()
      if (type === 'error') throw new Error('the call broke')
    }
  }

  test('are given up: their idle sockets close, others stay', async () => {
    const [a, b] = [await startScriptedUpstream({ name: 'a' }), await startScriptedUpstream({ name: 'b' })]
    onTestFinished(a.close)
    onTestFinished(b.close)
    const upstreams = open()
    const [toA, toB] = [way({ baseUrl: `http://a.test:${a.port}` }), way({ baseUrl: `http://b.test:${b.port}` })]
    const get = (to: NodeWay): UpstreamCall =>
      upstreams
        .poolOf(to)
        .call(
          { method: 'GET', path: '/v1/models', headers: [], body: null },
          { freshSocket: false, mayStart: () => true },
        )
    await Promise.all([ended(get(toA)), ended(get(toB))])
    const [poolOfA, poolOfB] = [upstreams.poolOf(toA), upstreams.poolOf(toB)]
    upstreams.keepOnly([toB])
    expect(upstreams.poolOf(toB)).toBe(poolOfB)
    await ended(get(toB))
    expect([b.connections(), b.openConnections()]).toEqual([1, 1])
    // Whoever comes back gets a pool anew, and with it a connection.
    expect(upstreams.poolOf(toA)).not.toBe(poolOfA)
    await ended(get(toA))
    expect(a.connections()).toBe(2)
  })
})
