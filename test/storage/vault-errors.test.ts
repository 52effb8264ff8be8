// An error at every step of every change of the vault, in a process that goes on: nothing that is sealed is ever lost.
import { rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Vault } from '../../src/storage/secrets/vault.ts'
import { VaultError } from '../../src/storage/secrets/vault.ts'
import { realDisk } from '../../src/storage/secrets/vault-files.ts'
import { StorageError } from '../../src/storage/storage.ts'
import { containing } from './containing.ts'
import { breaking } from './vault-breaking.ts'
import { readSecrets, SECRETS, storeSecrets, type VaultWorld, vaultWorld } from './vault-world.ts'

const OLD = 'the old passphrase'
const NEW = 'the new passphrase'

type Change = {
  readonly name: string
  readonly passphrase: string | null
  /** How many times it writes. */
  readonly steps: number
  readonly act: (vault: Vault) => Promise<unknown>
}

const changes: readonly Change[] = [
  { name: 'rotate behind a key file', passphrase: null, steps: 4, act: (vault) => vault.rotate() },
  { name: 'rotate behind a passphrase', passphrase: OLD, steps: 4, act: (vault) => vault.rotate() },
  {
    name: 'key file → key file',
    passphrase: null,
    steps: 0,
    act: (vault) => vault.protect({ protection: 'key-file' }),
  },
  {
    name: 'key file → passphrase',
    passphrase: null,
    steps: 2,
    act: (vault) => vault.protect({ protection: 'passphrase', passphrase: NEW }),
  },
  {
    name: 'passphrase → key file',
    passphrase: OLD,
    steps: 2,
    act: (vault) => vault.protect({ protection: 'key-file' }),
  },
  {
    name: 'passphrase → another one',
    passphrase: OLD,
    steps: 2,
    act: (vault) => vault.protect({ protection: 'passphrase', passphrase: NEW }),
  },
]

/** One step fails, once: `after` it happened, as when the directory could not be brought to the disk behind it. */
type Fault = { readonly step: number; readonly when: 'before' | 'after' }

/** False when the change has no such step. */
async function failAt(world: VaultWorld, change: Change, fault: Fault): Promise<{ vault: Vault; hasFailed: boolean }> {
  let first = Number.POSITIVE_INFINITY
  let isOver = false
  let hasFailed = false
  const broken = breaking(world.storage, (step, when, name) => {
    if (isOver || hasFailed || step - first !== fault.step || when !== fault.when) return
    hasFailed = true
    if (name === 'replaceSealed' || name === 'saveSecret')
      throw new StorageError('busy', 'The database did not answer.')
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
  })
  const vault = await world.open({ disk: broken.disk, database: broken.database, passphrase: change.passphrase })
  first = broken.steps()
  await change.act(vault).catch((error: unknown) => {
    if (!(error instanceof VaultError || error instanceof StorageError)) throw error
  })
  isOver = true
  return { vault, hasFailed }
}

async function openAgain(world: VaultWorld): Promise<Vault> {
  const vault = await world.open()
  for (const passphrase of [NEW, OLD]) {
    if (vault.standing().state === 'locked') await vault.unlock(passphrase).catch(() => undefined)
  }
  return vault
}

const afterwards = ['goes on', 'starts anew'] as const

test.each(changes)('$name: an error before and after every step', async (change) => {
  const steps = new Set<number>()
  for (const when of ['before', 'after'] as const) {
    for (const afterFault of afterwards) {
      for (let step = 1; ; step += 1) {
        const world = await vaultWorld()
        await storeSecrets(await world.open({ passphrase: change.passphrase }), world.storage)
        const { vault, hasFailed } = await failAt(world, change, { step, when })
        expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
        // What is sealed from now on opens too, whatever comes next.
        await world.storage.saveSecret('global-proxy-password', vault.seal('sealed since', 'global-proxy-password'))
        const expected = { ...SECRETS, 'global-proxy-password': 'sealed since' }
        if (afterFault === 'goes on') {
          expect(await readSecrets(vault, world.storage)).toEqual(expected)
          await change.act(vault)
          expect(await readSecrets(vault, world.storage)).toEqual(expected)
          vault.close()
        }
        expect(await readSecrets(await openAgain(world), world.storage), `${when} ${step}`).toEqual(expected)
        if (!hasFailed) break
        steps.add(step)
      }
    }
  }
  expect(steps.size).toBe(change.steps)
})

test('a node that is stored with its keys as they were read before a rotation keeps them readable', async () => {
  const world = await vaultWorld()
  const vault = await world.open()
  await storeSecrets(vault, world.storage)
  const { nodes, keys } = await world.storage.loadRegistry()
  await vault.rotate()
  for (const node of nodes) {
    const own = keys.find(({ nodeId }) => nodeId === node.id)
    if (own !== undefined) await world.storage.updateNode(node, [{ ...own, label: 'renamed' }])
  }
  expect((await world.storage.loadRegistry()).keys).toMatchObject(keys.map(() => ({ label: 'renamed' })))
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('a vault.json that nobody can read is kept under another name when a key file is chosen', async () => {
  const world = await vaultWorld()
  const before = await world.open()
  await storeSecrets(before, world.storage)
  await writeFile(join(world.directory, 'vault.json'), 'of a newer Switchyard, perhaps')
  const vault = await world.open()
  await vault.protect({ protection: 'key-file' })
  expect(await world.files()).toEqual(['vault.json.aside-', 'vault.key'].map((name) => containing(name)))
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('the second key of a broken-off rotation is left alone while it cannot be read and may be needed', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  const disk = { ...realDisk, rename: () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })) }
  await expect((await world.open({ disk })).rotate()).rejects.toMatchObject({ code: 'file-unusable' })
  const next = join(world.directory, 'vault.key.next')
  await rename(next, join(world.directory, 'elsewhere'))
  await symlink('elsewhere', next)
  expect((await world.open()).standing().state).toBe('damaged')
  expect(await world.files()).toEqual(['vault.key', 'vault.key.next'])
  await rename(join(world.directory, 'elsewhere'), next)
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
  expect(await world.files()).toEqual(['vault.key'])
})
