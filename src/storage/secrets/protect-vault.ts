// Another protection for the same data key. At every moment one of the two files opens the vault.
import { speak } from '../../shared/text/speak.ts'
import { CREDENTIAL_BYTES_MIN, CREDENTIAL_NAME, readCredential } from './credential.ts'
import type { DataKey } from './data-key.ts'
import { VaultError } from './vault-error.ts'
import { isKey } from './vault-files.ts'
import type { OpenState, VaultRoom } from './vault-state.ts'
import { newCredentialWrapper, newScryptFrame, passphraseWrapper, type Wrapper } from './wrapper.ts'

export type WantedProtection =
  | { readonly protection: 'key-file' }
  | { readonly protection: 'passphrase'; readonly passphrase: string }
  | { readonly protection: 'systemd-credential' }

/** Null for the key file, which wraps nothing. Rejects with `refused` when systemd did not hand over a credential. */
export async function wrapperFor(room: VaultRoom, wanted: WantedProtection): Promise<Wrapper | null> {
  switch (wanted.protection) {
    case 'key-file':
      return null
    case 'passphrase':
      return await passphraseWrapper(wanted.passphrase, newScryptFrame(room.scryptCost))
    case 'systemd-credential': {
      const credential = await readCredential(room.credentialsDirectory)
      if (credential.kind === 'found') return await newCredentialWrapper(credential.bytes)
      const parameters = { name: CREDENTIAL_NAME, bytes: CREDENTIAL_BYTES_MIN }
      throw new VaultError('refused', speak('vault-no-credential', parameters))
    }
  }
}

/**
 * vault.json decides: while it is there, a vault.key beside it is a leftover (removed at the next opening); once it is
 * gone, vault.key is the vault. Rejects with `file-unusable`; the old protection then still holds.
 */
export async function writeProtection(room: VaultRoom, { key }: OpenState, wrapper: Wrapper | null): Promise<void> {
  const { files } = room
  if (wrapper === null) return await writeKeyFile(room, key)
  const { json } = await files.read()
  if (json.kind === 'unusable') await files.setAside('json')
  try {
    await files.replaceJson(wrapper.wrap(key))
  } catch (error) {
    // Written all the same, perhaps, with only the directory not brought to the disk behind it.
    if (!(await isWrapped(room, key, wrapper))) throw error
  }
}

async function writeKeyFile({ files }: VaultRoom, key: DataKey): Promise<void> {
  const before = await files.read()
  const isThere = isKey(before, key)
  if (!isThere && before.key.kind !== 'none') await files.setAside('key')
  try {
    if (!isThere) await files.createKey('key', key.bytes)
    if (before.json.kind === 'found') await files.remove('json')
    // What could not be read may be of use to somebody.
    if (before.json.kind === 'unusable') await files.setAside('json')
  } catch (error) {
    const now = await files.read()
    if (now.json.kind === 'none' && isKey(now, key)) return
    // Still protected by what stands in vault.json, and read there: only then may the bare key beside it go.
    if (!isThere && now.json.kind === 'found') await files.remove('key').catch(() => undefined)
    throw error
  }
}

/** After `writeProtection`: what it opens is the same key, and the unprotected one goes. */
export async function removeOldProtection(room: VaultRoom, { key }: OpenState, wrapper: Wrapper): Promise<void> {
  if (!(await isWrapped(room, key, wrapper))) {
    throw new VaultError('file-unusable', speak('vault-file-damaged', { path: room.files.path('json') }))
  }
  await room.files.remove('key')
}

async function isWrapped({ files }: VaultRoom, key: DataKey, wrapper: Wrapper): Promise<boolean> {
  const { json } = await files.read()
  const reread = json.kind === 'found' && json.value.protection !== 'keychain' ? wrapper.unwrap(json.value) : null
  const isSame = reread?.id === key.id
  reread?.destroy()
  return isSame
}
