// The vault: what is sealed opens for its node only, and its key file is never replaced.
import { chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openVault, VaultError } from '../../src/storage/secrets/vault.ts'
import { containing } from './containing.ts'
import { runUnprivileged } from './run-unprivileged.ts'
import { temporaryDirectory } from './temporary-directory.ts'

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
  const directory = await temporaryDirectory()
  const vault = await openVault({ directory, expectExisting: false })
  const sealed = vault.seal(SECRET, 'node-1')
  expect(vault.open(sealed, 'node-1')).toBe(SECRET)
  const later = await openVault({ directory, expectExisting: true })
  expect(later.open(sealed, 'node-1')).toBe(SECRET)
  expect(vault.open(vault.seal('', 'node-1'), 'node-1')).toBe('')
})

test('what is sealed does not show the secret, and the same secret never looks the same twice', async () => {
  const vault = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  const first = vault.seal(SECRET, 'node-1')
  expect(Buffer.from(first).includes('sk-ant')).toBe(false)
  expect(first).not.toEqual(vault.seal(SECRET, 'node-1'))
  expect(first[0]).toBe(1)
  expect(first.buffer.byteLength).toBe(first.byteLength)
})

test('a sealed secret does not open for another node', async () => {
  const vault = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  const sealed = vault.seal(SECRET, 'node-1')
  const error = thrownBy(() => vault.open(sealed, 'node-2'))
  expect(error).toBeInstanceOf(VaultError)
  expect(error).toMatchObject({ code: 'not-readable', message: containing('node-2') })
})

test('a change of any single byte is noticed', async () => {
  const vault = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  const sealed = vault.seal(SECRET, 'node-1')
  for (const [index, byte] of sealed.entries()) {
    const tampered = sealed.with(index, byte ^ 1)
    const code = index === 0 ? 'unknown-format' : 'not-readable'
    expect(thrownBy(() => vault.open(tampered, 'node-1'))).toMatchObject({ name: 'VaultError', code })
  }
})

test('what is cut short is refused', async () => {
  const vault = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  const sealed = vault.seal(SECRET, 'node-1')
  for (const length of [1, 13, 28, sealed.length - 1]) {
    expect(thrownBy(() => vault.open(sealed.slice(0, length), 'node-1'))).toMatchObject({ code: 'not-readable' })
  }
  expect(thrownBy(() => vault.open(new Uint8Array(), 'node-1'))).toMatchObject({ code: 'unknown-format' })
})

test('the vault of another directory cannot open it', async () => {
  const vault = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  const other = await openVault({ directory: await temporaryDirectory(), expectExisting: false })
  expect(thrownBy(() => other.open(vault.seal(SECRET, 'node-1'), 'node-1'))).toMatchObject({ code: 'not-readable' })
})

test('the key file is 32 bytes, 0600, and nothing temporary is left beside it', async () => {
  const directory = await temporaryDirectory()
  await openVault({ directory, expectExisting: false })
  const { mode, size } = await stat(join(directory, 'vault.key'))
  expect([mode & 0o777, size]).toEqual([0o600, 32])
  expect(await readdir(directory)).toEqual(['vault.key'])
})

test('a key file others could read is made private when it is opened', async () => {
  const directory = await temporaryDirectory()
  await openVault({ directory, expectExisting: false })
  await chmod(join(directory, 'vault.key'), 0o644)
  await openVault({ directory, expectExisting: true })
  expect((await stat(join(directory, 'vault.key'))).mode & 0o777).toBe(0o600)
})

test('a missing key file is never replaced while sealed keys exist', async () => {
  const directory = await temporaryDirectory()
  await openVault({ directory, expectExisting: false })
  await rm(join(directory, 'vault.key'))
  await expect(openVault({ directory, expectExisting: true })).rejects.toMatchObject({
    name: 'VaultError',
    code: 'key-file-missing',
    message: containing(`restore ${join(directory, 'vault.key')}`),
  })
  expect(await readdir(directory)).toEqual([])
})

test('a key file of the wrong length is refused and stays as it is, whatever is expected', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'vault.key')
  await writeFile(path, 'too short')
  for (const expectExisting of [true, false]) {
    await expect(openVault({ directory, expectExisting })).rejects.toMatchObject({
      code: 'key-file-invalid',
      message: containing('9 bytes long instead of 32'),
    })
  }
  expect(await readFile(path, 'utf8')).toBe('too short')
})

test('a link in place of the key file is not followed', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'elsewhere'), new Uint8Array(32))
  await symlink(join(directory, 'elsewhere'), join(directory, 'vault.key'))
  await expect(openVault({ directory, expectExisting: true })).rejects.toMatchObject({
    code: 'key-file-unusable',
    message: containing('ELOOP'),
  })
  await rm(join(directory, 'elsewhere'))
  await expect(openVault({ directory, expectExisting: false })).rejects.toMatchObject({ code: 'key-file-unusable' })
})

test('vaults that are opened at once for the first time share one key', async () => {
  const directory = await temporaryDirectory()
  const vaults = await Promise.all(Array.from({ length: 8 }, () => openVault({ directory, expectExisting: false })))
  const sealed = vaults.map((vault) => vault.seal(SECRET, 'node-1'))
  for (const vault of vaults) {
    for (const one of sealed) expect(vault.open(one, 'node-1')).toBe(SECRET)
  }
})

test('a directory that cannot be written gives a sentence, not a stack', async () => {
  const printed = await runUnprivileged(await temporaryDirectory(), 'open-vault.ts')
  expect(JSON.parse(printed)).toMatchObject({
    code: 'key-file-unusable',
    message: containing('cannot be created (EACCES)'),
  })
})
