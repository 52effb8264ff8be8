// Which base URLs a node may have (security.md "Node base URLs"), and which addresses it may turn out to live at.
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:net'
import type { buildConnector } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ADDRESS_REFUSED, refusedAddress } from '../../src/engine/upstream/address-check.ts'
import { isLoopbackHost, parseBaseUrl } from '../../src/engine/upstream/base-url.ts'
import { createConnector, type ResolveHost } from '../../src/engine/upstream/connector.ts'
import { listenOnFreePort } from '../harness/listen.ts'

describe('a base URL', () => {
  test.each([
    ['https://relay.example', 'https://relay.example', false],
    ['https://relay.example/', 'https://relay.example', false],
    ['https://relay.example//', null, false],
    ['HTTPS://Relay.Example/API/v1/', 'https://relay.example/API/v1', false],
    ['https://relay.example:8443/a/b', 'https://relay.example:8443/a/b', false],
    ['https://relay.example:443', 'https://relay.example', false],
    ['https://例え.example', 'https://xn--r8jz45g.example', false],
    ['https://10.0.0.7', 'https://10.0.0.7', false],
    ['https://198.18.0.1', 'https://198.18.0.1', false],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', false],
    ['http://localhost:11434', 'http://localhost:11434', true],
    ['http://127.0.0.1:4000/v1', 'http://127.0.0.1:4000/v1', true],
    ['http://127.8.9.1', 'http://127.8.9.1', true],
    ['http://0x7f.1:80', 'http://127.0.0.1', true],
    ['http://2130706433', 'http://127.0.0.1', true],
    ['http://[::1]:4000', 'http://[::1]:4000', true],
  ])('%s is written down as %s (loopback: %s)', (text, baseUrl, loopback) => {
    const parsed = parseBaseUrl(text, { allowPlainHttp: false })
    expect(parsed.ok ? parsed.baseUrl : null).toBe(baseUrl)
    if (parsed.ok) expect([parsed.loopback, parsed.origin]).toEqual([loopback, new URL(text).origin])
  })

  const secret = 'hunter2'
  test.each([
    ['', 'not an http or https URL'],
    ['relay.example', 'not an http or https URL'],
    ['//relay.example', 'not an http or https URL'],
    ['/v1', 'not an http or https URL'],
    ['https:', 'not an http or https URL'],
    ['https:relay.example', 'not an http or https URL'],
    ['https:/relay.example', 'not an http or https URL'],
    ['https://', 'not an http or https URL'],
    ['https://relay.example:99999', 'not an http or https URL'],
    ['https://[::1', 'not an http or https URL'],
    ['https://1.2.3.4.5', 'not an http or https URL'],
    ['ftp://relay.example', 'not an http or https URL'],
    ['file:///etc/passwd', 'not an http or https URL'],
    ['ws://relay.example', 'not an http or https URL'],
    ['javascript:alert(1)', 'not an http or https URL'],
    ['data:text/plain,x', 'not an http or https URL'],
    [' https://relay.example', 'a space'],
    ['https://relay.example\n', 'a space'],
    ['https://relay.example/a b', 'a space'],
    ['https://relay\t.example', 'control character'],
    ['https://relay.example/\x07', 'control character'],
    ['https:\\\\relay.example', 'a backslash'],
    ['https://relay.example\\@evil.example', 'a backslash'],
    [`https://me:${secret}@relay.example`, 'user name or password'],
    [`https://${secret}@relay.example`, 'user name or password'],
    [`https://:${secret}@169.254.169.254`, 'user name or password'],
    ['https://relay.example#part', 'a fragment'],
    ['https://relay.example/#', 'a fragment'],
    ['https://relay.example?key=1', 'a query'],
    ['https://relay.example/?', 'a query'],
    ['https://relay.example//v1', '// in its path'],
    ['https://relay.example/a//b', '// in its path'],
    ['https://relay.example/a/../b', '. or ..'],
    ['https://relay.example/..', '. or ..'],
    ['https://relay.example/./a', '. or ..'],
    ['https://relay.example/%2e%2E/a', '. or ..'],
    ['http://relay.example', 'unencrypted'],
    ['http://10.0.0.7', 'unencrypted'],
    ['http://localhost.evil.example', 'unencrypted'],
    ['http://127.0.0.1.evil.example', 'unencrypted'],
    ['https://169.254.169.254', 'a link-local address'],
    ['https://169.254.0.1:8443/v1', 'a link-local address'],
    ['https://2852039166', 'a link-local address'],
    ['https://0xa9fea9fe', 'a link-local address'],
    ['https://0xA9.0xFE.0xA9.0xFE', 'a link-local address'],
    ['https://0251.0376.0251.0376', 'a link-local address'],
    ['https://169.254.43518', 'a link-local address'],
    ['https://１６９.254.169.254', 'a link-local address'],
    ['https://[fe80::1]', 'a link-local address'],
    ['https://[febf::1]', 'a link-local address'],
    ['https://[::ffff:169.254.169.254]', 'a link-local address'],
    ['https://[::ffff:a9fe:a9fe]', 'a link-local address'],
    ['https://[0:0:0:0:0:FFFF:A9FE:A9FE]', 'a link-local address'],
    ['https://0.0.0.0', 'the unspecified address'],
    ['https://0', 'the unspecified address'],
    ['https://[::]', 'the unspecified address'],
    ['https://[::ffff:0:0]', 'the unspecified address'],
    ['https://100.100.100.200', 'a metadata service'],
    ['https://192.0.0.192', 'a metadata service'],
    ['https://[fd00:ec2::254]', 'a metadata service'],
    ['https://224.0.0.1', 'a multicast or reserved address'],
    ['https://255.255.255.255', 'a multicast or reserved address'],
    ['https://[ff02::1]', 'a multicast or reserved address'],
  ])('%j is refused: %s', (text, why) => {
    const parsed = parseBaseUrl(text, { allowPlainHttp: false })
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.refusal.text).toContain(why)
    expect(parsed.refusal.text).toMatch(/\. .+\.$/)
    expect(parsed.refusal.text).not.toContain(secret)
  })

  test('may be plain http where the user said so, and nothing else becomes allowed by that', () => {
    const allow = { allowPlainHttp: true }
    expect(parseBaseUrl('http://relay.example:8080/v1', allow)).toMatchObject({ ok: true, loopback: false })
    for (const bad of ['ftp://relay.example', 'http://169.254.169.254', 'http://a@b', 'http://a/..']) {
      expect(parseBaseUrl(bad, allow).ok).toBe(false)
    }
  })

  test.each(['localhost', 'a.localhost', '127.0.0.1', '127.255.255.254', '::1'])('%s is this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })
  test.each(['localhost.example', 'xlocalhost', '128.0.0.1', '::2', '127.0.0.1.example', ''])('%s is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})

describe('an address', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '172.16.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '100.64.0.1',
    '8.8.8.8',
    '::1',
    'fd00::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
  ])('%s may be used', (address) => expect(refusedAddress(address)).toBeNull())
  test.each(['', 'relay.example', '1.2.3', '::ffff:zz:1'])('%j is none', (text) => {
    expect(refusedAddress(text)).toBe('not an address')
  })
})

describe('a name', () => {
  type Connected = { readonly error: (Error & { code?: string }) | null; readonly remote: string | null }

  function connectTo(port: number, resolveHost: ResolveHost, hostname = 'relay.example'): Promise<Connected> {
    const connect = createConnector({
      addressAttemptTimeoutMs: () => 2500,
      ownPorts: () => [],
      trust: null,
      resolve: resolveHost,
    })
    const target: buildConnector.Options = { hostname, host: hostname, protocol: 'http:', port: String(port) }
    return new Promise((resolve) => {
      connect(target, (error, socket) => {
        const remote = socket?.remoteAddress ?? null
        socket?.destroy()
        resolve({ error, remote })
      })
    })
  }

  async function listening(): Promise<{ port: number; connections: () => number }> {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    const port = await listenOnFreePort(server)
    onTestFinished(() => void server.close())
    return { port, connections: () => connections }
  }

  const to =
    (...addresses: readonly string[]): ResolveHost =>
    (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      )

  test.each([
    ['169.254.169.254', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['::ffff:169.254.169.254', 'a link-local address'],
    ['0.0.0.0', 'the unspecified address'],
    ['100.100.100.200', 'a metadata service'],
  ])('that turns out to be %s is refused before a packet leaves', async (address, why) => {
    const { port, connections } = await listening()
    const { error } = await connectTo(port, to(address))
    expect(error?.code).toBe(ADDRESS_REFUSED)
    expect(error?.message).toContain(`relay.example resolves to ${address}, `)
    expect(error?.message).toContain(why)
    expect(connections()).toBe(0)
  })

  test('with good and bad addresses is reached at a good one', async () => {
    const { port } = await listening()
    expect(await connectTo(port, to('169.254.169.254', '127.0.0.1', '0.0.0.0'))).toEqual({
      error: null,
      remote: '127.0.0.1',
    })
  })

  test('is looked up again for every connection: what was good a moment ago does not count', async () => {
    const { port } = await listening()
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const resolve: ResolveHost = (hostname, options, callback) =>
      to(...(answers.shift() ?? []))(hostname, options, callback)
    expect((await connectTo(port, resolve)).error).toBeNull()
    expect((await connectTo(port, resolve)).error?.code).toBe(ADDRESS_REFUSED)
  })

  test('that has no address at all is refused, and one that cannot be looked up keeps the code of the system', async () => {
    expect((await connectTo(1, to())).error?.code).toBe(ADDRESS_REFUSED)
    const failing: ResolveHost = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), [])
    expect((await connectTo(1, failing)).error?.code).toBe('EAI_AGAIN')
  })
})
