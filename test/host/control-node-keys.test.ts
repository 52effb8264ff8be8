// The keys of a node through the control plane: added, renamed, reordered, disabled, removed; in force when the call returns.
import { expect, test } from 'vitest'
import { openTestHost, refusal, type TestHost } from './open-test-host.ts'

const secretOf = (name: string): string => `sk-secret-of-the-key-${name}`

/** A node with the keys a, b and c. */
async function withKeys(...names: readonly string[]): Promise<TestHost> {
  const host = await openTestHost()
  const keys = names.map((name) => ({ label: name, secret: secretOf(name) }))
  await host.client.nodes.create({ name: 'relay', baseUrl: 'https://relay.example', keys })
  return host
}

/** As the engine would try them. */
function inForce(host: TestHost): readonly string[] {
  return host.engine.snapshot().nodes.flatMap(({ keys }) => keys.map(({ label }) => label))
}

async function idOf(host: TestHost, label: string): Promise<string | undefined> {
  const { keys } = await host.client.nodes.get({ ref: 'relay' })
  return keys.find((key) => key.label === label)?.id
}

test('an added key is the last that is tried, and is shown by its end', async () => {
  const host = await withKeys('a')
  const view = await host.client.nodes.keys.add({ ref: 'relay', label: 'b', secret: secretOf('b') })
  expect(view.keys).toMatchObject([{ label: 'a' }, { label: 'b', last4: 'ey-b', enabled: true, standing: 'usable' }])
  expect(host.engine.snapshot().nodes[0]?.keys[1]).toMatchObject({ label: 'b', secret: secretOf('b') })
  const shown = JSON.stringify([view, await host.client.decisions.recent({})]) + host.logText()
  expect(shown).not.toContain(secretOf('b'))
})

test('a label that is left out is the next free one', async () => {
  const host = await withKeys('key-2')
  const { keys } = await host.client.nodes.keys.add({ ref: 'relay', secret: secretOf('x') })
  expect(keys.map(({ label }) => label)).toEqual(['key-2', 'key-3'])
  const other = await host.client.nodes.create({
    name: 'other',
    baseUrl: 'https://other.example',
    keys: [{ secret: secretOf('1') }, { label: 'Key-1', secret: secretOf('2') }, { secret: secretOf('3') }],
  })
  expect(other.keys.map(({ label }) => label)).toEqual(['key-2', 'Key-1', 'key-3'])
})

test('a label is taken once in its node, whatever its case', async () => {
  const host = await withKeys('a', 'b')
  const taken = { code: 'DUPLICATE_NAME', sentence: 'node-key-label-taken' }
  expect(await refusal(host.client.nodes.keys.add({ ref: 'relay', label: 'A', secret: secretOf('x') }))).toMatchObject(
    taken,
  )
  expect(await refusal(host.client.nodes.keys.update({ ref: 'relay', key: 'b', label: 'A' }))).toMatchObject(taken)
  const same = await host.client.nodes.keys.update({ ref: 'relay', key: 'b', label: 'B' })
  expect(same.keys.map(({ label }) => label)).toEqual(['a', 'B'])
})

test('a key that the node has is not taken again, also while it is disabled', async () => {
  const host = await withKeys('a')
  await host.client.nodes.keys.update({ ref: 'relay', key: 'a', enabled: false })
  const again = host.client.nodes.keys.add({ ref: 'relay', label: 'b', secret: secretOf('a') })
  expect(await refusal(again)).toMatchObject({ code: 'REFUSED', sentence: 'node-key-twice' })
  const keys = [{ secret: secretOf('x') }, { secret: secretOf('x') }]
  const created = host.client.nodes.create({ name: 'other', baseUrl: 'https://other.example', keys })
  expect(await refusal(created)).toMatchObject({ sentence: 'node-key-twice' })
  // Another node may well have it.
  await host.client.nodes.create({ name: 'other', baseUrl: 'https://b.example', keys: [{ secret: secretOf('a') }] })
})

test('a node takes a hundred keys and no more', async () => {
  const host = await withKeys(...Array.from({ length: 100 }, (_, index) => `k${index}`))
  const more = host.client.nodes.keys.add({ ref: 'relay', secret: secretOf('x') })
  expect(await refusal(more)).toMatchObject({ code: 'REFUSED', sentence: 'node-keys-full' })
})

test('a renamed and moved key keeps its id, and with it what the engine knows of it', async () => {
  const host = await withKeys('a', 'b', 'c')
  const id = await idOf(host, 'c')
  await host.client.nodes.keys.update({ ref: 'relay', key: 'c', label: 'first', position: 1 })
  expect(inForce(host)).toEqual(['first', 'a', 'b'])
  expect(await idOf(host, 'first')).toBe(id)
  expect(host.engine.snapshot().nodes[0]?.keys[0]).toEqual({ id, label: 'first', secret: secretOf('c') })
  const [decision] = await host.client.decisions.recent({ limit: 1 })
  expect(decision).toMatchObject({
    kind: 'node-changed',
    text: 'The key c (…ey-c) of the node relay was changed: label c → first, position 3 → 1.',
  })
})

test.each([
  ['a', 2, ['b', 'a', 'c']],
  ['a', 3, ['b', 'c', 'a']],
  ['a', 100, ['b', 'c', 'a']],
  ['b', 1, ['b', 'a', 'c']],
  ['b', 2, ['a', 'b', 'c']],
])('the key %s at position %i: %j', async (key, position, order) => {
  const host = await withKeys('a', 'b', 'c')
  await host.client.nodes.keys.update({ ref: 'relay', key, position })
  expect(inForce(host)).toEqual(order)
})

test('a disabled key is not used, and says so; enabled again it is', async () => {
  const host = await withKeys('a', 'b')
  const view = await host.client.nodes.keys.update({ ref: 'relay', key: 'a', enabled: false })
  expect(view.keys).toMatchObject([{ label: 'a', enabled: false, standing: 'disabled' }, { standing: 'usable' }])
  expect(inForce(host)).toEqual(['b'])
  await host.client.nodes.keys.update({ ref: 'relay', key: 'a', enabled: true })
  expect(inForce(host)).toEqual(['a', 'b'])
})

test('a node whose keys are all disabled is not asked without one', async () => {
  const host = await withKeys('a')
  await host.client.nodes.keys.update({ ref: 'relay', key: 'a', enabled: false })
  expect(host.engine.snapshot().nodes).toMatchObject([{ keys: [], keysWithheld: true }])
})

test('a removed key is gone; the last one leaves a node that needs none', async () => {
  const host = await withKeys('a', 'b')
  const view = await host.client.nodes.keys.remove({ ref: 'relay', key: 'A' })
  expect(view.keys.map(({ label }) => label)).toEqual(['b'])
  await host.client.nodes.keys.remove({ ref: 'relay', key: view.keys[0]?.id ?? '' })
  expect(host.engine.snapshot().nodes).toMatchObject([{ keys: [], keysWithheld: false }])
  const [decision] = await host.client.decisions.recent({ limit: 1 })
  expect(decision?.text).toContain('requests go there without a key')
})

test('a key that is not there is answered with near labels', async () => {
  const host = await withKeys('main', 'spare')
  const near = await refusal(host.client.nodes.keys.remove({ ref: 'relay', key: 'mian' }))
  expect(near).toEqual({
    code: 'NOT_FOUND',
    sentence: 'node-key-unknown-far',
    text: 'The node has no key "mian". Its keys: main, spare.',
  })
  const other = host.client.nodes.keys.update({ ref: 'relay', key: 'spar', enabled: false })
  expect(await refusal(other)).toMatchObject({ sentence: 'node-key-unknown-near' })
})

test('two changes of keys at once are both kept', async () => {
  const host = await withKeys('a', 'b')
  await Promise.all([
    host.client.nodes.keys.add({ ref: 'relay', label: 'c', secret: secretOf('c') }),
    host.client.nodes.keys.update({ ref: 'relay', key: 'b', position: 1 }),
    host.client.nodes.keys.remove({ ref: 'relay', key: 'a' }),
  ])
  expect(inForce(host)).toEqual(['b', 'c'])
})

test('a change after one that could not be read back builds on it', async () => {
  const host = await withKeys('a')
  host.storage.fail('busy', ['loadRegistry'])
  await expect(host.client.nodes.keys.add({ ref: 'relay', label: 'b', secret: secretOf('b') })).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('not in force yet'),
  })
  expect(await refusal(host.client.nodes.keys.add({ ref: 'relay', label: 'c', secret: secretOf('c') }))).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    sentence: 'not-readable-before-change',
  })
  host.storage.fail(null)
  await host.client.nodes.keys.add({ ref: 'relay', label: 'c', secret: secretOf('c') })
  expect(inForce(host)).toEqual(['a', 'b', 'c'])
})

test('the keys of a simulated node cannot be changed', async () => {
  const host = await openTestHost({ demo: 'always' })
  const added = host.client.nodes.keys.add({ ref: 'sim-a', secret: secretOf('x') })
  expect(await refusal(added)).toMatchObject({ code: 'REFUSED', sentence: 'node-simulated' })
})
