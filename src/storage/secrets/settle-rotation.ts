// Ends a rotation, also one that a crash or the database broke off: the key that is needed stays, the other one goes.
import type { DataKey } from './data-key.ts'
import { dataKey } from './data-key.ts'
import { eachInTurn, opens, resealed, sealedValues } from './sealed-values.ts'
import type { VaultContent } from './vault-files.ts'
import type { OpenState, VaultRoom } from './vault-state.ts'

export type Settled = {
  readonly key: DataKey /** For the caller to destroy once nothing uses it. */
  readonly dropped: DataKey | null
}

/** No node has an empty id, so nothing is ever kept under it. */
const NOBODY = ''

/**
 * Judges by what the keys open, not by what was planned: whatever happened in between, a key that is needed is not
 * thrown away. Rejects with a StorageError or a VaultError; both keys are then still on the disk.
 */
export async function settleRotation(room: VaultRoom, held: Pick<OpenState, 'key' | 'wrapper'>): Promise<Settled> {
  const { files, database } = room
  const content = await files.read()
  const pending = pendingOf(content)
  if (pending === null) return { key: held.key, dropped: null }
  const next = openPending(content, held)
  if (next === null) {
    // Not one of ours, or damaged. It must not stand in the way of the next rotation.
    await files.setAside(pending)
    return { key: held.key, dropped: null }
  }
  // A write that timed out may still be carried out. The writer takes one after the other, so behind this one it was.
  await database.saveSecret(NOBODY, null)
  const store = await database.loadRegistry()
  const needed = await eachInTurn(sealedValues(store), (value) => ({
    current: opens(held.key, value),
    next: opens(next, value),
  }))
  const needsNext = needed.some((value) => value.next && !value.current)
  const needsCurrent = needed.some((value) => value.current && !value.next)
  if (needsNext && needsCurrent) await database.replaceSealed(await resealed(store, held.key, next))
  const isNext = needsNext || (!needsCurrent && (await database.loadVaultKeyId()) === next.id)
  if (isNext) {
    await files.promote(pending)
    return { key: next, dropped: held.key }
  }
  await files.remove(pending)
  return { key: held.key, dropped: next }
}

/** What to go on with while it cannot be settled. */
export async function pendingKey(room: VaultRoom, held: Pick<OpenState, 'key' | 'wrapper'>): Promise<DataKey | null> {
  return openPending(await room.files.read(), held)
}

function pendingOf({ nextKey, nextJson }: VaultContent): 'nextKey' | 'nextJson' | null {
  if (nextKey.kind !== 'none') return 'nextKey'
  return nextJson.kind === 'none' ? null : 'nextJson'
}

function openPending({ nextKey, nextJson }: VaultContent, { wrapper }: Pick<OpenState, 'wrapper'>): DataKey | null {
  if (wrapper === null) return nextKey.kind === 'found' ? dataKey(nextKey.value) : null
  if (nextJson.kind !== 'found' || nextJson.value.protection === 'keychain') return null
  return wrapper.unwrap(nextJson.value)
}
