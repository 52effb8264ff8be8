// The data key on its way to another machine, or back after its protection was lost.
import { speak } from '../../shared/text/speak.ts'
import type { DataKey } from './data-key.ts'
import { opens, sealedValues } from './sealed-values.ts'
import { parseExport } from './vault-document.ts'
import { VaultError } from './vault-error.ts'
import { isKey } from './vault-files.ts'
import type { VaultRoom } from './vault-state.ts'
import { newScryptFrame, unwrapExport, wrapForExport } from './wrapper.ts'

export async function exportKey(room: VaultRoom, key: DataKey, passphrase: string): Promise<string> {
  const document = await wrapForExport(key, passphrase, newScryptFrame(room.scryptCost))
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Rejects with `refused` and `wrong-passphrase`; nothing was written then. */
export async function keyOfExport(room: VaultRoom, document: string, passphrase: string): Promise<DataKey> {
  const parsed = parseExport(document)
  if (!parsed.ok) {
    throw new VaultError('refused', speak(parsed.why === 'newer' ? 'vault-export-newer' : 'vault-export-invalid'))
  }
  const key = await unwrapExport(parsed.document, passphrase)
  if (key === null) throw new VaultError('wrong-passphrase', speak('vault-export-wrong-passphrase'))
  const store = await room.database.loadRegistry()
  const values = sealedValues(store)
  const opened = values.filter((value) => opens(key, value)).length
  // Where the database names this key, a value that does not open is damaged, and no other key would open it.
  if (opened < values.length && (await room.database.loadVaultKeyId()) !== key.id) {
    key.destroy()
    throw new VaultError('refused', speak('vault-export-foreign', { opened, sealed: values.length }))
  }
  return key
}

/** The key becomes the key file of this machine. What was there opens something else, perhaps; it is set aside. */
export async function installKey({ files }: VaultRoom, key: DataKey): Promise<void> {
  const content = await files.read()
  const isThere = isKey(content, key)
  if (!isThere && content.key.kind !== 'none') await files.setAside('key')
  if (!isThere) await files.createKey('key', key.bytes)
  if (content.json.kind !== 'none') await files.setAside('json')
}
