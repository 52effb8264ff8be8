// The vault: seals upstream keys for the disk and opens them again, and keeps the data key that does it.
import type { VaultProtection } from '../../shared/model/vault.ts'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import { adoptKey } from './adopt-key.ts'
import { newDataKey } from './data-key.ts'
import { exportKey, installKey, keyOfExport } from './import-export.ts'
import { isPlain, openStored, unlockStored } from './open-stored.ts'
import { removeOldProtection, type WantedProtection, wrapperFor, writeProtection } from './protect-vault.ts'
import { namesOfUnopened, resealed, sealedValues, type VaultDatabase } from './sealed-values.ts'
import { settleRotation } from './settle-rotation.ts'
import { clearTheWay, startAnew } from './start-anew.ts'
import { VaultError } from './vault-error.ts'
import { createVaultFiles, type VaultDisk } from './vault-files.ts'
import { type OpenState, protectionOf, type VaultRoom, type VaultState } from './vault-state.ts'
import { SCRYPT_COST, type ScryptCost, type Wrapper } from './wrapper.ts'

/** This file is the vault's door; whoever opens it may want to know its errors. */
export { VaultError, type VaultErrorCode } from './vault-error.ts'
export type { ScryptCost } from './wrapper.ts'

export type VaultStanding = {
  readonly protection: VaultProtection
  readonly state: 'open' | 'locked' | 'damaged'
  /** Null when open. */
  readonly why: Spoken | null
}

/**
 * What changes the vault runs one after the other and rejects with a VaultError or a StorageError; what was in force
 * stays then. Whoever seals and stores does it as one change, with no `rotate` in between (host/control/changes.ts).
 */
export type Vault = {
  /** `owner` is a node's id for its keys, or one of storage.ts' owners. Throws a VaultError `locked` or `damaged`. */
  readonly seal: (secret: string, owner: string) => Uint8Array
  /** Throws a VaultError: `locked`, `damaged`, `not-readable`, `unknown-format`. */
  readonly open: (sealed: Uint8Array, owner: string) => string
  readonly standing: () => VaultStanding
  /** Does nothing when it is open. */
  readonly unlock: (passphrase: string) => Promise<void>
  /** Resolves with how many secrets were sealed anew. */
  readonly rotate: () => Promise<number>
  readonly protect: (wanted: WantedProtection) => Promise<void>
  readonly exportAs: (passphrase: string) => Promise<string>
  readonly importFrom: (document: string, passphrase: string) => Promise<void>
  /** A damaged vault behind a key file gets a new data key, once nothing is sealed any more. Never rejects. */
  readonly renewIfUnused: () => Promise<void>
  /** Overwrites the keys in memory. Nothing may be called afterwards. */
  readonly close: () => void
}

export type OpenVaultOptions = {
  readonly directory: string
  readonly database: VaultDatabase
  /** Of the start; a new vault is protected by it. */
  readonly passphrase?: string | null
  /** $CREDENTIALS_DIRECTORY, where systemd gave one. */
  readonly credentialsDirectory?: string | null
  /** For new passphrases; what a file says of its own counts for that file. */
  readonly scryptCost?: ScryptCost
  readonly disk?: VaultDisk
}

/**
 * Rejects with a StorageError, or with a VaultError `file-unusable` when a new vault cannot be written. A vault that is
 * locked or damaged opens as such: nodes without keys work, and nothing on the disk is touched.
 */
export async function openVault(options: OpenVaultOptions): Promise<Vault> {
  const room: VaultRoom = {
    files: createVaultFiles(options.directory, options.disk),
    database: options.database,
    credentialsDirectory: options.credentialsDirectory ?? null,
    scryptCost: options.scryptCost ?? SCRYPT_COST,
  }
  let state: VaultState = await openStored(room, options.passphrase ?? null)
  let last: Promise<unknown> = Promise.resolve()

  function oneAfterTheOther<T>(act: () => Promise<T>): Promise<T> {
    const result = last.then(act)
    last = result.catch(() => undefined)
    return result
  }

  function opened(): OpenState {
    if (state.state === 'open') return state
    throw new VaultError(state.state, state.why)
  }

  function isLostPlain(): boolean {
    return state.state !== 'open' && isPlain(state)
  }

  function open(sealed: Uint8Array, owner: string): string {
    const { key, spare } = opened()
    if (spare === null) return key.open(sealed, owner)
    try {
      return key.open(sealed, owner)
    } catch {
      return spare.open(sealed, owner)
    }
  }

  /** Before every change: what an earlier one left behind is ended, or this one does not begin. */
  async function settled(): Promise<OpenState> {
    const before = opened()
    const { key, dropped, failure } = await settleRotation(room, before)
    const now: OpenState = { ...before, key, spare: null }
    // In one step: nobody may seal with a key that is being overwritten.
    state = now
    dropped?.destroy()
    before.spare?.destroy()
    if (failure !== null) throw failure
    return now
  }

  async function rotate(): Promise<number> {
    const before = await settled()
    const store = await room.database.loadRegistry()
    const names = await namesOfUnopened(store, before.key)
    // With the old key goes the last hope to open them.
    if (names !== null) throw new VaultError('refused', speak('vault-rotate-unreadable', { names }))
    const next = newDataKey()
    const replacement = await resealed(store, before.key, next)
    try {
      if (before.wrapper === null) await room.files.createKey('nextKey', next.bytes)
      else await room.files.createJson('nextJson', before.wrapper.wrap(next))
    } catch (error) {
      next.destroy()
      throw error
    }
    // From here on the database may hold what either of them opens.
    state = { ...before, spare: next }
    const failure = await room.database.replaceSealed(replacement).then(
      () => null,
      (error: unknown) => ({ error }),
    )
    const after = await settled().catch((error: unknown) => {
      throw failure === null ? error : failure.error
    })
    if (failure !== null && after.key.id !== next.id) throw failure.error
    return sealedValues(store).length
  }

  async function protect(wanted: WantedProtection): Promise<void> {
    const wrapper = await wrapperFor(room, wanted)
    try {
      if (state.state === 'open') await protectOpen(wrapper)
      else await protectUnused(wrapper)
    } catch (error) {
      if (state.state !== 'open' || state.wrapper !== wrapper) wrapper?.destroy()
      throw error
    }
  }

  async function protectOpen(wrapper: Wrapper | null): Promise<void> {
    const before = await settled()
    await writeProtection(room, before, wrapper)
    state = { ...before, wrapper }
    before.wrapper?.destroy()
    if (wrapper !== null) await removeOldProtection(room, before, wrapper)
  }

  /** Who cannot open it any more and has nothing sealed loses nothing by a new one. */
  async function protectUnused(wrapper: Wrapper | null): Promise<void> {
    if (sealedValues(await room.database.loadRegistry()).length > 0) opened()
    await clearTheWay(room, await room.files.read())
    state = await adoptKey(room, await startAnew(room, wrapper))
  }

  return {
    seal: (secret, owner) => opened().key.seal(secret, owner),
    open,
    standing: () => ({
      protection: protectionOf(state),
      state: state.state,
      why: state.state === 'open' ? null : state.why,
    }),
    unlock: (passphrase) =>
      oneAfterTheOther(async () => {
        if (state.state === 'damaged') opened()
        if (state.state === 'locked') state = await unlockStored(room, passphrase)
        // The passphrase was right, and yet the database may have been sealed with another key.
        opened()
      }),
    rotate: () => oneAfterTheOther(rotate),
    protect: (wanted) => oneAfterTheOther(() => protect(wanted)),
    exportAs: (passphrase) => oneAfterTheOther(async () => exportKey(room, (await settled()).key, passphrase)),
    importFrom: (document, passphrase) =>
      oneAfterTheOther(async () => {
        if (state.state === 'open') throw new VaultError('refused', speak('vault-already-open'))
        const key = await keyOfExport(room, document, passphrase)
        await installKey(room, key)
        state = await adoptKey(room, { key, wrapper: null })
      }),
    renewIfUnused: async () => {
      if (!isLostPlain()) return
      // What stands in the way is what the vault's standing says already.
      await oneAfterTheOther(async () => (isLostPlain() ? protectUnused(null) : undefined)).catch(() => undefined)
    },
    close: () => {
      if (state.state !== 'open') return
      for (const held of [state.key, state.spare, state.wrapper]) held?.destroy()
    },
  }
}
