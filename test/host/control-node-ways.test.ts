// The way out to a node through the control plane: its own proxy with user and password, its own certificates.
import { rootCertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { openTestHost, refusal, type TestHost, temporaryDirectory } from './open-test-host.ts'

const PASSWORD = 'proxy-password-of-the-test'
const own = { proxy: 'http://proxy.example:8080', proxyUser: 'me', proxyPassword: PASSWORD }

async function add(host: TestHost, fields: object = {}) {
  return host.client.nodes.create({ name: 'relay', baseUrl: 'https://relay.example', ...fields })
}

/** What the engine would send to the proxy. */
function passwordOf(host: TestHost): string | null | undefined {
  return host.engine.snapshot().nodes[0]?.proxyPassword
}

test('a proxy of its own is stored with its port, and its password goes to the engine only', async () => {
  const host = await openTestHost()
  const view = await add(host, { ...own, proxy: 'SOCKS5H://Proxy.Example' })
  expect(view).toMatchObject({ proxy: 'socks5://proxy.example:1080', proxyUser: 'me' })
  expect(passwordOf(host)).toBe(PASSWORD)
  const shown = JSON.stringify([view, await host.client.nodes.list(), await host.client.decisions.recent({})])
  expect(shown + host.logText()).not.toContain(PASSWORD)
})

test('the password outlives a restart, sealed', async () => {
  const directory = await temporaryDirectory()
  const before = await openTestHost({ dataDirectory: directory })
  await add(before, own)
  await before.host.stop()
  const after = await openTestHost({ dataDirectory: directory })
  expect(passwordOf(after)).toBe(PASSWORD)
})

test.each([
  ['another address', { proxy: 'http://other.example:8080' }],
  ['another port', { proxy: 'http://proxy.example:8081' }],
  ['another kind', { proxy: 'https://proxy.example:8080' }],
  ['another user', { proxyUser: 'you' }],
  ['no user', { proxyUser: null }],
  ['no proxy', { proxy: 'none' }],
  ['the global proxy', { proxy: 'global' }],
  ['no password', { proxyPassword: null }],
])('the password goes with %s, for good', async (_what, change) => {
  const host = await openTestHost()
  await add(host, own)
  await host.client.nodes.update({ ref: 'relay', ...change })
  expect(passwordOf(host)).toBeNull()
  const [decision] = await host.client.decisions.recent({ limit: 1 })
  expect(decision?.text).toContain('the password at its proxy removed')
  await host.client.nodes.update({ ref: 'relay', proxy: own.proxy, proxyUser: own.proxyUser })
  expect(passwordOf(host)).toBeNull()
})

test('the password stays through every other change', async () => {
  const host = await openTestHost()
  await add(host, own)
  await host.client.nodes.update({ ref: 'relay', priority: 3, proxy: 'http://PROXY.example:8080/' })
  expect(passwordOf(host)).toBe(PASSWORD)
})

test('a new proxy takes the password that comes along', async () => {
  const host = await openTestHost()
  await add(host, own)
  await host.client.nodes.update({ ref: 'relay', proxy: 'http://other.example:1', proxyPassword: 'the-new-password' })
  expect(passwordOf(host)).toBe('the-new-password')
})

test('the user at a proxy goes with it', async () => {
  const host = await openTestHost()
  await add(host, own)
  expect(await host.client.nodes.update({ ref: 'relay', proxy: 'none' })).toMatchObject({ proxyUser: null })
})

test.each([
  [{ proxy: 'ftp://proxy.example' }, 'proxy-url-unreadable'],
  [{ proxy: 'direct' }, 'proxy-url-unreadable'],
  [{ proxy: 'http://me:secret@proxy.example' }, 'proxy-url-credentials'],
  [{ proxy: 'http://proxy.example/path' }, 'proxy-url-more'],
  [{ proxy: 'http://169.254.169.254' }, 'proxy-url-address'],
  [{ proxy: 'http://127.0.0.1:4781' }, 'proxy-url-own-port'],
  [{ proxyUser: 'me' }, 'node-proxy-user-alone'],
  [{ proxyPassword: PASSWORD }, 'node-proxy-password-alone'],
  [{ proxy: own.proxy, proxyPassword: PASSWORD }, 'node-proxy-password-without-user'],
  [{ ...own, proxy: 'socks5://proxy.example', proxyPassword: 'x'.repeat(256) }, 'node-proxy-password-long'],
  [{ ca: 'no certificate' }, 'certificates-none'],
  [{ ca: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }, 'certificates-private-key'],
])('the fields %o are refused (%s), new and changed, and nothing is stored', async (fields, sentence) => {
  const host = await openTestHost()
  expect(await refusal(add(host, fields))).toMatchObject({ code: 'REFUSED', sentence })
  expect(await host.client.nodes.list()).toEqual([])
  const before = await add(host)
  expect(await refusal(host.client.nodes.update({ ref: 'relay', ...fields }))).toMatchObject({ sentence })
  expect(await host.client.nodes.get({ ref: 'relay' })).toEqual(before)
})

test('certificates are stored without what stands around them, and named in the record without their text', async () => {
  const host = await openTestHost()
  await add(host)
  const [pem = ''] = rootCertificates
  const { ca } = await host.client.nodes.update({ ref: 'relay', ca: `my company\n${pem}\n` })
  expect(ca).not.toContain('my company')
  expect(ca?.replaceAll(/\s/g, '')).toBe(pem.replaceAll(/\s/g, ''))
  const [decision] = await host.client.decisions.recent({ limit: 1 })
  expect(decision?.text).toBe('The node relay was changed: ca.')
})
