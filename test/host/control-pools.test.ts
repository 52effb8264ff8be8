// Pools through the control plane: what is in them, who uses them, and when one may go.
import { expect, test } from 'vitest'
import { openTestHost, refusal, type TestHost } from './open-test-host.ts'

async function addNode(host: TestHost, name: string, fields: object = {}) {
  return host.client.nodes.create({ name, baseUrl: `https://${name}.example`, ...fields })
}

test('there is always the default pool, and an empty one has nobody active', async () => {
  const { client } = await openTestHost()
  expect(await client.pools.list()).toEqual([
    { name: 'default', strategy: 'priority', nodes: [], active: null, clientKeys: [] },
  ])
})

test('a pool shows its nodes in the order they are tried, the active one, and the keys that use it', async () => {
  const host = await openTestHost()
  await addNode(host, 'late', { pools: ['team'], priority: 50 })
  await addNode(host, 'first', { pools: ['default', 'team'], priority: 2 })
  await addNode(host, 'later', { pools: ['team'], priority: 50 })
  await addNode(host, 'elsewhere')
  await host.client.clientKeys.create({ name: 'laptop', pools: ['team', 'default'] })
  await host.client.clientKeys.create({ name: 'desk' })
  expect(await host.client.pools.get({ name: 'Team' })).toEqual({
    name: 'team',
    strategy: 'priority',
    nodes: ['first', 'late', 'later'],
    active: 'first',
    clientKeys: ['laptop'],
  })
  expect((await host.client.pools.get({ name: 'default' })).clientKeys).toEqual(['laptop', 'desk'])
})

test('a pool is made empty, recorded, and known to the engine', async () => {
  const { client, engine } = await openTestHost()
  expect(await client.pools.create({ name: 'team' })).toMatchObject({ name: 'team', nodes: [] })
  expect(engine.snapshot().pools.map(({ name }) => name)).toEqual(['default', 'team'])
  expect(await client.decisions.recent({ limit: 1 })).toMatchObject([
    { kind: 'pool-created', nodeId: null, text: 'The pool team was created.' },
  ])
})

test('a name is taken once, whatever its case', async () => {
  const { client } = await openTestHost()
  expect(await refusal(client.pools.create({ name: 'Default' }))).toEqual({
    code: 'DUPLICATE_NAME',
    sentence: 'pool-name-taken',
    text: 'There is already a pool named "default". Choose another name.',
  })
})

test('an empty pool that nobody uses can be removed', async () => {
  const { client, engine } = await openTestHost()
  await client.pools.create({ name: 'team' })
  expect(await client.pools.remove({ name: 'TEAM' })).toEqual({ removed: 'team' })
  expect(engine.snapshot().pools.map(({ name }) => name)).toEqual(['default'])
  expect(await client.decisions.recent({ limit: 1 })).toMatchObject([{ kind: 'pool-removed' }])
})

test('a pool with nodes, also disabled ones, stays', async () => {
  const host = await openTestHost()
  await addNode(host, 'relay', { pools: ['team'], enabled: false })
  expect(await refusal(host.client.pools.remove({ name: 'team' }))).toMatchObject({
    code: 'REFUSED',
    sentence: 'pool-has-nodes',
    text: expect.stringContaining('relay'),
  })
})

test('a pool that a client key uses stays, and is there to be joined again', async () => {
  const host = await openTestHost()
  await host.client.pools.create({ name: 'team' })
  await host.client.clientKeys.create({ name: 'laptop', pools: ['team'] })
  expect(await refusal(host.client.pools.remove({ name: 'team' }))).toMatchObject({
    code: 'REFUSED',
    sentence: 'pool-has-client-keys',
    text: expect.stringContaining('laptop'),
  })
})

test('the default pool stays', async () => {
  const { client } = await openTestHost()
  expect(await refusal(client.pools.remove({ name: 'default' }))).toMatchObject({ sentence: 'pool-default' })
})

test('the pool of the simulated nodes is shown, and neither made nor removed', async () => {
  const { client } = await openTestHost({ demo: 'always' })
  expect(await client.pools.get({ name: 'demo' })).toMatchObject({
    nodes: ['sim-a', 'sim-b'],
    active: 'sim-a',
    clientKeys: ['demo'],
  })
  for (const call of [client.pools.create({ name: 'Demo' }), client.pools.remove({ name: 'demo' })]) {
    expect(await refusal(call)).toMatchObject({ code: 'REFUSED', sentence: 'pool-demo' })
  }
})

test('a pool that is not there is answered with near names', async () => {
  const { client } = await openTestHost()
  expect(await refusal(client.pools.get({ name: 'defualt' }))).toEqual({
    code: 'NOT_FOUND',
    sentence: 'pool-unknown-near',
    text: 'There is no pool "defualt". Did you mean "default"?',
  })
})

test('of two creations of one name at once exactly one succeeds', async () => {
  const { client } = await openTestHost()
  const made = await Promise.allSettled([client.pools.create({ name: 'team' }), client.pools.create({ name: 'Team' })])
  expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})
