// From a data key that was found or unwrapped to an open vault, unless it is not the one the database was sealed with.

import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import { StorageError } from '../storage.ts'
import type { DataKey } from './data-key.ts'
import { opens, type SealedStore, sealedValues, unchanged } from './sealed-values.ts'
import { pendingKey, settleRotation } from './settle-rotation.ts'
import { VaultError } from './vault-error.ts'
import { isKey } from './vault-files.ts'
import type { OpenState, VaultRoom, VaultState } from './vault-state.ts'

export type HeldKey = Pick<OpenState, 'key' | 'wrapper'>

/** Never rejects for what the files or the sealed values are like; a StorageError when the database cannot be read. */
export async function adoptKey(room: VaultRoom, held: HeldKey): Promise<VaultState> {
  const { key, spare } = await settledOrBoth(room, held)
  const store = await room.database.loadRegistry()
  const recorded = await room.database.loadVaultKeyId()
  const foreign = spare === null ? foreignReason(key, store, recorded) : null
  if (foreign !== null) {
    key.destroy()
    held.wrapper?.destroy()
    return { state: 'damaged', protection: held.wrapper?.protection ?? 'key-file', why: foreign }
  }
  if (spare === null && recorded !== key.id) await record(room, store, key)
  if (held.wrapper !== null) await removePlainKey(room, key)
  return { state: 'open', key, spare, wrapper: held.wrapper }
}

/** Null when the key fits: the database names it, or it opens anything at all, or there is nothing to open. */
export function foreignReason(key: DataKey, store: SealedStore, recorded: string | null): Spoken | null {
  const values = sealedValues(store)
  // One value may be damaged; when none opens and another key is named, or none, the key is the wrong one.
  if (values.length === 0 || recorded === key.id || values.some((value) => opens(key, value))) return null
  return speak('vault-key-foreign', { sealed: values.length })
}

async function settledOrBoth(
  room: VaultRoom,
  held: HeldKey,
): Promise<{ readonly key: DataKey; readonly spare: DataKey | null }> {
  try {
    const { key, dropped } = await settleRotation(room, held)
    dropped?.destroy()
    return { key, spare: null }
  } catch (error) {
    if (!(error instanceof VaultError || error instanceof StorageError)) throw error
    // A full disk or a locked database: both keys are there and open what they open; the next change tries again.
    return { key: held.key, spare: await pendingKey(room, held) }
  }
}

/** What it names only says sooner that a key does not fit: a database that cannot be written must not stop the start. */
async function record(room: VaultRoom, store: SealedStore, key: DataKey): Promise<void> {
  try {
    await room.database.replaceSealed(unchanged(store, key))
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}

/** A change of protection was broken off: the data key also lies there unprotected. Another key is not ours to remove. */
async function removePlainKey({ files }: VaultRoom, key: DataKey): Promise<void> {
  if (!isKey(await files.read(), key)) return
  await files.remove('key').catch((error: unknown) => {
    // It opens all the same, and the next start tries again.
    if (!(error instanceof VaultError)) throw error
  })
}
