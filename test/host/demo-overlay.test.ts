// The simulated nodes: there while there is no real one, gone with the first, never stored.
import { expect, test } from 'vitest'
import { openTestHost, rejection, type TestHost, temporaryDirectory } from './open-test-host.ts'

const relay = { name: 'relay', baseUrl: 'https://relay.example' }

function simulatedNames(host: TestHost): readonly string[] {
  return host.engine
    .snapshot()
    .nodes.filter(({ node }) => node.simulated)
    .map(({ node }) => node.name)
}

test('an empty database has two simulated nodes without keys, marked as simulated', async () => {
  const host = await openTestHost({ demo: 'if-empty' })
  const nodes = await host.client.nodes.list()
  expect(nodes.map(({ name, simulated, keys, priority }) => ({ name, simulated, keys, priority }))).toEqual([
    { name: 'sim-a', simulated: true, keys: [], priority: 1 },
    { name: 'sim-b', simulated: true, keys: [], priority: 2 },
  ])
  expect(host.engine.snapshot().pools.map(({ name }) => name)).toEqual(['default', 'demo'])
})

test('the demo key is made at start and known to the engine by its hash', async () => {
  const host = await openTestHost({ demo: 'if-empty' })
  const { demoKey } = host.host
  expect(demoKey?.key).toMatch(/^sy-/)
  expect(demoKey?.clientKey).toMatchObject({ name: 'demo', pools: ['demo'] })
  expect(host.engine.snapshot().clientKeys).toMatchObject([{ id: demoKey?.clientKey.id }])
  expect(host.logText()).not.toContain(demoKey?.key)
})

test('without a real node the simulated ones serve every pool there is', async () => {
  const directory = await temporaryDirectory()
  const before = await openTestHost({ dataDirectory: directory })
  await before.client.nodes.create({ ...relay, pools: ['team'] })
  await before.client.nodes.remove({ ref: 'relay' })
  await before.host.stop()
  const host = await openTestHost({ dataDirectory: directory, demo: 'if-empty' })
  for (const { node } of host.engine.snapshot().nodes) expect(node.pools).toEqual(['demo', 'default', 'team'])
  const source = host.engine.options().ports.registry
  expect((await source.loadPool('team')).map(({ node }) => node.name)).toEqual(['sim-a', 'sim-b'])
})

test('the first real node takes the simulated ones away, with their key and their servers', async () => {
  const host = await openTestHost({ demo: 'if-empty' })
  const [first] = host.engine.snapshot().nodes
  await host.client.nodes.create(relay)
  expect((await host.client.nodes.list()).map(({ name }) => name)).toEqual(['relay'])
  expect(host.engine.snapshot().clientKeys).toEqual([])
  expect(host.host.simulatedNodes()).toEqual([])
  await expect(fetch(`${first?.node.baseUrl}/v1/models`)).rejects.toThrow('fetch failed')
})

test('when the last real node goes they come back', async () => {
  const host = await openTestHost({ demo: 'if-empty' })
  await host.client.nodes.create(relay)
  await host.client.nodes.remove({ ref: 'relay' })
  expect(simulatedNames(host)).toEqual(['sim-a', 'sim-b'])
  const [first] = host.engine.snapshot().nodes
  expect((await fetch(`${first?.node.baseUrl}/v1/models`)).status).toBe(200)
})

test('asked for always, they stay beside a real node, in their own pool only', async () => {
  const host = await openTestHost({ demo: 'always' })
  await host.client.nodes.create(relay)
  expect(simulatedNames(host)).toEqual(['sim-a', 'sim-b'])
  for (const { node } of host.engine.snapshot().nodes) {
    expect(node.pools).toEqual(node.simulated ? ['demo'] : ['default'])
  }
  expect(host.host.simulatedNodes().map(({ name }) => name)).toEqual(['sim-a', 'sim-b'])
})

test('a database with a node has none, and no demo key', async () => {
  const directory = await temporaryDirectory()
  const before = await openTestHost({ dataDirectory: directory })
  await before.client.nodes.create(relay)
  await before.host.stop()
  const host = await openTestHost({ dataDirectory: directory, demo: 'if-empty' })
  expect(simulatedNames(host)).toEqual([])
  expect(host.host.demoKey).toBeNull()
})

test('they are never stored: a start without them shows nothing of them', async () => {
  const directory = await temporaryDirectory()
  const before = await openTestHost({ dataDirectory: directory, demo: 'always' })
  await before.host.stop()
  const host = await openTestHost({ dataDirectory: directory, demo: 'off' })
  expect(await host.client.nodes.list()).toEqual([])
  expect(await host.client.clientKeys.list()).toEqual([])
  expect((await rejection(host.client.clientKeys.create({ name: 'x', pools: ['demo'] }))).code).toBe('REFUSED')
})

test('their servers are closed when the host stops', async () => {
  const host = await openTestHost({ demo: 'always' })
  const [first] = host.engine.snapshot().nodes
  await host.host.stop()
  await expect(fetch(`${first?.node.baseUrl}/v1/models`)).rejects.toThrow('fetch failed')
})
