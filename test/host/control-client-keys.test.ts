// Client keys through the control plane: shown once, kept as a hash, limited and changed, refused with a reason.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CreateClientKeyInput } from '../../src/shared/contract/client-keys.ts'
import { createFaultyStorage, openTestHost, refusal, rejection, type TestHost } from './open-test-host.ts'

const HOUR = 3600_000
const LATER = Date.UTC(2100, 0, 1)

/** A host with the pools default and team and the node relay in both. */
async function openWithNode(storage = createFaultyStorage()): Promise<TestHost & { readonly nodeId: string }> {
  const host = await openTestHost({}, storage)
  const node = { name: 'relay', baseUrl: 'https://relay.example', pools: ['default', 'team'] }
  const { id: nodeId } = await host.client.nodes.create(node)
  return { ...host, nodeId }
}

async function lastDecision({ client }: TestHost) {
  const [decision] = await client.decisions.recent({ limit: 1 })
  return decision
}

test('a new key is shown once and kept as its hash', async () => {
  const { client, engine } = await openTestHost()
  const { key, clientKey } = await client.clientKeys.create({ name: 'laptop' })
  expect(key).toMatch(/^sy-[A-Za-z0-9_-]{32}$/)
  expect(clientKey).toEqual({
    id: clientKey.id,
    name: 'laptop',
    pools: ['default'],
    models: [],
    pinned: null,
    expiresAtMs: null,
    last4: key.slice(-4),
    enabled: true,
    createdAtMs: clientKey.createdAtMs,
  })
  expect(engine.snapshot().clientKeys).toEqual([
    { ...clientKey, sha256: createHash('sha256').update(key).digest('hex') },
  ])
  const listed = await client.clientKeys.list()
  expect(listed).toEqual([clientKey])
  expect(JSON.stringify(listed)).not.toContain(key)
  expect(await client.clientKeys.get({ ref: 'LAPTOP' })).toEqual(clientKey)
  expect(await client.clientKeys.get({ ref: clientKey.id })).toEqual(clientKey)
})

test('two keys are never the same', async () => {
  const { client } = await openTestHost()
  const first = await client.clientKeys.create({ name: 'a' })
  const second = await client.clientKeys.create({ name: 'b' })
  expect(first.key).not.toBe(second.key)
})

test('a key is made with every limit, works by them at once, and the decision names them', async () => {
  const host = await openWithNode()
  const { client, engine, nodeId } = host
  const { key, clientKey } = await client.clientKeys.create({
    name: 'ci',
    pools: ['TEAM', 'default'],
    models: ['claude-*', 'glm-5', 'claude-*'],
    pinned: { node: 'Relay', strict: true },
    expiresAtMs: LATER,
    enabled: false,
  })
  const limits = {
    pools: ['team', 'default'],
    models: ['claude-*', 'glm-5'],
    pinned: { nodeId, strict: true },
    expiresAtMs: LATER,
    enabled: false,
  }
  expect(clientKey).toMatchObject(limits)
  expect(engine.snapshot().clientKeys).toMatchObject([{ name: 'ci', ...limits }])
  const decision = await lastDecision(host)
  expect(decision).toMatchObject({
    kind: 'client-key-created',
    text: 'The client key ci was created for the pools team, default; models claude-*, glm-5; pinned node relay and no other; expiry 2100-01-01T00:00:00.000Z; state disabled.',
  })
  expect(JSON.stringify(decision) + host.logText()).not.toContain(key)
})

test('a key is changed by name or id: what is given is replaced, the rest and the key itself stay', async () => {
  const host = await openWithNode()
  const { client, engine, nodeId } = host
  const { key, clientKey } = await client.clientKeys.create({ name: 'laptop', models: ['a'] })
  const sha256 = createHash('sha256').update(key).digest('hex')

  expect(await client.clientKeys.update({ ref: 'LAPTOP', pools: ['team', 'default'] })).toEqual({
    ...clientKey,
    pools: ['team', 'default'],
  })
  expect(await lastDecision(host)).toMatchObject({
    kind: 'client-key-changed',
    nodeId: null,
    text: 'The client key laptop was changed: pools default → team, default.',
  })

  const everything = {
    name: 'desk',
    models: [],
    pinned: { node: nodeId, strict: false },
    expiresAtMs: LATER,
    enabled: false,
  }
  const changed = await client.clientKeys.update({ ref: clientKey.id, ...everything })
  expect(changed).toEqual({
    ...clientKey,
    ...everything,
    pools: ['team', 'default'],
    pinned: { nodeId, strict: false },
  })
  expect(engine.snapshot().clientKeys).toEqual([{ ...changed, sha256 }])
  expect(await lastDecision(host)).toMatchObject({
    text: 'The client key desk was changed: name laptop → desk; models a → any; pinned node none → relay; expiry never → 2100-01-01T00:00:00.000Z; state enabled → disabled.',
  })

  await client.clientKeys.update({ ref: 'desk', pinned: null, expiresAtMs: null, enabled: true })
  expect(engine.snapshot().clientKeys).toMatchObject([{ pinned: null, expiresAtMs: null, enabled: true, sha256 }])
  await client.clientKeys.update({ ref: 'desk' })
  expect(await lastDecision(host)).toMatchObject({ text: 'The client key desk was changed: nothing differs.' })
  expect((await refusal(client.clientKeys.update({ ref: 'laptop', enabled: false }))).sentence).toMatch(
    /^client-key-unknown/,
  )
})

test('a long list of models is told by its first few, and a change of the rest by their number', async () => {
  const host = await openTestHost()
  const models = Array.from({ length: 30 }, (_, number) => `m${number}`)
  await host.client.clientKeys.create({ name: 'a', models })
  await host.client.clientKeys.update({ ref: 'a', models: models.slice(0, 29) })
  expect((await lastDecision(host))?.text).toMatch(/models m0, .*m9, … \(30 in all\) → m0, .*m9, … \(29 in all\)\.$/)
})

test.each<[what: string, input: Omit<CreateClientKeyInput, 'name'>, code: string, sentence: string, text: RegExp]>([
  ['a pool that does not exist', { pools: ['xyz'] }, 'REFUSED', 'client-key-pool-unknown', /Pools: default, team\./],
  ['a pool nearly right', { pools: ['teem'] }, 'REFUSED', 'client-key-pool-unknown-near', /Did you mean "team"\?/],
  [
    'one pool of several that does not exist',
    { pools: ['default', 'xyz'] },
    'REFUSED',
    'client-key-pool-unknown',
    /"xyz"/,
  ],
  ['a pool twice', { pools: ['team', 'default', 'Team'] }, 'REFUSED', 'client-key-pool-twice', /"team" stands twice/],
  ['the pool of the simulated nodes', { pools: ['Demo'] }, 'REFUSED', 'client-key-pool-demo', /simulated nodes/],
  [
    'a node that does not exist',
    { pinned: { node: 'relai', strict: false } },
    'NOT_FOUND',
    'node-unknown-near',
    /Did you mean "relay"\?/,
  ],
  ['an expiry in the past', { expiresAtMs: 1000 }, 'REFUSED', 'client-key-expiry-past', /1970-01-01T00:00:01\.000Z/],
  ['an expiry of now', { expiresAtMs: 0 }, 'REFUSED', 'client-key-expiry-past', /disable it/],
  ...['a,b', 'a;b', ' a', 'a ', 'a\nb', 'a\u0000'].map(
    (model): [string, Omit<CreateClientKeyInput, 'name'>, string, string, RegExp] => [
      `the model ${JSON.stringify(model)}`,
      { models: ['ok', model] },
      'REFUSED',
      'client-key-model-characters',
      /Give each model by itself/,
    ],
  ),
  ...['claude-?', 'claude-{a}', '!claude-opus-*', '^claude', 'a|b'].map(
    (model): [string, Omit<CreateClientKeyInput, 'name'>, string, string, RegExp] => [
      `the model ${model}`,
      { models: ['*', model] },
      'REFUSED',
      'client-key-model-wildcard',
      /only \* stands for other characters/,
    ],
  ),
])(
  '%s is refused for a new key and for a change, and nothing is changed',
  async (_what, input, code, sentence, text) => {
    const { client, engine } = await openWithNode()
    await client.clientKeys.create({ name: 'old', models: ['m'] })
    const before = engine.snapshot().clientKeys
    const calls = [
      client.clientKeys.create({ name: 'new', ...input }),
      client.clientKeys.update({ ref: 'old', name: 'renamed', ...input }),
    ]
    for (const call of calls) {
      expect(await refusal(call)).toEqual({ code, sentence, text: expect.stringMatching(text) as string })
    }
    expect(await client.clientKeys.list()).toHaveLength(1)
    expect(engine.snapshot().clientKeys).toEqual(before)
  },
)

test.each<[what: string, input: Record<string, unknown>]>([
  ['no pool', { pools: [] }],
  ['a model without a name', { models: [''] }],
  ['an expiry that is no whole number', { expiresAtMs: 1.5 }],
  ['an expiry beyond every date', { expiresAtMs: 8_640_000_000_000_001 }],
  ['a field that a key does not have', { quota: 5 }],
  ['a hash of its own', { sha256: 'a'.repeat(64) }],
])('%s does not even have the right shape', async (_what, input) => {
  const { client } = await openTestHost()
  const created = client.clientKeys.create({ name: 'new', ...input })
  expect((await rejection(created)).code).toBe('BAD_REQUEST')
  await client.clientKeys.create({ name: 'old' })
  expect((await rejection(client.clientKeys.update({ ref: 'old', ...input }))).code).toBe('BAD_REQUEST')
})

test('no key is pinned to a simulated node', async () => {
  const { client } = await openTestHost({ demo: 'always' })
  const created = client.clientKeys.create({ name: 'laptop', pinned: { node: 'sim-a' } })
  expect(await refusal(created)).toMatchObject({ code: 'REFUSED', sentence: 'client-key-pin-simulated' })
})

test('an expired key keeps its other fields changeable, and comes back with a later expiry', async () => {
  const storage = createFaultyStorage()
  const { client, engine } = await openWithNode(storage)
  await client.clientKeys.create({ name: 'laptop' })
  const [stored] = (await storage.opened().loadRegistry()).clientKeys
  if (stored === undefined) throw new Error('no key')
  const expiresAtMs = Date.now() - HOUR
  await storage.opened().updateClientKey({ ...stored, expiresAtMs })
  // Any change reads the database again.
  await client.pools.create({ name: 'other' })

  expect(await client.clientKeys.update({ ref: 'laptop', name: 'desk', expiresAtMs })).toMatchObject({
    name: 'desk',
    expiresAtMs,
  })
  const earlier = client.clientKeys.update({ ref: 'desk', expiresAtMs: expiresAtMs - 1 })
  expect((await refusal(earlier)).sentence).toBe('client-key-expiry-past')
  await client.clientKeys.update({ ref: 'desk', expiresAtMs: LATER })
  expect(engine.snapshot().clientKeys).toMatchObject([{ expiresAtMs: LATER }])
})

test('a key whose pinned node was removed can be changed, and given another', async () => {
  const { client, nodeId } = await openWithNode()
  await client.clientKeys.create({ name: 'laptop', pinned: { node: 'relay', strict: true } })
  await client.nodes.remove({ ref: 'relay' })
  expect(await client.clientKeys.update({ ref: 'laptop', enabled: false })).toMatchObject({
    pinned: { nodeId, strict: true },
  })
  expect((await refusal(client.clientKeys.update({ ref: 'laptop', pinned: { node: nodeId } }))).code).toBe('NOT_FOUND')
  expect(await client.clientKeys.update({ ref: 'laptop', pinned: null })).toMatchObject({ pinned: null })
})

test('two changes at once both count', async () => {
  const { client, engine } = await openWithNode()
  await client.clientKeys.create({ name: 'laptop' })
  await Promise.all([
    client.clientKeys.update({ ref: 'laptop', models: ['a'] }),
    client.clientKeys.update({ ref: 'laptop', pools: ['team'] }),
    client.clientKeys.update({ ref: 'laptop', enabled: false }),
  ])
  expect(engine.snapshot().clientKeys).toMatchObject([{ models: ['a'], pools: ['team'], enabled: false }])
})

test('the pool of the simulated nodes takes no stored key', async () => {
  const { client } = await openTestHost({ demo: 'always' })
  const error = await rejection(client.clientKeys.create({ name: 'laptop', pools: ['demo'] }))
  expect(error).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('simulated nodes') as string })
})

test('a name is taken once, in whatever case, and a key keeps its own', async () => {
  const { client } = await openTestHost()
  await client.clientKeys.create({ name: 'laptop' })
  await client.clientKeys.create({ name: 'desk' })
  for (const call of [
    client.clientKeys.create({ name: 'Laptop' }),
    client.clientKeys.update({ ref: 'desk', name: 'LAPTOP' }),
  ]) {
    expect(await rejection(call)).toEqual({
      code: 'DUPLICATE_NAME',
      status: 409,
      message: 'There is already a client key named "laptop". Choose another name.',
    })
  }
  expect((await client.clientKeys.update({ ref: 'laptop', name: 'Laptop' })).name).toBe('Laptop')
})

test('a revoked key is gone from the engine', async () => {
  const { client, engine } = await openTestHost()
  const { clientKey } = await client.clientKeys.create({ name: 'laptop' })
  expect(await client.clientKeys.revoke({ ref: clientKey.id })).toEqual({ revoked: 'laptop' })
  expect(engine.snapshot().clientKeys).toEqual([])
  expect((await rejection(client.clientKeys.revoke({ ref: 'laptop' }))).code).toBe('NOT_FOUND')
})

test('the demo key is listed, and can be neither changed nor revoked', async () => {
  const { client, host } = await openTestHost({ demo: 'always' })
  expect(await client.clientKeys.list()).toEqual([host.demoKey?.clientKey])
  expect((await refusal(client.clientKeys.revoke({ ref: 'demo' }))).sentence).toBe('client-key-simulated')
  expect(await refusal(client.clientKeys.update({ ref: 'demo', enabled: false }))).toMatchObject({
    code: 'REFUSED',
    sentence: 'client-key-simulated-fixed',
  })
  expect((await rejection(client.clientKeys.create({ name: 'demo' }))).code).toBe('DUPLICATE_NAME')
})

test('a database that is away is answered with its sentence, and the key is as it was', async () => {
  const { client, engine, storage } = await openTestHost()
  await client.clientKeys.create({ name: 'laptop' })
  const before = engine.snapshot().clientKeys
  storage.fail('full', ['insertClientKey', 'updateClientKey'])
  for (const call of [
    client.clientKeys.create({ name: 'desk' }),
    client.clientKeys.update({ ref: 'laptop', enabled: false }),
  ]) {
    expect(await rejection(call)).toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'The database is full.' })
  }
  expect(engine.snapshot().clientKeys).toEqual(before)
})
