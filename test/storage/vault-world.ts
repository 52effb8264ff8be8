// A vault over a real database and a real directory, with a few secrets in it, for tests to break.
import { readdir } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import { type OpenVaultOptions, openVault, type Vault } from '../../src/storage/secrets/vault.ts'
import { proxySecretOwner, type Storage } from '../../src/storage/storage.ts'
import { openOnOneThread } from './one-thread-storage.ts'
import { sampleKey, sampleNode } from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A guess costs nothing here: the tests are about what is wrapped, not about how slowly. */
export const CHEAP_SCRYPT = { N: 1024, r: 1, p: 1 }

export type VaultWorld = {
  readonly directory: string
  readonly storage: Storage
  readonly open: (options?: Partial<OpenVaultOptions>) => Promise<Vault>
  /** The files of the vault, and nothing of the database's. */
  readonly files: () => Promise<readonly string[]>
}

export async function vaultWorld(): Promise<VaultWorld> {
  const directory = await temporaryDirectory()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close())
  return {
    directory,
    storage,
    open: (options = {}) => openVault({ directory, database: storage, scryptCost: CHEAP_SCRYPT, ...options }),
    files: async () => (await readdir(directory)).filter((name) => /^\.?vault/.test(name)).toSorted(),
  }
}

export const SECRETS: Readonly<Record<string, string>> = {
  'node-a': 'sk-secret-of-node-a-Ωmega-密钥',
  'node-b': 'sk-secret-of-node-b',
  'proxy:node-a': 'proxy-pass-word',
  'global-proxy-password': 'another pass word',
}

/** Two nodes with a key each, a proxy's password and the global one. */
export async function storeSecrets(vault: Vault, storage: Storage): Promise<void> {
  for (const nodeId of ['node-a', 'node-b']) {
    const sealed = vault.seal(SECRETS[nodeId] ?? '', nodeId)
    await storage.insertNode(sampleNode({ id: nodeId }), [sampleKey({ id: `key-${nodeId}`, nodeId, sealed })])
  }
  for (const owner of [proxySecretOwner('node-a'), 'global-proxy-password']) {
    await storage.saveSecret(owner, vault.seal(SECRETS[owner] ?? '', owner))
  }
}

/** As a bad disk would: the keys whose ids are named, and the secrets whose owners are. */
export async function damageSealed(storage: Storage, names: readonly string[]): Promise<void> {
  const { keys, secrets } = await storage.loadRegistry()
  const damaged = (name: string, sealed: Uint8Array) =>
    names.includes(name) ? sealed.with(20, (sealed[20] ?? 0) ^ 1) : sealed
  await storage.replaceSealed({
    keyId: (await storage.loadVaultKeyId()) ?? '',
    keys: keys.map(({ id, sealed }) => ({ id, sealed: damaged(id, sealed) })),
    secrets: secrets.map(({ owner, sealed }) => ({ owner, sealed: damaged(owner, sealed) })),
  })
}

/** Owner to secret, or to the code of why it does not open. */
export async function readSecrets(vault: Vault, storage: Storage): Promise<Readonly<Record<string, string>>> {
  const { keys, secrets } = await storage.loadRegistry()
  const values = [...keys.map(({ nodeId, sealed }) => ({ owner: nodeId, sealed })), ...secrets]
  return Object.fromEntries(values.map(({ owner, sealed }) => [owner, openOrCode(vault, sealed, owner)]))
}

function openOrCode(vault: Vault, sealed: Uint8Array, owner: string): string {
  try {
    return vault.open(sealed, owner)
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
