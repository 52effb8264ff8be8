// Another protection for the same data key. At every moment one of the two files opens the vault.
import { speak } from '../../shared/text/speak.ts'
import { CREDENTIAL_BYTES_MIN, CREDENTIAL_NAME, readCredential } from './credential.ts'
import { VaultError } from './vault-error.ts'
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
  const content = await files.read()
  if (wrapper === null) {
    const isThere = content.key.kind === 'found' && Buffer.compare(content.key.value, key.bytes) === 0
    if (!isThere && content.key.kind !== 'none') await files.setAside('key')
    if (!isThere) await files.createKey('key', key.bytes)
    await files.remove('json').catch(async (error: unknown) => {
      // It is still protected by what stands in vault.json; the bare key must not lie beside it.
      await files.remove('key').catch(() => undefined)
      throw error
    })
    return
  }
  if (content.json.kind === 'unusable') await files.setAside('json')
  await files.replaceJson(wrapper.wrap(key))
}

/** After `writeProtection`: what it opens is the same key, and the unprotected one goes. */
export async function removeOldProtection({ files }: VaultRoom, { key }: OpenState, wrapper: Wrapper): Promise<void> {
  const { json } = await files.read()
  const reread = json.kind === 'found' && json.value.protection !== 'keychain' ? wrapper.unwrap(json.value) : null
  const isSame = reread?.id === key.id
  reread?.destroy()
  if (!isSame) {
    throw new VaultError('file-unusable', speak('vault-file-damaged', { path: files.path('json') }))
  }
  await files.remove('key')
}
