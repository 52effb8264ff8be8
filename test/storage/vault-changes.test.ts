// Changing the vault: locked and unlocked, another protection, a new data key, export and import.
import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { OpenVaultOptions, Vault } from '../../src/storage/secrets/vault.ts'
import { realDisk, type VaultDisk } from '../../src/storage/secrets/vault-files.ts'
import { StorageError } from '../../src/storage/storage.ts'
import { containing } from './containing.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { damageSealed, readSecrets, SECRETS, storeSecrets, type VaultWorld, vaultWorld } from './vault-world.ts'

const PASSPHRASE = 'correct horse battery'
const byPassphrase = { protection: 'passphrase', passphrase: PASSPHRASE } as const

async function filledWorld(options: Partial<OpenVaultOptions> = {}): Promise<VaultWorld & { readonly vault: Vault }> {
  const world = await vaultWorld()
  const vault = await world.open(options)
  await storeSecrets(vault, world.storage)
  return { ...world, vault }
}

test('behind a passphrase the vault starts locked, and opens with it', async () => {
  const world = await filledWorld()
  await world.vault.protect(byPassphrase)
  expect(await world.files()).toEqual(['vault.json'])
  expect(await readSecrets(world.vault, world.storage)).toEqual(SECRETS)
  const later = await world.open()
  expect(later.standing()).toMatchObject({
    protection: 'passphrase',
    state: 'locked',
    why: { code: 'vault-locked', text: containing('switchyard vault unlock') },
  })
  expect(new Set(Object.values(await readSecrets(later, world.storage)))).toEqual(new Set(['locked']))
  await later.unlock(PASSPHRASE)
  expect(later.standing()).toEqual({ protection: 'passphrase', state: 'open', why: null })
  expect(await readSecrets(later, world.storage)).toEqual(SECRETS)
})

test('a locked vault does nothing but wait for its passphrase', async () => {
  const world = await filledWorld()
  await world.vault.protect(byPassphrase)
  const before = await readFile(join(world.directory, 'vault.json'), 'utf8')
  const locked = await world.open()
  expect(() => locked.seal('x', 'node-1')).toThrow('The vault is locked')
  for (const change of [
    locked.rotate(),
    locked.protect({ protection: 'key-file' }),
    locked.protect({ protection: 'passphrase', passphrase: 'another one' }),
    locked.exportAs('another one'),
  ]) {
    await expect(change).rejects.toMatchObject({ name: 'VaultError', code: 'locked' })
  }
  await locked.renewIfUnused()
  expect(await world.files()).toEqual(['vault.json'])
  expect(await readFile(join(world.directory, 'vault.json'), 'utf8')).toBe(before)
})

test('a wrong passphrase changes nothing, and the right one opens it afterwards', async () => {
  const world = await filledWorld()
  await world.vault.protect(byPassphrase)
  const locked = await world.open({ passphrase: 'not this one' })
  expect(locked.standing()).toMatchObject({ state: 'locked', why: { code: 'vault-locked-wrong-passphrase' } })
  await expect(locked.unlock('nor this one')).rejects.toMatchObject({ code: 'wrong-passphrase' })
  expect(locked.standing().state).toBe('locked')
  await locked.unlock(PASSPHRASE)
  expect(await readSecrets(locked, world.storage)).toEqual(SECRETS)
})

test('the same letters are the same passphrase, however a system composes them', async () => {
  const world = await filledWorld()
  await world.vault.protect({ protection: 'passphrase', passphrase: 'Zürich-Ångström' })
  const locked = await world.open()
  await locked.unlock('Zürich-Ångström'.normalize('NFD'))
  expect(locked.standing().state).toBe('open')
})

test('a vault behind a key file is not opened by a passphrase, and an open one is left as it is', async () => {
  const world = await filledWorld()
  await world.vault.unlock('whatever')
  expect(world.vault.standing().state).toBe('open')
  await rm(join(world.directory, 'vault.key'))
  await expect((await world.open()).unlock('whatever')).rejects.toMatchObject({ code: 'damaged' })
})

test('the passphrase can be changed: the old one opens it no more', async () => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  await world.vault.protect({ protection: 'passphrase', passphrase: 'another one' })
  const locked = await world.open({ passphrase: PASSPHRASE })
  expect(locked.standing().state).toBe('locked')
  await locked.unlock('another one')
  expect(await readSecrets(locked, world.storage)).toEqual(SECRETS)
})

test('back to a key file, the vault opens by itself', async () => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  await world.vault.protect({ protection: 'key-file' })
  expect(await world.files()).toEqual(['vault.key'])
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('a systemd credential opens it; without it the vault is locked, with another one damaged', async () => {
  const credentialsDirectory = await temporaryDirectory()
  const credential = join(credentialsDirectory, 'switchyard-vault-key')
  const world = await filledWorld()
  await expect(world.vault.protect({ protection: 'systemd-credential' })).rejects.toMatchObject({ code: 'refused' })
  await writeFile(credential, randomBytes(31))
  const opened = await world.open({ credentialsDirectory })
  await expect(opened.protect({ protection: 'systemd-credential' })).rejects.toMatchObject({ code: 'refused' })
  expect(await world.files()).toEqual(['vault.key'])

  await writeFile(credential, randomBytes(32))
  await opened.protect({ protection: 'systemd-credential' })
  expect(await world.files()).toEqual(['vault.json'])
  const later = await world.open({ credentialsDirectory })
  expect(later.standing()).toMatchObject({ protection: 'systemd-credential', state: 'open' })
  expect(await readSecrets(later, world.storage)).toEqual(SECRETS)
  expect((await world.open()).standing()).toMatchObject({ state: 'locked', why: { code: 'vault-locked-credential' } })
  await expect((await world.open()).unlock(PASSPHRASE)).rejects.toMatchObject({ code: 'refused' })
  await writeFile(credential, randomBytes(32))
  expect((await world.open({ credentialsDirectory })).standing()).toMatchObject({
    state: 'damaged',
    why: { code: 'vault-credential-wrong' },
  })
})

test('what the desktop sealed is recognised and opened by an export only', async () => {
  const world = await filledWorld()
  const document = await world.vault.exportAs(PASSPHRASE)
  await rm(join(world.directory, 'vault.key'))
  const desktop = { format: 1, protection: 'keychain', keyId: '0'.repeat(32), blob: 'AAAA' }
  await writeFile(join(world.directory, 'vault.json'), JSON.stringify(desktop))
  const vault = await world.open()
  expect(vault.standing()).toMatchObject({ protection: 'keychain', state: 'locked' })
  await expect(vault.unlock(PASSPHRASE)).rejects.toMatchObject({ code: 'refused' })
  await vault.importFrom(document, PASSPHRASE)
  expect(vault.standing()).toMatchObject({ protection: 'key-file', state: 'open' })
  expect(await world.files()).toEqual([containing('vault.json.aside-'), 'vault.key'])
})

test.each([
  ['truncated', (text: string) => text.slice(0, -20), 'vault-file-damaged'],
  ['empty', () => '', 'vault-file-damaged'],
  ['with a field too many', (text: string) => text.replace('{', '{"x":1,'), 'vault-file-damaged'],
  ['of a later format', (text: string) => text.replace('"format": 1', '"format": 2'), 'vault-file-newer'],
  ['that asks for 64 GiB', (text: string) => text.replace('"N": 1024', '"N": 67108864'), 'vault-file-damaged'],
])('a vault.json %s is a damaged vault and stays as it is', async (_name, damage, code) => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  const path = join(world.directory, 'vault.json')
  await writeFile(path, damage(await readFile(path, 'utf8')))
  const before = await readFile(path, 'utf8')
  const vault = await world.open({ passphrase: PASSPHRASE })
  expect(vault.standing()).toMatchObject({ state: 'damaged', why: { code } })
  expect(() => vault.seal('x', 'node-1')).toThrow('damaged')
  await expect(vault.protect({ protection: 'key-file' })).rejects.toMatchObject({ code: 'damaged' })
  expect(await readFile(path, 'utf8')).toBe(before)
})

test.each(['keyId', 'wrapped', 'salt'])('a changed %s in vault.json is noticed', async (field) => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  const path = join(world.directory, 'vault.json')
  const text = await readFile(path, 'utf8')
  await writeFile(
    path,
    text.replace(
      new RegExp(`("${field}": ")(.)`),
      (_, head: string, first: string) => head + (first === 'a' ? 'b' : 'a'),
    ),
  )
  expect((await world.open({ passphrase: PASSPHRASE })).standing().state).toBe('locked')
})

test('who lost the passphrase and has nothing sealed any more chooses a protection anew', async () => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  for (const { id } of (await world.storage.loadRegistry()).nodes) await world.storage.removeNode(id)
  const locked = await world.open()
  await expect(locked.protect({ protection: 'key-file' })).rejects.toMatchObject({ code: 'locked' })
  await world.storage.saveSecret('global-proxy-password', null)
  await locked.renewIfUnused()
  // Not without being asked: a passphrase was wanted here.
  expect(locked.standing().state).toBe('locked')
  await locked.protect({ protection: 'passphrase', passphrase: 'another one' })
  await storeSecrets(locked, world.storage)
  expect(await world.files()).toEqual(['vault.json', containing('vault.json.aside-')])
  expect(await readSecrets(await world.open({ passphrase: 'another one' }), world.storage)).toEqual(SECRETS)
})

test.each(['key-file', 'passphrase'] as const)('a rotation behind a %s seals everything anew', async (protection) => {
  const passphrase = protection === 'passphrase' ? PASSPHRASE : null
  const world = await filledWorld({ passphrase })
  const before = await world.storage.loadRegistry()
  const keyId = await world.storage.loadVaultKeyId()
  const [oldFile] = await Promise.all((await world.files()).map((name) => readFile(join(world.directory, name))))
  expect(await world.vault.rotate()).toBe(4)
  const after = await world.storage.loadRegistry()
  expect(await world.storage.loadVaultKeyId()).not.toBe(keyId)
  for (const [index, key] of after.keys.entries()) expect(key.sealed).not.toEqual(before.keys[index]?.sealed)
  for (const [index, one] of after.secrets.entries()) expect(one.sealed).not.toEqual(before.secrets[index]?.sealed)
  expect(await readSecrets(world.vault, world.storage)).toEqual(SECRETS)
  expect(await readSecrets(await world.open({ passphrase }), world.storage)).toEqual(SECRETS)

  // The old file opens nothing any more.
  const [name = ''] = await world.files()
  await writeFile(join(world.directory, name), oldFile ?? '')
  expect((await world.open({ passphrase })).standing()).toMatchObject({ state: 'damaged' })
})

test('rotations can follow one another and be asked for at once', async () => {
  const world = await filledWorld()
  expect(await Promise.all([world.vault.rotate(), world.vault.rotate(), world.vault.rotate()])).toEqual([4, 4, 4])
  expect(await readSecrets(world.vault, world.storage)).toEqual(SECRETS)
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('a rotation is refused, by name, while a secret cannot be opened: it would be lost', async () => {
  const world = await filledWorld()
  await damageSealed(world.storage, ['key-node-a', 'proxy:node-a'])
  await expect(world.vault.rotate()).rejects.toMatchObject({
    code: 'refused',
    message: containing('node-a/main, proxy of node-a'),
  })
  expect(await readSecrets(world.vault, world.storage)).toMatchObject({ 'node-b': SECRETS['node-b'] })
})

test('an export opens the vault on another machine, and only with its passphrase', async () => {
  const world = await filledWorld()
  const document = await world.vault.exportAs('the export phrase')
  expect(document).not.toContain((await readFile(join(world.directory, 'vault.key'))).toString('base64'))
  await rm(join(world.directory, 'vault.key'))
  const vault = await world.open()
  await expect(vault.importFrom(document, PASSPHRASE)).rejects.toMatchObject({ code: 'wrong-passphrase' })
  await expect(vault.importFrom('{}', PASSPHRASE)).rejects.toMatchObject({ code: 'refused' })
  await expect(vault.importFrom(document.slice(0, -9), PASSPHRASE)).rejects.toMatchObject({ code: 'refused' })
  // It says itself what opening it costs, and comes from anywhere.
  for (const costly of ['"N": 2097152', '"N": 1073741824', '"N": 1e300', '"N": 512']) {
    const asked = document.replace('"N": 1024', costly)
    await expect(vault.importFrom(asked, 'the export phrase'), costly).rejects.toMatchObject({ code: 'refused' })
  }
  const wide = document.replace('"r": 1', '"r": 4096').replace('"p": 1', '"p": 4096')
  await expect(vault.importFrom(wide, 'the export phrase')).rejects.toMatchObject({ code: 'refused' })
  expect(await world.files()).toEqual([])
  await vault.importFrom(document, 'the export phrase')
  expect(vault.standing()).toEqual({ protection: 'key-file', state: 'open', why: null })
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
  await expect(vault.importFrom(document, 'the export phrase')).rejects.toMatchObject({ code: 'refused' })
})

test('an export of another vault is refused before anything is written', async () => {
  const world = await filledWorld({ passphrase: PASSPHRASE })
  const document = await (await filledWorld()).vault.exportAs('the export phrase')
  const locked = await world.open()
  await expect(locked.importFrom(document, 'the export phrase')).rejects.toMatchObject({
    code: 'refused',
    message: containing('opens 0 of the 4 secrets'),
  })
  expect(await world.files()).toEqual(['vault.json'])
  expect(locked.standing().state).toBe('locked')
})

test('an export of before a rotation is refused', async () => {
  const world = await filledWorld()
  const document = await world.vault.exportAs('the export phrase')
  await world.vault.rotate()
  await rename(join(world.directory, 'vault.key'), join(world.directory, 'elsewhere'))
  await expect((await world.open()).importFrom(document, 'the export phrase')).rejects.toMatchObject({
    code: 'refused',
  })
})

test('on a full disk every change is refused with the file and the reason, and all stays as it was', async () => {
  let isFull = false
  const full =
    <Args extends readonly unknown[]>(act: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      await act(...args)
    }
  const disk: VaultDisk = { ...realDisk, create: full(realDisk.create), replace: full(realDisk.replace) }
  for (const passphrase of [null, PASSPHRASE]) {
    isFull = false
    const world = await filledWorld({ disk, passphrase })
    const files = await world.files()
    isFull = true
    const other = passphrase === null ? byPassphrase : ({ protection: 'key-file' } as const)
    for (const change of [world.vault.rotate(), world.vault.protect(other)]) {
      await expect(change).rejects.toMatchObject({ code: 'file-unusable', message: containing('ENOSPC') })
    }
    expect(await world.files()).toEqual(files)
    expect(await readSecrets(world.vault, world.storage)).toEqual(SECRETS)
    expect(await readSecrets(await world.open({ passphrase }), world.storage)).toEqual(SECRETS)
  }
})

test('a database that does not take a rotation leaves everything as it was', async () => {
  const world = await filledWorld()
  const failing = { ...world.storage, replaceSealed: () => Promise.reject(new StorageError('full', 'No space.')) }
  const vault = await world.open({ database: failing })
  await expect(vault.rotate()).rejects.toMatchObject({ code: 'full' })
  expect(await world.files()).toEqual(['vault.key'])
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
})

test('a rotation that the database carried out although it did not answer in time is a rotation', async () => {
  const world = await filledWorld()
  const silent = {
    ...world.storage,
    replaceSealed: async (replacement: Parameters<typeof world.storage.replaceSealed>[0]) => {
      await world.storage.replaceSealed(replacement)
      throw new StorageError('busy', 'The database did not answer.')
    },
  }
  const vault = await world.open({ database: silent })
  expect(await vault.rotate()).toBe(4)
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  expect(await readSecrets(await world.open(), world.storage)).toEqual(SECRETS)
})

test('while nobody knows whether the database carried a rotation out, both keys are kept, and it may still do so', async () => {
  const world = await filledWorld()
  const late: (() => Promise<void>)[] = []
  let isAway = true
  const away = (): Promise<never> => Promise.reject(new StorageError('busy', 'The database did not answer.'))
  const hanging = {
    ...world.storage,
    replaceSealed: (replacement: Parameters<typeof world.storage.replaceSealed>[0]) => {
      if (!isAway) return world.storage.replaceSealed(replacement)
      late.push(() => world.storage.replaceSealed(replacement))
      return away()
    },
    saveSecret: (...args: Parameters<typeof world.storage.saveSecret>) =>
      isAway ? away() : world.storage.saveSecret(...args),
  }
  const vault = await world.open({ database: hanging })
  await expect(vault.rotate()).rejects.toMatchObject({ code: 'busy' })
  expect(await world.files()).toEqual(['vault.key', 'vault.key.next'])
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  for (const carryOut of late) await carryOut()
  // Sealed with the new key by now, while new secrets are sealed with the old one.
  expect(await readSecrets(vault, world.storage)).toEqual(SECRETS)
  await world.storage.saveSecret('global-proxy-password', vault.seal('changed meanwhile', 'global-proxy-password'))
  const expected = { ...SECRETS, 'global-proxy-password': 'changed meanwhile' }

  const restarted = await world.open()
  expect(await readSecrets(restarted, world.storage)).toEqual(expected)
  expect(await world.files()).toEqual(['vault.key'])
  restarted.close()
  isAway = false
  expect(await readSecrets(await world.open(), world.storage)).toEqual(expected)
})

test('keys in memory are overwritten when they are replaced and at the end', async () => {
  const held: Uint8Array[] = []
  const disk: VaultDisk = {
    ...realDisk,
    create: async (path, content) => {
      // The key itself, not a copy.
      held.push(content)
      await realDisk.create(path, content)
    },
  }
  const world = await filledWorld({ disk })
  expect(held.map(isZero)).toEqual([false])
  await world.vault.rotate()
  expect(held.map(isZero)).toEqual([true, true])
  await world.vault.protect(byPassphrase)
  await world.vault.protect({ protection: 'key-file' })
  expect(held.map(isZero)).toEqual([true, true, false])
  world.vault.close()
  expect(held.map(isZero)).toEqual([true, true, true])
  expect(() => world.vault.seal('x', 'node-1')).toThrow('destroyed')
})

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
