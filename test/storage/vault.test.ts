// The vault: what is sealed opens for its owner only, and what the vault needs is never replaced.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { tidyDataDirectory } from '../../src/storage/data-directory.ts'
import type { Vault } from '../../src/storage/secrets/vault.ts'
import { VaultError } from '../../src/storage/secrets/vault.ts'
import { containing } from './containing.ts'
import { runUnprivileged } from './run-unprivileged.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { damageSealed, readSecrets, SECRETS, storeSecrets, vaultWorld } from './vault-world.ts'

const SECRET = 'sk-ant-api03-Ωmega-密钥'

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

test('a secret comes back as it was sealed, also from a vault opened later', async () => {
  const world = await vaultWorld()
  const vault = await world.open()
  const sealed = vault.seal(SECRET, 'node-1')
  expect(vault.open(sealed, 'node-1')).toBe(SECRET)
  const later = await world.open()
  expect(later.open(sealed, 'node-1')).toBe(SECRET)
  expect(vault.open(vault.seal('', 'node-1'), 'node-1')).toBe('')
})

test('what is sealed does not show the secret, and the same secret never looks the same twice', async () => {
  const vault = await (await vaultWorld()).open()
  const first = vault.seal(SECRET, 'node-1')
  expect(Buffer.from(first).includes('sk-ant')).toBe(false)
  expect(first).not.toEqual(vault.seal(SECRET, 'node-1'))
  expect(first[0]).toBe(1)
  expect(first.buffer.byteLength).toBe(first.byteLength)
})

test.skipIf(process.platform === 'win32')(
  'a start makes every file of the vault private, and removes what a crash left half written',
  async () => {
    const world = await vaultWorld()
    const names = [
      'vault.key',
      'vault.json',
      'vault.key.next',
      'vault.json.next',
      'vault.key.aside-20260105T120000000Z',
    ]
    for (const name of names) await writeFile(join(world.directory, name), 'x', { mode: 0o644 })
    for (const name of ['.vault.json.0f.tmp', '.vault.key.next.0f.tmp'])
      await writeFile(join(world.directory, name), 'x')
    await tidyDataDirectory(world.directory)
    expect(await world.files()).toEqual(names.toSorted())
    for (const name of names) expect((await stat(join(world.directory, name))).mode & 0o777).toBe(0o600)
  },
)

test.each([
  ['node-1', 'node-2'],
  ['proxy:node-1', 'node-1'],
  ['node-1', 'proxy:node-1'],
  ['proxy:node-1', 'proxy:node-2'],
  ['global-proxy-password', 'proxy:node-1'],
])('what is sealed for %s does not open for %s', async (owner, other) => {
  const vault = await (await vaultWorld()).open()
  const error = thrownBy(() => vault.open(vault.seal(SECRET, owner), other))
  expect(error).toBeInstanceOf(VaultError)
  expect(error).toMatchObject({ code: 'not-readable', message: containing(other) })
})

test('a change of any single byte is noticed', async () => {
  const vault = await (await vaultWorld()).open()
  const sealed = vault.seal(SECRET, 'node-1')
  for (const [index, byte] of sealed.entries()) {
    const tampered = sealed.with(index, byte ^ 1)
    const code = index === 0 ? 'unknown-format' : 'not-readable'
    expect(thrownBy(() => vault.open(tampered, 'node-1'))).toMatchObject({ name: 'VaultError', code })
  }
})

test('what is cut short is refused', async () => {
  const vault = await (await vaultWorld()).open()
  const sealed = vault.seal(SECRET, 'node-1')
  for (const length of [1, 13, 28, sealed.length - 1]) {
    expect(thrownBy(() => vault.open(sealed.slice(0, length), 'node-1'))).toMatchObject({ code: 'not-readable' })
  }
  expect(thrownBy(() => vault.open(new Uint8Array(), 'node-1'))).toMatchObject({ code: 'unknown-format' })
})

test('the vault of another directory cannot open it', async () => {
  const vault = await (await vaultWorld()).open()
  const other = await (await vaultWorld()).open()
  expect(thrownBy(() => other.open(vault.seal(SECRET, 'node-1'), 'node-1'))).toMatchObject({ code: 'not-readable' })
})

test('a new vault is a key file of 32 bytes, 0600, with nothing beside it, and the database knows its key', async () => {
  const world = await vaultWorld()
  const vault = await world.open()
  const { mode, size } = await stat(join(world.directory, 'vault.key'))
  expect([mode & 0o777, size]).toEqual([0o600, 32])
  expect(await world.files()).toEqual(['vault.key'])
  expect(vault.standing()).toEqual({ protection: 'key-file', state: 'open', why: null })
  expect(await world.storage.loadVaultKeyId()).toMatch(/^[0-9a-f]{32}$/)
})

test('a directory of before there were key ids opens, and learns its id', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  forgetKeyId(world.directory)
  expect(await world.storage.loadVaultKeyId()).toBeNull()
  const vault = await world.open()
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  expect(await world.storage.loadVaultKeyId()).not.toBeNull()
})

test('a new vault with a passphrase at hand is protected by it from the start', async () => {
  const world = await vaultWorld()
  const vault = await world.open({ passphrase: 'a long passphrase' })
  expect(vault.standing()).toMatchObject({ protection: 'passphrase', state: 'open' })
  expect(await world.files()).toEqual(['vault.json'])
  expect((await stat(join(world.directory, 'vault.json'))).mode & 0o777).toBe(0o600)
  await storeSecrets(vault, world.storage)
  expect(await readSecrets(await world.open({ passphrase: 'a long passphrase' }), world.storage)).toEqual(SECRETS)
})

test('a key file others could read is made private when it is opened', async () => {
  const world = await vaultWorld()
  await world.open()
  await chmod(join(world.directory, 'vault.key'), 0o644)
  await world.open()
  expect((await stat(join(world.directory, 'vault.key'))).mode & 0o777).toBe(0o600)
})

test('a missing key file is never replaced while sealed secrets exist; its return opens everything', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await rename(join(world.directory, 'vault.key'), join(world.directory, 'elsewhere'))
  const vault = await world.open()
  expectDamaged(vault, 'vault-key-missing', join(world.directory, 'vault.key'))
  await vault.renewIfUnused()
  expect(await world.files()).toEqual([])
  await rename(join(world.directory, 'elsewhere'), join(world.directory, 'vault.key'))
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('a damaged vault seals nothing, so that two data keys never mix', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await rm(join(world.directory, 'vault.key'))
  const vault = await world.open()
  expect(thrownBy(() => vault.seal(SECRET, 'node-1'))).toMatchObject({ code: 'damaged' })
  expect(thrownBy(() => vault.open(new Uint8Array(40), 'node-1'))).toMatchObject({ code: 'damaged' })
  await expect(vault.rotate()).rejects.toMatchObject({ code: 'damaged' })
  await expect(vault.exportAs('a long passphrase')).rejects.toMatchObject({ code: 'damaged' })
  await expect(vault.protect({ protection: 'key-file' })).rejects.toMatchObject({ code: 'damaged' })
  await expect(vault.unlock('a long passphrase')).rejects.toMatchObject({ code: 'damaged' })
  expect(await world.files()).toEqual([])
})

test('once nothing is sealed any more, a damaged vault gets a new key; what was there is kept under another name', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await truncate(join(world.directory, 'vault.key'), 9)
  const vault = await world.open()
  expectDamaged(vault, 'vault-key-wrong-length', '9 bytes long instead of 32')
  await removeSecrets(world.storage)
  await vault.renewIfUnused()
  expect(vault.standing()).toMatchObject({ state: 'open' })
  await storeSecrets(vault, world.storage)
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
  const files = await world.files()
  expect(files).toEqual(['vault.key', containing('vault.key.aside-')])
  expect((await stat(join(world.directory, files[1] ?? ''))).size).toBe(9)
})

test('a start on a damaged key file with nothing sealed makes a new key at once', async () => {
  const world = await vaultWorld()
  await writeFile(join(world.directory, 'vault.key'), 'too short')
  expect((await world.open()).standing()).toMatchObject({ state: 'open' })
  expect(await world.files()).toEqual(['vault.key', containing('vault.key.aside-')])
})

test('the key file of another database is a damaged vault and not used for anything', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  const other = await vaultWorld()
  await other.open()
  await writeFile(join(world.directory, 'vault.key'), await readFile(join(other.directory, 'vault.key')))
  for (const isRecorded of [true, false]) {
    if (!isRecorded) forgetKeyId(world.directory)
    const vault = await world.open()
    expectDamaged(vault, 'vault-key-foreign', 'belongs to another database')
    expect(thrownBy(() => vault.seal(SECRET, 'node-1'))).toMatchObject({ code: 'damaged' })
  }
  expect(await world.storage.loadVaultKeyId()).toBeNull()
})

test('one damaged value does not take the others down, nor the vault', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await damageSealed(world.storage, ['key-node-a', 'key-node-b'])
  const vault = await world.open()
  expect(vault.standing().state).toBe('open')
  expect(await readSecrets(vault, world.storage)).toEqual({
    ...SECRETS,
    'node-a': 'not-readable',
    'node-b': 'not-readable',
  })
})

test('when every value is damaged, the id in the database still says that the key is right', async () => {
  const world = await vaultWorld()
  const vault = await world.open()
  await world.storage.saveSecret('global-proxy-password', vault.seal(SECRET, 'x').with(30, 0))
  expect((await world.open()).standing().state).toBe('open')
})

test('a link in place of a file of the vault is not followed', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  const elsewhere = join(world.directory, 'elsewhere')
  await rename(join(world.directory, 'vault.key'), elsewhere)
  await symlink(elsewhere, join(world.directory, 'vault.key'))
  expectDamaged(await world.open(), 'vault-file-unreadable', 'ELOOP')
  await rm(join(world.directory, 'vault.key'))
  await rename(elsewhere, join(world.directory, 'vault.key'))
  await symlink(join(world.directory, 'vault.key'), join(world.directory, 'vault.json'))
  // The key file is the vault then, for what stands in vault.json cannot be read.
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('a directory in place of the key file is a damaged vault', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await rm(join(world.directory, 'vault.key'))
  await mkdir(join(world.directory, 'vault.key'))
  expectDamaged(await world.open(), 'vault-file-unreadable', 'cannot be read')
})

test.skipIf(process.platform === 'win32')('a pipe in place of the key file does not hold the start', async () => {
  const world = await vaultWorld()
  await storeSecrets(await world.open(), world.storage)
  await rm(join(world.directory, 'vault.key'))
  await promisify(execFile)('mkfifo', [join(world.directory, 'vault.key')])
  expectDamaged(await world.open(), 'vault-file-unreadable', 'cannot be read')
})

test('vaults that are opened at once for the first time share one key', async () => {
  const world = await vaultWorld()
  const vaults = await Promise.all(Array.from({ length: 8 }, () => world.open()))
  const sealed = vaults.map((vault) => vault.seal(SECRET, 'node-1'))
  for (const vault of vaults) {
    for (const one of sealed) expect(vault.open(one, 'node-1')).toBe(SECRET)
  }
})

test('a directory that cannot be written gives a sentence, not a stack', async () => {
  const printed = await runUnprivileged(await temporaryDirectory(), 'open-vault.ts')
  expect(JSON.parse(printed)).toMatchObject({
    code: 'file-unusable',
    message: containing('cannot be written (EACCES)'),
  })
})

function expectDamaged(vault: Vault, code: string, part: string): void {
  expect(vault.standing()).toMatchObject({ state: 'damaged', why: { code, text: containing(part) } })
}

type Storage = Awaited<ReturnType<typeof vaultWorld>>['storage']

async function removeSecrets(storage: Storage): Promise<void> {
  for (const { id } of (await storage.loadRegistry()).nodes) await storage.removeNode(id)
  await storage.saveSecret('global-proxy-password', null)
}

/** As a database of before format 2 is after its migration. */
function forgetKeyId(directory: string): void {
  const connection = new Database(join(directory, 'switchyard.db'))
  connection.exec('DELETE FROM vault')
  connection.close()
}
