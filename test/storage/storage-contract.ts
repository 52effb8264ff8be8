// What every implementation of Storage must do; run by storage-on-workers.test.ts and storage-on-one-thread.test.ts.
import { expect, onTestFinished, test } from 'vitest'
import { proxySecretOwner, type Storage, StorageError } from '../../src/storage/storage.ts'
import {
  bareExchange,
  sampleBreaker,
  sampleClientKey,
  sampleDecision,
  sampleExchange,
  sampleKey,
  sampleNode,
} from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export function describeStorage(open: (directory: string) => Promise<Storage>): void {
  async function openNew(): Promise<Storage> {
    const storage = await open(await temporaryDirectory())
    onTestFinished(() => storage.close())
    return storage
  }

  test('a new database holds the pool "default" and nothing else', async () => {
    const storage = await openNew()
    expect(await storage.loadRegistry()).toEqual({
      nodes: [],
      keys: [],
      secrets: [],
      pools: [{ name: 'default', strategy: 'priority' }],
      clientKeys: [],
    })
    expect(await storage.loadSettings()).toEqual({})
    expect(await storage.loadBreakers()).toEqual([])
    expect(await storage.recentExchanges(10)).toEqual([])
    expect(await storage.recentDecisions(10)).toEqual([])
  })

  test('a node comes back as it was stored, with its keys in order and its pools created', async () => {
    const storage = await openNew()
    const node = sampleNode()
    const keys = [sampleKey({ id: 'key-b', label: 'second' }), sampleKey({ id: 'key-a', enabled: false })]
    await storage.insertNode(node, keys)
    expect(await storage.loadRegistry()).toEqual({
      nodes: [node],
      keys,
      secrets: [],
      pools: [
        { name: 'default', strategy: 'priority' },
        { name: 'team', strategy: 'priority' },
      ],
      clientKeys: [],
    })
  })

  test('a node without limit, models or keys comes back the same', async () => {
    const storage = await openNew()
    const node = sampleNode({ maxConcurrent: null, models: [], modelMap: [], enabled: false, allowPlainHttp: true })
    await storage.insertNode(node, [])
    const registry = await storage.loadRegistry()
    expect(registry.nodes).toEqual([node])
    expect(registry.keys).toEqual([])
  })

  test('a load that begins after a write was acknowledged sees it, every time', async () => {
    const storage = await openNew()
    for (let count = 1; count <= 50; count += 1) {
      await storage.insertNode(sampleNode({ id: `node-${count}` }), [])
      expect((await storage.loadRegistry()).nodes).toHaveLength(count)
    }
  })

  test('a pool is loaded with its own nodes and their keys only', async () => {
    const storage = await openNew()
    const inBoth = sampleNode({ id: 'in-both', pools: ['default', 'team'] })
    const elsewhere = sampleNode({ id: 'elsewhere', pools: ['default'] })
    const key = sampleKey({ id: 'key-1', nodeId: 'in-both' })
    await storage.insertNode(inBoth, [key])
    await storage.insertNode(elsewhere, [sampleKey({ id: 'key-2', nodeId: 'elsewhere' })])
    expect(await storage.loadPool('team')).toEqual({ nodes: [inBoth], keys: [key], secrets: [] })
    expect(await storage.loadPool('nobody')).toEqual({ nodes: [], keys: [], secrets: [] })
  })

  test('a node name that differs only in case is refused, and nothing of the node is stored', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode({ name: 'Relay' }), [])
    const twin = sampleNode({ id: 'node-2', name: 'relay', pools: ['only-here'] })
    await expect(storage.insertNode(twin, [])).rejects.toMatchObject({
      name: 'StorageError',
      code: 'duplicate-name',
      message: 'There is already a node named "Relay"; choose another name.',
    })
    const registry = await storage.loadRegistry()
    expect(registry.nodes).toHaveLength(1)
    expect(registry.pools.map(({ name }) => name)).not.toContain('only-here')
  })

  test('renaming a node to the name of another is refused, changing the case of its own name is not', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode({ id: 'node-1', name: 'one' }), [])
    await storage.insertNode(sampleNode({ id: 'node-2', name: 'two' }), [])
    await expect(storage.updateNode(sampleNode({ id: 'node-2', name: 'ONE' }), null)).rejects.toMatchObject({
      code: 'duplicate-name',
    })
    await storage.updateNode(sampleNode({ id: 'node-2', name: 'TWO' }), null)
    expect((await storage.loadRegistry()).nodes.map(({ name }) => name)).toEqual(['one', 'TWO'])
  })

  test('updating a node replaces every field and its pools, and keeps its keys when given none', async () => {
    const storage = await openNew()
    const key = sampleKey()
    await storage.insertNode(sampleNode(), [key])
    const changed = sampleNode({ name: 'changed', priority: 1, weight: 0, pools: ['new-pool'], models: [] })
    await storage.updateNode(changed, null)
    const registry = await storage.loadRegistry()
    expect(registry.nodes).toEqual([changed])
    expect(registry.keys).toEqual([key])
    expect(registry.pools.map(({ name }) => name)).toEqual(['default', 'new-pool', 'team'])
  })

  test('updating a node with keys replaces all of them', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode(), [sampleKey({ id: 'old-1' }), sampleKey({ id: 'kept', label: 'kept' })])
    const keys = [sampleKey({ id: 'new' }), sampleKey({ id: 'kept', label: 'kept' })]
    await storage.updateNode(sampleNode(), keys)
    expect((await storage.loadRegistry()).keys).toEqual(keys)
    await storage.updateNode(sampleNode(), [])
    expect((await storage.loadRegistry()).keys).toEqual([])
  })

  test('a key that is there may be renamed, moved and disabled; its secret is not written over', async () => {
    const storage = await openNew()
    const [a, b] = [sampleKey({ id: 'a', label: 'a' }), sampleKey({ id: 'b', label: 'b' })]
    await storage.insertNode(sampleNode(), [a, b])
    const changed = { ...a, label: 'renamed', enabled: false }
    await storage.updateNode(sampleNode(), [b, { ...changed, sealed: Uint8Array.of(9) }])
    expect((await storage.loadRegistry()).keys).toEqual([b, changed])
  })

  test('a node that does not exist can neither be updated nor removed', async () => {
    const storage = await openNew()
    await expect(storage.updateNode(sampleNode(), null)).rejects.toMatchObject({ code: 'not-found' })
    await expect(storage.removeNode('node-1')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a simulated node is refused, for it would come back as a real one', async () => {
    const storage = await openNew()
    await expect(storage.insertNode(sampleNode({ simulated: true }), [])).rejects.toMatchObject({ code: 'failed' })
  })

  test('an id that is taken already fails and changes nothing', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode({ name: 'first' }), [])
    await expect(storage.insertNode(sampleNode({ name: 'second' }), [])).rejects.toMatchObject({ code: 'failed' })
    expect((await storage.loadRegistry()).nodes.map(({ name }) => name)).toEqual(['first'])
  })

  test('with a node go its keys, its breaker and its places in pools; its records stay', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode(), [sampleKey()])
    await storage.saveBreakers([sampleBreaker()])
    await storage.writeLedger({ exchanges: [sampleExchange()], decisions: [sampleDecision()] })
    await storage.removeNode('node-1')
    expect(await storage.loadRegistry()).toMatchObject({ nodes: [], keys: [] })
    expect(await storage.loadPool('team')).toEqual({ nodes: [], keys: [], secrets: [] })
    expect(await storage.loadBreakers()).toEqual([])
    expect(await storage.recentExchanges(10)).toEqual([sampleExchange()])
    expect(await storage.recentDecisions(10)).toEqual([sampleDecision()])
  })

  test('a client key comes back with its hash until it is removed', async () => {
    const storage = await openNew()
    const key = sampleClientKey({ enabled: false })
    await storage.insertClientKey(key)
    expect((await storage.loadRegistry()).clientKeys).toEqual([key])
    await storage.removeClientKey(key.id)
    expect((await storage.loadRegistry()).clientKeys).toEqual([])
    await expect(storage.removeClientKey(key.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a client key with every limit comes back as it was stored', async () => {
    const storage = await openNew()
    const key = sampleClientKey({
      pools: ['team', 'default', 'gone'],
      models: ['claude-*', 'glm-5', '名*'],
      pinned: { nodeId: 'node-1', strict: true },
      expiresAtMs: 1_790_000_000_002,
    })
    const preferring = sampleClientKey({ id: 'client-2', name: 'b', pinned: { nodeId: 'node-1', strict: false } })
    await storage.insertClientKey(key)
    await storage.insertClientKey(preferring)
    expect((await storage.loadRegistry()).clientKeys).toEqual([key, preferring])
  })

  test('updating a client key replaces what it may do and leaves what it is known by', async () => {
    const storage = await openNew()
    const key = sampleClientKey({ pinned: { nodeId: 'node-1', strict: true }, expiresAtMs: 5, models: ['a'] })
    const other = sampleClientKey({ id: 'client-2', name: 'other' })
    await storage.insertClientKey(key)
    await storage.insertClientKey(other)
    const changed = {
      ...key,
      name: 'LAPTOP',
      pools: ['team', 'default'],
      models: [],
      pinned: null,
      expiresAtMs: null,
      enabled: false,
    }
    await storage.updateClientKey({ ...changed, sha256: 'f'.repeat(64), last4: 'zzzz', createdAtMs: 1 })
    expect((await storage.loadRegistry()).clientKeys).toEqual([changed, other])
  })

  test('a client key can be renamed to no other’s name, and one that is not there cannot be updated', async () => {
    const storage = await openNew()
    const [a, b] = [sampleClientKey({ id: 'a', name: 'one' }), sampleClientKey({ id: 'b', name: 'two' })]
    await storage.insertClientKey(a)
    await storage.insertClientKey(b)
    await expect(storage.updateClientKey({ ...b, name: 'ONE', enabled: false })).rejects.toMatchObject({
      code: 'duplicate-name',
      message: 'There is already a client key named "one"; choose another name.',
    })
    await expect(storage.updateClientKey(sampleClientKey({ id: 'c', name: 'three' }))).rejects.toMatchObject({
      code: 'not-found',
    })
    expect((await storage.loadRegistry()).clientKeys).toEqual([a, b])
  })

  test('a client key stays when its pinned node is removed', async () => {
    const storage = await openNew()
    const key = sampleClientKey({ pinned: { nodeId: 'node-1', strict: true } })
    await storage.insertNode(sampleNode(), [])
    await storage.insertClientKey(key)
    await storage.removeNode('node-1')
    expect((await storage.loadRegistry()).clientKeys).toEqual([key])
  })

  test('a pool is there from its making to its removal, with or without nodes', async () => {
    const storage = await openNew()
    const names = async () => (await storage.loadRegistry()).pools.map(({ name }) => name)
    await storage.insertPool({ name: 'team', strategy: 'priority' })
    expect(await names()).toEqual(['default', 'team'])
    await expect(storage.insertPool({ name: 'team', strategy: 'priority' })).rejects.toMatchObject({
      code: 'duplicate-name',
      message: 'There is already a pool named "team"; choose another name.',
    })
    await storage.insertNode(sampleNode({ pools: ['team'] }), [])
    expect(await names()).toEqual(['default', 'team'])
    await storage.updateNode(sampleNode({ pools: ['default'] }), null)
    await storage.removePool('team')
    expect(await names()).toEqual(['default'])
    await expect(storage.removePool('team')).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no pool "team"; it may have been removed just now.',
    })
  })

  test('a pool that nodes are in is not removed under them', async () => {
    const storage = await openNew()
    const node = sampleNode({ pools: ['team', 'default'] })
    await storage.insertNode(node, [])
    await expect(storage.removePool('team')).rejects.toMatchObject({ code: 'failed' })
    const registry = await storage.loadRegistry()
    expect(registry.pools.map(({ name }) => name)).toEqual(['default', 'team'])
    expect(registry.nodes).toEqual([node])
  })

  test('a secret is kept by its owner, replaced, and removed by null; of a node’s proxy it goes with the node', async () => {
    const storage = await openNew()
    const secrets = async () => (await storage.loadRegistry()).secrets
    const ofNode = { owner: proxySecretOwner('node-1'), sealed: Uint8Array.of(1, 2, 255) }
    const ofAll = { owner: 'global-proxy-password', sealed: Uint8Array.of(3) }
    await storage.insertNode(sampleNode(), [])
    await storage.saveSecret(ofNode.owner, Uint8Array.of(9))
    await storage.saveSecret(ofNode.owner, ofNode.sealed)
    await storage.saveSecret(ofAll.owner, ofAll.sealed)
    expect(await secrets()).toEqual([ofAll, ofNode])
    expect((await storage.loadPool('team')).secrets).toEqual([ofAll, ofNode])
    await storage.removeNode('node-1')
    expect(await secrets()).toEqual([ofAll])
    await storage.saveSecret(ofAll.owner, null)
    await storage.saveSecret(ofAll.owner, null)
    expect(await secrets()).toEqual([])
  })

  test('the password at a node’s proxy is stored, kept, replaced and removed with the node, all or nothing', async () => {
    const storage = await openNew()
    const owner = proxySecretOwner('node-1')
    const password = async () => (await storage.loadRegistry()).secrets.find((one) => one.owner === owner)?.sealed
    await storage.insertNode(sampleNode({ name: 'taken' }), [], Uint8Array.of(1))
    await storage.insertNode(sampleNode({ id: 'node-2', name: 'two' }), [], null)
    expect(await password()).toEqual(Uint8Array.of(1))
    const twin = sampleNode({ id: 'node-3', name: 'TAKEN' })
    await expect(storage.insertNode(twin, [], Uint8Array.of(3))).rejects.toMatchObject({ code: 'duplicate-name' })
    await storage.updateNode(sampleNode({ name: 'renamed' }), null)
    expect(await password()).toEqual(Uint8Array.of(1))
    await expect(storage.updateNode(sampleNode({ name: 'two' }), null, null)).rejects.toMatchObject({
      code: 'duplicate-name',
    })
    expect((await storage.loadRegistry()).secrets).toEqual([{ owner, sealed: Uint8Array.of(1) }])
    await storage.updateNode(sampleNode(), null, Uint8Array.of(2))
    expect(await password()).toEqual(Uint8Array.of(2))
    await storage.updateNode(sampleNode(), null, null)
    expect(await password()).toBeUndefined()
  })

  test('a secret goes with the settings it belonged to, or stays with them', async () => {
    const storage = await openNew()
    const kept = { owner: 'kept', sealed: Uint8Array.of(1) }
    await storage.saveSecret('old', Uint8Array.of(2))
    await storage.saveSecret(kept.owner, kept.sealed)
    await expect(storage.saveSettings({ broken: 10n }, ['old'])).rejects.toMatchObject({ code: 'failed' })
    expect((await storage.loadRegistry()).secrets).toHaveLength(2)
    await storage.saveSettings({ good: 1 }, ['old', 'never-there'])
    expect((await storage.loadRegistry()).secrets).toEqual([kept])
  })

  test('a client key name that differs only in case is refused', async () => {
    const storage = await openNew()
    await storage.insertClientKey(sampleClientKey({ id: 'a', name: 'Laptop' }))
    await expect(storage.insertClientKey(sampleClientKey({ id: 'b', name: 'LAPTOP' }))).rejects.toMatchObject({
      code: 'duplicate-name',
      message: 'There is already a client key named "Laptop"; choose another name.',
    })
  })

  test('several settings are saved together, or none of them', async () => {
    const storage = await openNew()
    await storage.saveSettings({ kept: 1 })
    await storage.saveSettings({ kept: 2, added: [1, null], text: 'x' })
    expect(await storage.loadSettings()).toEqual({ kept: 2, added: [1, null], text: 'x' })
    // No JSON can hold the last one.
    await expect(storage.saveSettings({ kept: 3, added: undefined, broken: 10n })).rejects.toMatchObject({
      code: 'failed',
    })
    expect(await storage.loadSettings()).toEqual({ kept: 2, added: [1, null], text: 'x' })
    await storage.saveSettings({ kept: undefined, added: undefined })
    expect(await storage.loadSettings()).toEqual({ text: 'x' })
    await storage.saveSettings({})
    expect(await storage.loadSettings()).toEqual({ text: 'x' })
  })

  test('settings keep any JSON value; saving undefined removes one', async () => {
    const storage = await openNew()
    const values = { text: 'x', number: 0.25, flag: false, nothing: null, list: [1, { deep: 'y' }] }
    for (const [name, value] of Object.entries(values)) await storage.saveSettings({ [name]: value })
    expect(await storage.loadSettings()).toEqual(values)
    await storage.saveSettings({ text: 'replaced' })
    await storage.saveSettings({ list: undefined })
    expect(await storage.loadSettings()).toEqual({ text: 'replaced', number: 0.25, flag: false, nothing: null })
  })

  test('a breaker is replaced by a later save; breakers of unknown nodes are left out', async () => {
    const storage = await openNew()
    await storage.insertNode(sampleNode(), [])
    await storage.saveBreakers([sampleBreaker(), sampleBreaker({ nodeId: 'gone' })])
    expect(await storage.loadBreakers()).toEqual([sampleBreaker()])
    const closed = sampleBreaker({ state: 'closed', openUntilMs: null, reopenings: 0, isolated: true })
    await storage.saveBreakers([closed])
    expect(await storage.loadBreakers()).toEqual([closed])
  })

  test('exchanges come back whole, newest first, at most as many as asked for', async () => {
    const storage = await openNew()
    const oldest = bareExchange({ id: 'oldest', startedAtMs: 1 })
    const middle = sampleExchange({ id: 'middle', startedAtMs: 2 })
    const sameTime = sampleExchange({ id: 'same-time', startedAtMs: 2, usage: null })
    const newest = sampleExchange({ id: 'newest', startedAtMs: 3 })
    await storage.writeLedger({ exchanges: [newest, oldest, middle, sameTime], decisions: [] })
    expect(await storage.recentExchanges(10)).toEqual([newest, sameTime, middle, oldest])
    expect(await storage.recentExchanges(2)).toEqual([newest, sameTime])
    expect(await storage.recentExchanges(0)).toEqual([])
    expect(await storage.recentExchanges(-1)).toEqual([])
  })

  test('decisions come back newest first, at most as many as asked for', async () => {
    const storage = await openNew()
    const older = sampleDecision({ id: 'older', atMs: 1, nodeId: null, exchangeId: null })
    const newer = sampleDecision({ id: 'newer', atMs: 2 })
    await storage.writeLedger({ exchanges: [], decisions: [newer, older] })
    expect(await storage.recentDecisions(10)).toEqual([newer, older])
    expect(await storage.recentDecisions(1)).toEqual([newer])
  })

  test('a batch that is sent again, alone or within a larger one, changes nothing that is there', async () => {
    const storage = await openNew()
    const batch = { exchanges: [sampleExchange()], decisions: [sampleDecision()] }
    await storage.writeLedger(batch)
    await storage.writeLedger(batch)
    const another = sampleExchange({ id: 'exchange-2', startedAtMs: 1 })
    await storage.writeLedger({ exchanges: [...batch.exchanges, another], decisions: batch.decisions })
    await storage.writeLedger({ exchanges: [sampleExchange({ outcome: 'failed' })], decisions: [] })
    expect(await storage.recentExchanges(10)).toEqual([sampleExchange(), another])
    expect(await storage.recentDecisions(10)).toEqual([sampleDecision()])
  })

  test('a batch with a record the database refuses is refused whole', async () => {
    const storage = await openNew()
    const broken = sampleExchange({ id: 'broken', totalMs: Number.NaN })
    const batch = { exchanges: [sampleExchange({ id: 'good' }), broken], decisions: [sampleDecision()] }
    await expect(storage.writeLedger(batch)).rejects.toMatchObject({ code: 'failed' })
    expect(await storage.recentExchanges(10)).toEqual([])
    expect(await storage.recentDecisions(10)).toEqual([])
  })

  test('what was written is there after closing and opening again', async () => {
    const directory = await temporaryDirectory()
    const first = await open(directory)
    await first.insertNode(sampleNode(), [sampleKey()])
    await first.insertClientKey(sampleClientKey())
    await first.saveSettings({ a: 1 })
    await first.saveBreakers([sampleBreaker()])
    await first.writeLedger({ exchanges: [sampleExchange()], decisions: [sampleDecision()] })
    const before = await first.loadRegistry()
    await first.close()

    const second = await open(directory)
    onTestFinished(() => second.close())
    expect(await second.loadRegistry()).toEqual(before)
    expect(await second.loadSettings()).toEqual({ a: 1 })
    expect(await second.loadBreakers()).toEqual([sampleBreaker()])
    expect(await second.recentExchanges(1)).toEqual([sampleExchange()])
    expect(await second.recentDecisions(1)).toEqual([sampleDecision()])
  })

  test('closing finishes what was called before and refuses what is called later', async () => {
    const directory = await temporaryDirectory()
    const storage = await open(directory)
    const written = storage.saveSettings({ last: true })
    const closed = storage.close()
    const late = storage.saveSettings({ late: true })
    const lateRead = storage.loadSettings()
    await expect(late).rejects.toMatchObject({ code: 'closed' })
    await expect(lateRead).rejects.toBeInstanceOf(StorageError)
    await written
    await closed
    await storage.close()

    const again = await open(directory)
    onTestFinished(() => again.close())
    expect(await again.loadSettings()).toEqual({ last: true })
  })
}
