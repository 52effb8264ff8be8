// Every change of the control plane with the database gone at each of its writes: refused with its typed error, nothing
// half done on the disk or in force, and nothing in the way of doing it again.
import { expect, test } from 'vitest'
import { type Storage, StorageError } from '../../src/storage/storage.ts'
import { createFaultyStorage, type FaultyStorage, openTestHost, type TestHost } from './open-test-host.ts'

const proxied = { proxy: 'http://proxy.example:8080', proxyUser: 'me', proxyPassword: 'the-proxy-password' }

type Client = TestHost['client']
const changes: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  'a node': ({ nodes }) =>
    nodes.create({ name: 'new', baseUrl: 'https://new.example', keys: [{ secret: 'sk-new-1' }] }),
  'a node with a password at its proxy': ({ nodes }) =>
    nodes.create({ name: 'new', baseUrl: 'https://new.example', ...proxied }),
  'another origin': ({ nodes }) => nodes.update({ ref: 'relay', baseUrl: 'https://elsewhere.example' }),
  'another proxy': ({ nodes }) => nodes.update({ ref: 'relay', proxy: 'http://other.example:1' }),
  'another proxy with its password': ({ nodes }) =>
    nodes.update({ ref: 'relay', proxy: 'http://other.example:1', proxyPassword: 'the-other-password' }),
  'another password at the proxy': ({ nodes }) => nodes.update({ ref: 'relay', proxyPassword: 'the-other-password' }),
  'no password at the proxy': ({ nodes }) => nodes.update({ ref: 'relay', proxyPassword: null }),
  'a node less': ({ nodes }) => nodes.remove({ ref: 'relay' }),
  'a key': ({ nodes }) => nodes.keys.add({ ref: 'relay', secret: 'sk-new-2' }),
  'a key elsewhere in the order': ({ nodes }) => nodes.keys.update({ ref: 'relay', key: 'key-2', position: 1 }),
  'a key less': ({ nodes }) => nodes.keys.remove({ ref: 'relay', key: 'key-1' }),
  'a pool': ({ pools }) => pools.create({ name: 'new' }),
  'a pool less': ({ pools }) => pools.remove({ name: 'empty' }),
  'a client key': ({ clientKeys }) => clientKeys.create({ name: 'new' }),
  'a client key with a limit': ({ clientKeys }) => clientKeys.update({ ref: 'laptop', models: ['claude-*'] }),
  'a client key less': ({ clientKeys }) => clientKeys.revoke({ ref: 'laptop' }),
  'several settings': ({ settings }) => settings.set({ values: { parkMs: 61_000, debug: true } }),
  'another global proxy': ({ settings }) => settings.set({ values: { globalProxyUrl: 'http://other.example:1' } }),
  'no global proxy': ({ settings }) => settings.set({ values: { globalProxyMode: 'none', globalProxyUser: '' } }),
  'a setting at its default': ({ settings }) => settings.reset({ name: 'globalProxyUser' }),
  'another password at the global proxy': ({ settings }) =>
    settings.setSecret({ name: 'global-proxy-password', value: 'the-other-password' }),
  'a new data key': ({ vault }) => vault.rotate(),
}

test.each(Object.entries(changes))('%s: all of it or nothing', async (_what, change) => {
  for (let failing = 1; ; failing += 1) {
    const storage = failingStorage()
    const host = await filledHost(storage)
    const before = await stateOf(host)
    storage.failAt(failing)
    const outcome = await change(host.client).then(
      () => null,
      (error: unknown) => error,
    )
    if (!storage.hasFailed()) {
      expect(outcome).toBeNull()
      expect(failing).toBeGreaterThan(1)
      break
    }
    expect(outcome).toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
    expect(await stateOf(host)).toEqual(before)
    await change(host.client)
  }
})

async function filledHost(storage: FaultyStorage): Promise<TestHost> {
  const host = await openTestHost({}, storage)
  const { nodes, pools, clientKeys, settings } = host.client
  const keys = [{ secret: 'sk-secret-1' }, { secret: 'sk-secret-2' }]
  await nodes.create({ name: 'relay', baseUrl: 'https://relay.example', keys, ...proxied })
  await pools.create({ name: 'empty' })
  await clientKeys.create({ name: 'laptop' })
  const globalProxyUrl = 'http://global.example:8080'
  await settings.set({ values: { globalProxyMode: 'custom', globalProxyUrl, globalProxyUser: 'me' } })
  await settings.setSecret({ name: 'global-proxy-password', value: 'the-global-password' })
  return host
}

/** On the disk, in force and as it is shown; sealed values by what they open to, for a new data key changes nothing else. */
async function stateOf({ client, engine, storage }: TestHost): Promise<object> {
  const { keys, secrets, ...stored } = await storage.opened().loadRegistry()
  return {
    ...stored,
    keys: keys.map(({ sealed: _, ...key }) => key),
    secrets: secrets.map(({ owner }) => owner),
    settings: await storage.opened().loadSettings(),
    inForce: engine.snapshot(),
    proxy: engine.options().globalProxy(new URL('https://somewhere.example')),
    shown: [await client.settings.list(), await client.nodes.list(), await client.vault.status()],
  }
}

const READS_AND_RECORDS = /^(load|recent|close|writeLedger|saveBreakers)/

type FailingStorage = FaultyStorage & {
  /** The call of that number from now on that changes something is refused. */
  readonly failAt: (number: number) => void
  readonly hasFailed: () => boolean
}

function failingStorage(): FailingStorage {
  let calls = 0
  let fault: number | null = null
  let hasFailed = false
  const faulty = createFaultyStorage()
  return {
    ...faulty,
    open: async (options): Promise<Storage> =>
      new Proxy(await faulty.open(options), {
        get: (target, name, receiver) => {
          if (fault !== null && !READS_AND_RECORDS.test(String(name))) {
            calls += 1
            if (calls === fault) {
              hasFailed = true
              return () => Promise.reject(new StorageError('full', 'The database is full.'))
            }
          }
          return Reflect.get(target, name, receiver) as unknown
        },
      }),
    failAt: (number) => {
      calls = 0
      fault = number
    },
    hasFailed: () => hasFailed,
  }
}
