// The registry as the engine gets it: keys opened, and one bad key never in the way of the rest.
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDemoOverlay } from '../../src/host/demo/demo-overlay.ts'
import { createRegistrySource } from '../../src/host/registry-source.ts'
import { createRedactor } from '../../src/shared/redact.ts'
import { StorageError, type StoredRegistry } from '../../src/storage/storage.ts'
import { sampleKey, sampleNode } from '../storage/samples.ts'
import { openTestHost, temporaryDirectory } from './open-test-host.ts'

const secrets = new Map([
  [1, 'secret-one'],
  [2, 'secret-two'],
])

function setUp(stored: Partial<StoredRegistry>) {
  const logged: string[] = []
  const known = createRedactor()
  const full: StoredRegistry = { nodes: [], keys: [], secrets: [], pools: [], clientKeys: [], ...stored }
  let failure: StorageError | null = null
  const source = createRegistrySource({
    storage: {
      loadRegistry: () => (failure === null ? Promise.resolve(full) : Promise.reject(failure)),
      loadPool: () => Promise.resolve(full),
    },
    vault: {
      open: (sealed) => {
        const secret = secrets.get(sealed[0] ?? 0)
        if (secret === undefined) throw new Error('The stored key cannot be opened; enter it anew.')
        return secret
      },
      standing: () => ({ protection: 'key-file', state: 'open', why: null }),
      renewIfUnused: () => Promise.resolve(),
    },
    demo: createDemoOverlay({ mode: 'off', wallMs: () => 0 }),
    secrets: known,
    log: (level, tag, message, fields) => logged.push(`${level} [${tag}] ${message} ${JSON.stringify(fields)}`),
  })
  return {
    source,
    logged,
    known,
    fail: (error: StorageError | null) => {
      failure = error
    },
  }
}

const node = sampleNode({ id: 'node-1', name: 'relay' })
const keys = [
  sampleKey({ id: 'good', label: 'good', sealed: Uint8Array.of(1) }),
  sampleKey({ id: 'bad', label: 'bad', sealed: Uint8Array.of(9) }),
  sampleKey({ id: 'off', label: 'off', sealed: Uint8Array.of(2), enabled: false }),
]
const opened = {
  node,
  keys: [{ id: 'good', label: 'good', secret: 'secret-one' }],
  keysWithheld: false,
  proxyPassword: null,
}

test('enabled keys are opened in their order, the others are left out', async () => {
  const { source, known } = setUp({ nodes: [node], keys })
  const { nodes } = await source.load()
  expect(nodes).toEqual([opened])
  expect(known.redact('secret-one secret-two')).toBe('[redacted] secret-two')
})

test('a key that cannot be opened is logged once, by node and label, and remembered with the reason', async () => {
  const { source, logged } = setUp({ nodes: [node], keys })
  await source.load()
  await source.load()
  expect(logged).toEqual([
    'error [vault] The key "bad" of node "relay" is left out. The stored key cannot be opened; enter it anew. {"nodeId":"node-1","keyId":"bad"}',
  ])
  expect([...source.latest().unreadableKeys]).toEqual([['bad', 'The stored key cannot be opened; enter it anew.']])
})

test('a load that fails keeps what was known and says why until one succeeds', async () => {
  const { source, fail } = setUp({ nodes: [node], keys })
  await source.load()
  fail(new StorageError('busy', 'The database is locked.'))
  await expect(source.load()).rejects.toMatchObject({ code: 'busy' })
  expect(source.latest()).toMatchObject({ stored: { nodes: [node] }, failure: 'The database is locked.' })
  fail(null)
  await source.load()
  expect(source.latest().failure).toBeNull()
})

test('the nodes of one pool come with their keys', async () => {
  const { source } = setUp({ nodes: [node], keys })
  expect(await source.loadPool('default')).toEqual([opened])
})

test('a node whose keys are disabled or cannot be opened is told apart from one that needs none', async () => {
  for (const own of [keys.slice(1), keys.slice(1, 2), keys.slice(2)]) {
    const { nodes } = await setUp({ nodes: [node], keys: own }).source.load()
    expect(nodes).toMatchObject([{ keys: [], keysWithheld: true }])
  }
  expect((await setUp({ nodes: [node] }).source.load()).nodes).toMatchObject([{ keys: [], keysWithheld: false }])
})

test("the password of a node's proxy comes with it; one that cannot be opened is left out, and logged once", async () => {
  const { source, known } = setUp({ nodes: [node], secrets: [{ owner: 'proxy:node-1', sealed: Uint8Array.of(2) }] })
  expect((await source.load()).nodes).toMatchObject([{ proxyPassword: 'secret-two' }])
  expect(known.redact('secret-two')).toBe('[redacted]')
  const damaged = setUp({ nodes: [node], secrets: [{ owner: 'proxy:node-1', sealed: Uint8Array.of(9) }] })
  await damaged.source.load()
  expect((await damaged.source.load()).nodes).toMatchObject([{ proxyPassword: null }])
  expect(damaged.logged).toHaveLength(1)
})

test('with another key file the node stays, without keys, and its view says what to do', async () => {
  const directory = await temporaryDirectory()
  const first = await openTestHost({ dataDirectory: directory })
  await first.client.nodes.create({
    name: 'relay',
    baseUrl: 'https://relay.example',
    keys: [{ secret: 'sk-first-secret' }],
  })
  await first.host.stop()

  const otherDirectory = await temporaryDirectory()
  const other = await openTestHost({ dataDirectory: otherDirectory })
  await other.host.stop()
  await rm(join(directory, 'vault.key'))
  await copyFile(join(otherDirectory, 'vault.key'), join(directory, 'vault.key'))

  const second = await openTestHost({ dataDirectory: directory })
  expect(second.engine.snapshot().nodes).toMatchObject([{ node: { name: 'relay' }, keys: [] }])
  const view = await second.client.nodes.get({ ref: 'relay' })
  expect(view.keys).toMatchObject([
    { label: 'key-1', standing: 'unreadable', asideReason: expect.stringContaining('opens none') },
  ])
  // Once, for all keys.
  expect(second.logText().match(/The vault is damaged/g)).toHaveLength(1)
  expect(second.logText()).not.toContain('sk-first-secret')
})
