// From the files of a data directory to a vault that is open, locked or damaged. Makes a new one where nothing is sealed yet.
import { speak } from '../../shared/text/speak.ts'
import { adoptKey, type HeldKey } from './adopt-key.ts'
import { CREDENTIAL_BYTES_MIN, CREDENTIAL_NAME, readCredential } from './credential.ts'
import { dataKey } from './data-key.ts'
import { sealedValues } from './sealed-values.ts'
import { clearTheWay, startAnew } from './start-anew.ts'
import type { CredentialDocument, PassphraseDocument, VaultDocument } from './vault-document.ts'
import { VaultError } from './vault-error.ts'
import type { VaultContent } from './vault-files.ts'
import type { ClosedState, VaultRoom, VaultState } from './vault-state.ts'
import { credentialWrapper, newScryptFrame, passphraseWrapper, type Wrapper } from './wrapper.ts'

/**
 * At the start. Rejects with a StorageError, and with a VaultError `file-unusable` when a new vault cannot be written;
 * everything else is a state. Nothing that is there is written over.
 */
export async function openStored(room: VaultRoom, passphrase: string | null): Promise<VaultState> {
  const content = await contentOf(room)
  const found = await findKey(room, content, passphrase)
  if (found.kind === 'held') return await adoptKey(room, found.held)
  if (found.kind === 'closed' && !isPlain(found.state)) return found.state
  const store = await room.database.loadRegistry()
  if (sealedValues(store).length > 0) {
    const path = room.files.path('key')
    const missing = speak('vault-key-missing', { path, sealed: sealedValues(store).length })
    return found.kind === 'closed' ? found.state : { state: 'damaged', protection: 'key-file', why: missing }
  }
  if (found.kind === 'closed') await clearTheWay(room, content)
  const wrapper = passphrase === null ? null : await passphraseWrapper(passphrase, newScryptFrame(room.scryptCost))
  return await adoptKey(room, await startAnew(room, wrapper))
}

/** Whoever chose a passphrase or a credential does not get an unprotected key file instead without being asked. */
export function isPlain(state: ClosedState): boolean {
  return state.state === 'damaged' && state.protection === 'key-file'
}

/** With the passphrase of an unlock. Rejects with `wrong-passphrase`, or `refused` when it is no passphrase that is missing. */
export async function unlockStored(room: VaultRoom, passphrase: string): Promise<VaultState> {
  const { json } = await room.files.read()
  if (json.kind !== 'found' || json.value.protection !== 'passphrase') {
    throw new VaultError('refused', speak('vault-no-passphrase'))
  }
  const held = await openByPassphrase(json.value, passphrase)
  if (held === null) throw new VaultError('wrong-passphrase', speak('vault-wrong-passphrase'))
  return await adoptKey(room, held)
}

/** When somebody removed the first file, the second one of a broken-off rotation is all there is. */
async function contentOf({ files }: VaultRoom): Promise<VaultContent> {
  const content = await files.read()
  if (content.key.kind !== 'none' || content.json.kind !== 'none') return content
  if (content.nextKey.kind === 'found') await files.promote('nextKey')
  else if (content.nextJson.kind === 'found') await files.promote('nextJson')
  else return content
  return await files.read()
}

type FoundKey =
  | { readonly kind: 'held'; readonly held: HeldKey }
  | { readonly kind: 'closed'; readonly state: ClosedState }
  | { readonly kind: 'none' }

async function findKey(room: VaultRoom, content: VaultContent, passphrase: string | null): Promise<FoundKey> {
  const { json, key } = content
  if (json.kind === 'found') return await openDocument(json.value, room, passphrase)
  // Beside a vault.json that cannot be read, a key file is what somebody restored.
  if (key.kind === 'found') return { kind: 'held', held: { key: dataKey(key.value), wrapper: null } }
  // What it was protected by stood in the file; most likely it is what people type.
  if (json.kind === 'unusable') return closed({ state: 'damaged', protection: 'passphrase', why: json.why })
  if (key.kind === 'unusable') return closed({ state: 'damaged', protection: 'key-file', why: key.why })
  return { kind: 'none' }
}

async function openDocument(document: VaultDocument, room: VaultRoom, passphrase: string | null): Promise<FoundKey> {
  const { protection } = document
  const locked = (why: ClosedState['why']): FoundKey => closed({ state: 'locked', protection, why })
  switch (protection) {
    case 'passphrase': {
      if (passphrase === null) return locked(speak('vault-locked'))
      const held = await openByPassphrase(document, passphrase)
      return held === null ? locked(speak('vault-locked-wrong-passphrase')) : { kind: 'held', held }
    }
    case 'systemd-credential':
      return await openByCredential(document, room)
    case 'keychain':
      return locked(speak('vault-locked-keychain'))
  }
}

async function openByPassphrase(document: PassphraseDocument, passphrase: string): Promise<HeldKey | null> {
  return unwrapWith(await passphraseWrapper(passphrase, document.scrypt), document)
}

async function openByCredential(document: CredentialDocument, room: VaultRoom): Promise<FoundKey> {
  const protection = 'systemd-credential'
  const name = CREDENTIAL_NAME
  const credential = await readCredential(room.credentialsDirectory)
  if (credential.kind === 'missing') {
    return closed({ state: 'locked', protection, why: speak('vault-locked-credential', { name }) })
  }
  const opened =
    credential.kind === 'found' ? unwrapWith(await credentialWrapper(credential.bytes, document.salt), document) : null
  if (opened !== null) return { kind: 'held', held: opened }
  return closed({
    state: 'damaged',
    protection,
    why: speak('vault-credential-wrong', { name, bytes: CREDENTIAL_BYTES_MIN }),
  })
}

function unwrapWith(wrapper: Wrapper, document: PassphraseDocument | CredentialDocument): HeldKey | null {
  const key = wrapper.unwrap(document)
  if (key === null) wrapper.destroy()
  return key === null ? null : { key, wrapper }
}

function closed(state: ClosedState): FoundKey {
  return { kind: 'closed', state }
}
