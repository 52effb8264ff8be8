// Ends a rotation, also one that a crash or the database broke off: the key that is needed stays, the other one goes.
import { speak } from '../../shared/text/speak.ts'
import { type DataKey, dataKey } from './data-key.ts'
import { eachInTurn, opens, resealed, sealedValues } from './sealed-values.ts'
import { VaultError } from './vault-error.ts'
import type { VaultContent } from './vault-files.ts'
import type { OpenState, VaultRoom } from './vault-state.ts'

export type Settled = {
  readonly key: DataKey
  /** For the caller to destroy once nothing uses it. */
  readonly dropped: DataKey | null
  /**
   * Why the file of the dropped key may still lie there. `key` is the one to go on with all the same: a step that failed
   * may have happened, and what the dropped key sealed from here on would be lost with its file.
   */
  readonly failure: VaultError | null
}

type Held = Pick<OpenState, 'key' | 'wrapper'>
type Pending = 'nextKey' | 'nextJson'

/** No node has an empty id, so nothing is ever kept under it. */
const NOBODY = ''

/**
 * Judges by what the keys open, not by what was planned: whatever happened in between, a key that is needed is not
 * thrown away. Rejects with a StorageError or a VaultError; both keys are then still on the disk.
 */
export async function settleRotation(room: VaultRoom, held: Held): Promise<Settled> {
  const content = await room.files.read()
  const settled: Settled = { key: held.key, dropped: null, failure: null }
  const pending = pendingOf(held)
  // Of another protection: no rotation of this vault made it, and it must not stand in the way of a later one.
  const stray = pending === 'nextKey' ? 'nextJson' : 'nextKey'
  if (content[stray].kind !== 'none') await setAsideUnneeded(room, held.key, { file: stray, found: content[stray] })
  if (content[pending].kind === 'none') return settled
  const next = openPending(content, held)
  if (next === null) {
    await setAsideUnneeded(room, held.key, { file: pending, found: content[pending] })
    return settled
  }
  try {
    return await decide(room, held, next)
  } catch (error) {
    next.destroy()
    throw error
  }
}

async function decide({ files, database }: VaultRoom, held: Held, next: DataKey): Promise<Settled> {
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
  const pending = pendingOf(held)
  const failure = await (isNext ? files.promote(pending) : files.remove(pending)).then(
    () => null,
    (error: unknown) => {
      if (error instanceof VaultError) return error
      throw error
    },
  )
  return isNext ? { key: next, dropped: held.key, failure } : { key: held.key, dropped: next, failure }
}

/** What to go on with while it cannot be settled. */
export async function pendingKey(room: VaultRoom, held: Held): Promise<DataKey | null> {
  return openPending(await room.files.read(), held)
}

function pendingOf({ wrapper }: Pick<Held, 'wrapper'>): Pending {
  return wrapper === null ? 'nextKey' : 'nextJson'
}

function openPending({ nextKey, nextJson }: VaultContent, { wrapper }: Pick<Held, 'wrapper'>): DataKey | null {
  if (wrapper === null) return nextKey.kind === 'found' ? dataKey(nextKey.value) : null
  if (nextJson.kind !== 'found' || nextJson.value.protection === 'keychain') return null
  return wrapper.unwrap(nextJson.value)
}

type Leftover = { readonly file: Pending; readonly found: VaultContent[Pending] }

/** Not one of ours, or damaged; or only not to be read for a moment. While something may need it, it stays. */
async function setAsideUnneeded(
  { files, database }: VaultRoom,
  key: DataKey,
  { file, found }: Leftover,
): Promise<void> {
  const values = sealedValues(await database.loadRegistry())
  const isOpened = await eachInTurn(values, (value) => opens(key, value))
  if (!isOpened.includes(false)) return await files.setAside(file)
  const damaged = speak('vault-file-damaged', { path: files.path(file) })
  throw new VaultError('file-unusable', found.kind === 'unusable' ? found.why : damaged)
}
