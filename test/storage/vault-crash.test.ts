// A crash at every step of every change of the vault: the next start opens it, with everything in it.
import { expect, test } from 'vitest'
import type { Vault } from '../../src/storage/secrets/vault.ts'
import { VaultError } from '../../src/storage/secrets/vault.ts'
import { startFixture } from './start-fixture.ts'
import { breaking } from './vault-breaking.ts'
import { readSecrets, SECRETS, storeSecrets, type VaultWorld, vaultWorld } from './vault-world.ts'

const OLD = 'the old passphrase'
const NEW = 'the new passphrase'

type Change = {
  readonly name: string
  readonly passphrase: string | null
  readonly act: (vault: Vault, exported: string) => Promise<unknown>
  /** Before the change. */
  readonly prepare?: (world: VaultWorld) => Promise<void>
}

const changes: readonly Change[] = [
  { name: 'rotate behind a key file', passphrase: null, act: (vault) => vault.rotate() },
  { name: 'rotate behind a passphrase', passphrase: OLD, act: (vault) => vault.rotate() },
  {
    name: 'key file → passphrase',
    passphrase: null,
    act: (vault) => vault.protect({ protection: 'passphrase', passphrase: NEW }),
  },
  { name: 'passphrase → key file', passphrase: OLD, act: (vault) => vault.protect({ protection: 'key-file' }) },
  {
    name: 'passphrase → another one',
    passphrase: OLD,
    act: (vault) => vault.protect({ protection: 'passphrase', passphrase: NEW }),
  },
]

/** Steps in a process that goes on: after its end every further step fails too, so nothing is tidied up. */
class Killed extends Error {}

async function killAt(
  world: VaultWorld,
  change: Change,
  at: { step: number; when: 'before' | 'after' },
): Promise<boolean> {
  let isDead = false
  let isArmed = false
  let first = 0
  const broken = breaking(world.storage, (step, when) => {
    if (!isArmed) return
    if (step - first === at.step && when === at.when) isDead = true
    if (isDead) throw new Killed()
  })
  const vault = await world.open({ disk: broken.disk, database: broken.database, passphrase: change.passphrase })
  isArmed = true
  first = broken.steps()
  try {
    await change.act(vault, '')
    return isDead
  } catch (error) {
    if (isDead) return true
    throw error
  }
}

/** As a daemon would: it starts, and somebody types the passphrase if it is locked. */
async function openAgain(world: VaultWorld): Promise<Vault> {
  const vault = await world.open()
  if (vault.standing().state !== 'locked') return vault
  try {
    await vault.unlock(NEW)
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== 'wrong-passphrase') throw error
    await vault.unlock(OLD)
  }
  return vault
}

async function expectWhole(world: VaultWorld): Promise<void> {
  const vault = await openAgain(world)
  expect(vault.standing()).toMatchObject({ state: 'open' })
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  // One file, and it is the one that the protection names: no bare key beside a passphrase.
  expect(await world.files()).toEqual([vault.standing().protection === 'key-file' ? 'vault.key' : 'vault.json'])
  // And it can be changed again.
  expect(await vault.rotate()).toBe(Object.keys(SECRETS).length)
  expect(await readSecrets(await openAgain(world), world.storage)).toEqual(SECRETS)
}

test.each(changes)('$name: killed before and after every step', async (change) => {
  let kills = 0
  for (const when of ['before', 'after'] as const) {
    for (let step = 1; ; step += 1) {
      const world = await vaultWorld()
      const vault = await world.open({ passphrase: change.passphrase })
      await storeSecrets(vault, world.storage)
      const wasKilled = await killAt(world, change, { step, when })
      await expectWhole(world)
      if (!wasKilled) break
      kills += 1
    }
  }
  expect(kills).toBeGreaterThanOrEqual(2)
})

test('an import that is killed before and after every step can be done again', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let step = 1; ; step += 1) {
      const world = await vaultWorld()
      const vault = await world.open({ passphrase: OLD })
      await storeSecrets(vault, world.storage)
      const exported = await vault.exportAs(NEW)
      const change = { name: 'import', passphrase: null, act: (locked: Vault) => locked.importFrom(exported, NEW) }
      const wasKilled = await killAt(world, change, { step, when })
      const after = await world.open()
      if (after.standing().state !== 'open') await after.importFrom(exported, NEW)
      expect(await readSecrets(after, world.storage)).toEqual(SECRETS)
      if (!wasKilled) break
    }
  }
})

test('kill -9 of a real process at every step of a rotation', { timeout: 60_000 }, async () => {
  let kills = 0
  for (const when of ['before', 'after'] as const) {
    for (let step = 1; ; step += 1) {
      const world = await vaultWorld()
      await storeSecrets(await world.open(), world.storage)
      const child = startFixture('rotate-vault.ts', world.directory, String(step), when)
      const isDone = await child.nextLine().then(
        (line) => line === 'done',
        () => false,
      )
      await child.kill()
      await expectWhole(world)
      if (isDone) break
      kills += 1
    }
  }
  expect(kills).toBeGreaterThanOrEqual(6)
})
