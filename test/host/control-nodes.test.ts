// Nodes through the control plane: what is stored, what comes into force, what is refused.
import { expect, test } from 'vitest'
import { eventsOf } from './events-of.ts'
import { openTestHost, refusal, rejection, type TestHost } from './open-test-host.ts'

const SECRET = 'sk-test-abcdefghijklmnop1234'

async function addRelay(host: TestHost, fields: object = {}) {
  return host.client.nodes.create({
    name: 'relay-a',
    baseUrl: 'https://relay-a.example/api/',
    keys: [{ secret: SECRET }],
    ...fields,
  })
}

test('a new node gets the defaults, is in force when the call returns, and shows no secret', async () => {
  const host = await openTestHost()
  const view = await addRelay(host)
  expect(view).toMatchObject({
    name: 'relay-a',
    baseUrl: 'https://relay-a.example/api',
    auth: 'bearer',
    priority: 50,
    pools: ['default'],
    simulated: false,
    status: 'active',
    keys: [{ label: 'key-1', last4: '1234', enabled: true, standing: 'usable', asideReason: null }],
  })
  expect(host.engine.snapshot().nodes).toMatchObject([{ node: { name: 'relay-a' }, keys: [{ secret: SECRET }] }])
  expect(JSON.stringify(await host.client.nodes.list())).not.toContain(SECRET)
  expect(JSON.stringify(host.host.status())).not.toContain(SECRET)
})

test.each([
  ['https://api.anthropic.com', 'anthropic', 'x-api-key'],
  ['HTTPS://API.Anthropic.com/', 'anthropic', 'x-api-key'],
  ['https://api.anthropic.com.relay.example', 'anthropic', 'bearer'],
  ['https://generativelanguage.googleapis.com', 'gemini', 'x-goog-api-key'],
  ['https://generativelanguage.googleapis.com/v1beta/openai', 'openai-chat', 'bearer'],
  ['https://relay.example', 'gemini', 'bearer'],
] as const)(
  'a node at %s that speaks %s gets its key as %s, unless told otherwise',
  async (baseUrl, protocol, auth) => {
    const host = await openTestHost()
    expect(await addRelay(host, { baseUrl, protocol })).toMatchObject({ protocol, auth })
    expect(await addRelay(host, { name: 'b', baseUrl, protocol, auth: 'bearer' })).toMatchObject({ auth: 'bearer' })
  },
)

test('a change of the protocol keeps the keys and how they are sent', async () => {
  const host = await openTestHost()
  const before = await addRelay(host, { auth: 'x-api-key' })
  const after = await host.client.nodes.update({ ref: 'relay-a', protocol: 'openai-chat' })
  expect(after).toMatchObject({ protocol: 'openai-chat', auth: 'x-api-key', keys: before.keys })
})

test('pools are written as they exist, each once', async () => {
  const host = await openTestHost()
  await addRelay(host, { pools: ['Team'] })
  const view = await addRelay(host, { name: 'b', pools: ['team', 'default', 'TEAM', 'new', 'New'] })
  expect(view.pools).toEqual(['Team', 'default', 'new'])
  expect((await host.client.pools.list()).map(({ name }) => name)).toEqual(['Team', 'default', 'new'])
})

test('a model that the map names twice is refused', async () => {
  const host = await openTestHost()
  const modelMap = [
    { from: 'claude-*', to: 'a' },
    { from: 'claude-*', to: 'b' },
  ]
  expect(await refusal(addRelay(host, { modelMap }))).toMatchObject({ sentence: 'node-model-mapped-twice' })
})

test('what was given wins over the defaults', async () => {
  const host = await openTestHost()
  const view = await addRelay(host, { priority: 3, models: ['claude-*'], pools: ['team', 'default'], enabled: false })
  expect(view).toMatchObject({ priority: 3, models: ['claude-*'], pools: ['team', 'default'], enabled: false })
})

test('a change of nodes is recorded as a decision without secrets', async () => {
  const host = await openTestHost()
  const events = eventsOf(await host.client.events())
  const view = await addRelay(host)
  await host.client.nodes.update({ ref: 'relay-a', priority: 7 })
  await host.client.nodes.remove({ ref: view.id })
  const told = []
  for (let count = 0; count < 3; count += 1) told.push((await events.next()).value)
  await events.return?.(undefined)
  expect(told).toMatchObject([
    { type: 'decisionMade', decision: { kind: 'node-added', nodeId: view.id } },
    { type: 'decisionMade', decision: { kind: 'node-changed', text: expect.stringContaining('priority 50 → 7') } },
    { type: 'decisionMade', decision: { kind: 'node-removed', text: expect.stringContaining('relay-a') } },
  ])
  expect(JSON.stringify(told)).not.toContain(SECRET)
})

test('a node is found by id, by name, and by name in another case', async () => {
  const host = await openTestHost()
  const { id } = await addRelay(host)
  expect((await host.client.nodes.get({ ref: id })).name).toBe('relay-a')
  expect((await host.client.nodes.get({ ref: 'relay-a' })).id).toBe(id)
  expect((await host.client.nodes.get({ ref: 'Relay-A' })).id).toBe(id)
})

test('an unknown node is answered with near names', async () => {
  const host = await openTestHost()
  await addRelay(host)
  await addRelay(host, { name: 'office' })
  const near = await rejection(host.client.nodes.get({ ref: 'relay-b' }))
  expect(near).toEqual({
    code: 'NOT_FOUND',
    status: 404,
    message: 'There is no node "relay-b". Did you mean "relay-a"?',
  })
  const far = await rejection(host.client.nodes.remove({ ref: 'zzzzzz' }))
  expect(far.message).toBe('There is no node "zzzzzz". Nodes: office, relay-a.')
})

test('with no node at all an unknown one is answered with that', async () => {
  const host = await openTestHost()
  const error = await rejection(host.client.nodes.update({ ref: 'relay-a', priority: 1 }))
  expect(error.message).toBe('There is no node "relay-a". There is no node at all yet.')
})

test.each([
  ['https://user:pass@relay.example', 'base-url-userinfo'],
  ['http://relay.example', 'base-url-plain-http'],
  ['https://relay.example/#x', 'base-url-fragment'],
  ['ftp://relay.example', 'base-url-not-http'],
  ['https://169.254.169.254', 'base-url-link-local'],
])('the base URL %s is refused', async (baseUrl, sentence) => {
  const host = await openTestHost()
  expect(await refusal(addRelay(host, { baseUrl }))).toMatchObject({ code: 'REFUSED', sentence })
  expect(await host.client.nodes.list()).toEqual([])
})

test('plain http beyond loopback is taken when the user allows it', async () => {
  const host = await openTestHost()
  const view = await addRelay(host, { baseUrl: 'http://relay.lan', allowPlainHttp: true })
  expect(view.baseUrl).toBe('http://relay.lan')
  const error = await rejection(host.client.nodes.update({ ref: 'relay-a', allowPlainHttp: false }))
  expect(error.code).toBe('REFUSED')
})

test('a base URL on one of our own ports is refused', async () => {
  const host = await openTestHost()
  for (const port of [host.host.proxyPort, 4781]) {
    const error = await rejection(addRelay(host, { baseUrl: `http://localhost:${port}` }))
    expect(error).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('Switchyard itself') })
  }
})

test('a name is taken once, whatever its case', async () => {
  const host = await openTestHost()
  await addRelay(host)
  await addRelay(host, { name: 'relay-b' })
  expect(await rejection(addRelay(host, { name: 'RELAY-A' }))).toEqual({
    code: 'DUPLICATE_NAME',
    status: 409,
    message: 'There is already a node named "relay-a". Choose another name.',
  })
  const renamed = await rejection(host.client.nodes.update({ ref: 'relay-b', name: 'relay-a' }))
  expect(renamed.code).toBe('DUPLICATE_NAME')
  expect((await host.client.nodes.update({ ref: 'relay-a', name: 'Relay-A' })).name).toBe('Relay-A')
})

test('of two creations of one name at once exactly one succeeds', async () => {
  const host = await openTestHost()
  const results = await Promise.allSettled([addRelay(host), addRelay(host)])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(await host.client.nodes.list()).toHaveLength(1)
})

test('two changes of one node at once are both kept', async () => {
  const host = await openTestHost()
  await addRelay(host)
  await Promise.all([
    host.client.nodes.update({ ref: 'relay-a', priority: 2 }),
    host.client.nodes.update({ ref: 'relay-a', weight: 9 }),
  ])
  expect(await host.client.nodes.get({ ref: 'relay-a' })).toMatchObject({ priority: 2, weight: 9 })
})

test('a change without an origin change keeps the keys', async () => {
  const host = await openTestHost()
  const before = await addRelay(host)
  const after = await host.client.nodes.update({ ref: 'relay-a', baseUrl: 'https://relay-a.example/other' })
  expect(after.keys).toEqual(before.keys)
})

test('a change of the origin drops the keys and says so', async () => {
  const host = await openTestHost()
  await addRelay(host)
  const events = eventsOf(await host.client.events())
  const after = await host.client.nodes.update({ ref: 'relay-a', baseUrl: 'https://other.example' })
  expect(after.keys).toEqual([])
  expect(host.engine.snapshot().nodes[0]?.keys).toEqual([])
  expect((await events.next()).value).toMatchObject({
    decision: {
      text: expect.stringContaining(
        'Its keys were dropped because it now points at another origin (https://relay-a.example → https://other.example)',
      ),
    },
  })
  await events.return?.(undefined)
})

test('a change of the origin takes the keys that come along', async () => {
  const host = await openTestHost()
  await addRelay(host)
  const keys = [{ label: 'main', secret: 'sk-another-secret-9876' }]
  const after = await host.client.nodes.update({ ref: 'relay-a', baseUrl: 'https://other.example', keys })
  expect(after.keys).toMatchObject([{ label: 'main', last4: '9876' }])
  expect(host.engine.snapshot().nodes[0]?.keys).toMatchObject([{ secret: 'sk-another-secret-9876' }])
})

test('the pool of the simulated nodes takes no real node', async () => {
  const host = await openTestHost()
  const error = await refusal(addRelay(host, { pools: ['team', 'Demo'] }))
  expect(error).toMatchObject({ code: 'REFUSED', sentence: 'node-pool-demo', text: expect.stringContaining('"demo"') })
})

test('a simulated node can be neither changed nor removed', async () => {
  const host = await openTestHost({ demo: 'always' })
  for (const call of [
    host.client.nodes.update({ ref: 'sim-a', priority: 9 }),
    host.client.nodes.remove({ ref: 'sim-a' }),
  ]) {
    expect(await rejection(call)).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('simulated') })
  }
  expect((await rejection(addRelay(host, { name: 'sim-b' }))).code).toBe('DUPLICATE_NAME')
})

test('a removed node is gone from the engine', async () => {
  const host = await openTestHost()
  await addRelay(host)
  expect(await host.client.nodes.remove({ ref: 'relay-a' })).toEqual({ removed: 'relay-a' })
  expect(host.engine.snapshot().nodes).toEqual([])
})

test('a database that takes no change is answered with its sentence, and the next change works', async () => {
  const host = await openTestHost()
  host.storage.fail('read-only', ['insertNode'])
  expect(await rejection(addRelay(host))).toEqual({
    code: 'STORAGE_UNAVAILABLE',
    status: 503,
    message: 'The database is read-only.',
  })
  host.storage.fail(null)
  expect((await addRelay(host)).name).toBe('relay-a')
})

test('a change that is stored but cannot be read back is told as such', async () => {
  const host = await openTestHost()
  host.storage.fail('busy', ['loadRegistry'])
  const error = await rejection(addRelay(host))
  expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('not in force yet') })
  expect(host.host.status().storage).toEqual({ ok: false, message: 'The database is busy.' })
  host.storage.fail(null)
  await host.client.nodes.create({ name: 'relay-b', baseUrl: 'https://relay-b.example' })
  expect((await host.client.nodes.list()).map(({ name }) => name)).toEqual(['relay-a', 'relay-b'])
  expect(host.host.status().storage).toEqual({ ok: true, message: null })
})

test('input of the wrong shape is refused before anything happens', async () => {
  const host = await openTestHost()
  const error = await rejection(addRelay(host, { name: 'has space' }))
  expect(error).toMatchObject({ code: 'BAD_REQUEST', status: 400 })
  expect(await host.client.nodes.list()).toEqual([])
})

test('the providers that are known can each become a node as they are', async () => {
  const host = await openTestHost()
  for (const { id, endpoints } of await host.client.nodes.presets()) {
    for (const endpoint of endpoints) {
      const name = `${id}-${endpoint.protocol}`
      expect(await host.client.nodes.create({ name, ...endpoint })).toMatchObject(endpoint)
    }
  }
})
