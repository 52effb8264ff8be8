// One good call of every procedure of the contract, over whichever bridge. `stop` comes last and alone.
import { expect } from 'vitest'
import { addNode, type ControlWorld, openControlWorld, SECRET } from './control-world.ts'

const PASSPHRASE = 'a passphrase for the suite'

export const happyPaths: Readonly<Record<string, (world: ControlWorld) => Promise<void>>> = {
  'nodes.list': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.list()).toMatchObject([
      { name: 'relay-a', status: 'active', breaker: { state: 'closed', openUntilMs: null } },
    ])
  },
  'nodes.get': async (world) => {
    const { id } = await addNode(world)
    expect(await world.client.nodes.get({ ref: 'relay-a' })).toMatchObject({ id })
    expect(await world.client.nodes.get({ ref: id })).toMatchObject({ name: 'relay-a' })
  },
  'nodes.create': async (world) => {
    const view = await addNode(world)
    expect(view).toMatchObject({ name: 'relay-a', keys: [{ label: 'main', last4: '7777', standing: 'usable' }] })
    expect(JSON.stringify(view)).not.toContain(SECRET)
  },
  'nodes.update': async (world) => {
    await addNode(world)
    const view = await world.client.nodes.update({
      ref: 'relay-a',
      priority: 3,
      models: ['claude-*'],
      maxConcurrent: null,
    })
    expect(view).toMatchObject({ priority: 3, models: ['claude-*'], keys: [{ label: 'main' }] })
  },
  'nodes.remove': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.remove({ ref: 'relay-a' })).toEqual({ removed: 'relay-a' })
    expect(await world.client.nodes.list()).toEqual([])
  },
  'nodes.isolate': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.isolate({ ref: 'relay-a' })).toMatchObject({ name: 'relay-a' })
  },
  'nodes.reset': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.reset({ ref: 'relay-a' })).toMatchObject({ name: 'relay-a' })
  },
  'nodes.test': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.test({ ref: 'relay-a' })).toMatchObject({ nodeName: 'relay-a', ok: true })
  },
  'nodes.testDraft': async ({ client }) => {
    const node = { name: 'draft', baseUrl: 'https://draft.example', keys: [{ secret: SECRET }] }
    expect(await client.nodes.testDraft({ node, generate: true, model: 'claude-x' })).toMatchObject({
      nodeName: 'draft',
    })
    expect(await client.nodes.list()).toEqual([])
  },
  'nodes.presets': async ({ client }) => {
    expect(await client.nodes.presets()).toEqual(expect.any(Array))
  },
  'nodes.keys.add': async (world) => {
    await addNode(world)
    const view = await world.client.nodes.keys.add({ ref: 'relay-a', secret: 'sk-second-secret-8888', label: 'spare' })
    expect(view.keys.map(({ label, last4 }) => [label, last4])).toEqual([
      ['main', '7777'],
      ['spare', '8888'],
    ])
  },
  'nodes.keys.update': async (world) => {
    await addNode(world)
    await world.client.nodes.keys.add({ ref: 'relay-a', secret: 'sk-second-secret-8888', label: 'spare' })
    const change = { ref: 'relay-a', key: 'spare', label: 'first', enabled: false, position: 1 }
    const { keys } = await world.client.nodes.keys.update(change)
    expect(keys.map(({ label, enabled }) => [label, enabled])).toEqual([
      ['first', false],
      ['main', true],
    ])
  },
  'nodes.keys.remove': async (world) => {
    await addNode(world)
    expect(await world.client.nodes.keys.remove({ ref: 'relay-a', key: 'main' })).toMatchObject({ keys: [] })
  },
  'pools.list': async ({ client }) => {
    expect((await client.pools.list()).map(({ name }) => name)).toContain('default')
  },
  'pools.get': async (world) => {
    await addNode(world)
    expect(await world.client.pools.get({ name: 'default' })).toMatchObject({ name: 'default', nodes: ['relay-a'] })
  },
  'pools.create': async ({ client }) => {
    expect(await client.pools.create({ name: 'team' })).toMatchObject({ name: 'team', nodes: [], active: null })
  },
  'pools.remove': async ({ client }) => {
    await client.pools.create({ name: 'team' })
    expect(await client.pools.remove({ name: 'team' })).toEqual({ removed: 'team' })
  },
  'clientKeys.list': async ({ client }) => {
    const { clientKey } = await client.clientKeys.create({ name: 'laptop' })
    expect(await client.clientKeys.list()).toEqual([clientKey])
  },
  'clientKeys.get': async ({ client }) => {
    const { clientKey } = await client.clientKeys.create({ name: 'laptop' })
    expect(await client.clientKeys.get({ ref: 'laptop' })).toEqual(clientKey)
  },
  'clientKeys.create': async (world) => {
    await addNode(world)
    const limits = { models: ['claude-*'], expiresAtMs: Date.now() + 86_400_000, pinned: { node: 'relay-a' } }
    const { key, clientKey } = await world.client.clientKeys.create({ name: 'laptop', ...limits })
    expect(key).toMatch(/^sy-/)
    expect(clientKey).toMatchObject({
      name: 'laptop',
      pools: ['default'],
      models: ['claude-*'],
      pinned: { strict: false },
    })
  },
  'clientKeys.update': async ({ client }) => {
    await client.clientKeys.create({ name: 'laptop' })
    const change = { ref: 'laptop', name: 'desk', enabled: false, expiresAtMs: null }
    expect(await client.clientKeys.update(change)).toMatchObject({ name: 'desk', enabled: false, expiresAtMs: null })
  },
  'clientKeys.revoke': async ({ client }) => {
    await client.clientKeys.create({ name: 'laptop' })
    expect(await client.clientKeys.revoke({ ref: 'laptop' })).toEqual({ revoked: 'laptop' })
  },
  'settings.list': async ({ client }) => {
    const names = (await client.settings.list()).map(({ name }) => name)
    expect(names).toContain('retryMaxAttempts')
  },
  'settings.get': async ({ client }) => {
    expect(await client.settings.get({ name: 'retryMaxAttempts' })).toMatchObject({ source: 'default', kind: 'number' })
  },
  'settings.set': async ({ client }) => {
    const values = { retryMaxAttempts: 2, debug: true, retryOnStatus: [409] }
    const changed = await client.settings.set({ values })
    expect(Object.fromEntries(changed.map(({ name, value }) => [name, value]))).toEqual(values)
  },
  'settings.reset': async ({ client }) => {
    await client.settings.set({ values: { debug: true } })
    expect(await client.settings.reset({ name: 'debug' })).toMatchObject({ value: false, source: 'default' })
  },
  'settings.setSecret': async ({ client }) => {
    const secret = { name: 'global-proxy-password' as const, value: 'a password' }
    await client.settings.set({ values: { globalProxyUrl: 'http://127.0.0.1:9', globalProxyUser: 'somebody' } })
    expect(await client.settings.setSecret(secret)).toEqual({ name: secret.name, set: true })
    expect(await client.settings.setSecret({ ...secret, value: null })).toEqual({ name: secret.name, set: false })
  },
  'vault.status': async (world) => {
    await addNode(world)
    const open = { protection: 'key-file', state: 'open', message: null, sealed: 1 }
    expect(await world.client.vault.status()).toEqual(open)
  },
  'vault.unlock': async ({ client }) => {
    expect(await client.vault.unlock({ passphrase: PASSPHRASE })).toMatchObject({ state: 'open' })
  },
  'vault.rotate': async (world) => {
    await addNode(world)
    expect(await world.client.vault.rotate()).toMatchObject({ resealed: 1, vault: { state: 'open' } })
  },
  'vault.protect': async ({ client }) => {
    const change = { protection: 'passphrase' as const, passphrase: PASSPHRASE }
    expect(await client.vault.protect(change)).toMatchObject({ protection: 'passphrase', state: 'open' })
    expect(await client.vault.protect({ protection: 'key-file' })).toMatchObject({ protection: 'key-file' })
  },
  'vault.export': async (world) => {
    await addNode(world)
    const { document } = await world.client.vault.export({ passphrase: PASSPHRASE })
    expect(document.length).toBeGreaterThan(50)
    expect(document).not.toContain(SECRET)
  },
  'vault.import': async ({ kind }) => {
    const before = await openControlWorld(kind)
    await addNode(before)
    const { document } = await before.client.vault.export({ passphrase: PASSPHRASE })
    await before.client.vault.protect({ protection: 'passphrase', passphrase: `${PASSPHRASE}, another` })
    await before.host.host.stop()
    // Nobody gives the passphrase at this start.
    const { client } = await openControlWorld(kind, before.host.directory)
    expect(await client.vault.status()).toMatchObject({ state: 'locked' })
    expect(await client.vault.import({ document, passphrase: PASSPHRASE })).toMatchObject({ state: 'open' })
    expect((await client.nodes.list())[0]?.keys).toMatchObject([{ standing: 'usable' }])
  },
  'exchanges.recent': async ({ client }) => {
    expect(await client.exchanges.recent({})).toEqual([])
    expect(await client.exchanges.recent({ limit: 1000 })).toEqual([])
  },
  'decisions.recent': async (world) => {
    await addNode(world)
    await world.client.nodes.remove({ ref: 'relay-a' })
    expect(await world.client.decisions.recent({ limit: 1 })).toMatchObject([{ kind: 'node-removed' }])
    expect((await world.client.decisions.recent({})).length).toBeGreaterThan(1)
  },
  explain: async (world) => {
    await addNode(world)
    expect(await world.client.explain({ model: 'claude-x', pool: 'default' })).toMatchObject({ model: 'claude-x' })
  },
  events: async ({ client }) => {
    const pushes = await client.events()
    expect((await pushes.next()).value).toMatchObject({ gap: true, nodes: [] })
    await pushes.return?.()
  },
  status: async ({ client, host }) => {
    expect(await client.status()).toMatchObject({ instanceId: host.host.instanceId, draining: false, nodes: [] })
  },
  stop: async ({ client, host }) => {
    expect(await client.stop()).toEqual({ pid: process.pid })
    await host.host.stopRequested
  },
}
