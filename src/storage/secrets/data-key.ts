// The data key: seals secrets for the disk, each bound to its owner, and opens them again.
import { createHmac, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES } from './aes-gcm.ts'
import { vaultError } from './vault-error.ts'

export type DataKey = {
  /** Follows from the key and says nothing about it: which key is meant, in the database and in files. */
  readonly id: string
  /** `owner` is a node's id for its keys, or one of storage.ts' owners of secrets. */
  readonly seal: (secret: string, owner: string) => Uint8Array
  /** Throws a VaultError: `not-readable`, `unknown-format`. */
  readonly open: (sealed: Uint8Array, owner: string) => string
  /** The same for whoever expects it not to open: null, without an error made for every value. */
  readonly tryOpen: (sealed: Uint8Array, owner: string) => string | null
  /** The key itself, for wrapping it and for its file; not a copy. */
  readonly bytes: Uint8Array
  /** Overwrites the key in memory. Idempotent; nothing else may be called afterwards. */
  readonly destroy: () => void
}

/** In front of every sealed secret, so that another format can come later. */
const FORMAT = 1
const ID_BYTES = 16

export function newDataKey(): DataKey {
  return dataKey(randomBytes(KEY_BYTES))
}

/** Takes `bytes` over: they are overwritten by `destroy`. */
export function dataKey(bytes: Uint8Array): DataKey {
  let isDestroyed = false
  const tryOpen = (sealed: Uint8Array, owner: string): string | null =>
    sealed[0] === FORMAT ? (decrypt(bytes, sealed.subarray(1), owner)?.toString('utf8') ?? null) : null
  return {
    id: createHmac('sha256', bytes).update('switchyard vault key id').digest().subarray(0, ID_BYTES).toString('hex'),
    seal: (secret, owner) => {
      // It is all zeros by now, and what is sealed with that is lost and open to everybody.
      if (isDestroyed) throw new TypeError('this data key was destroyed')
      // A copy in memory of its own: a Buffer may lie in Node's shared pool, which posting it to the worker would copy whole.
      return new Uint8Array(Buffer.concat([Buffer.of(FORMAT), encrypt(bytes, Buffer.from(secret, 'utf8'), owner)]))
    },
    open: (sealed, owner) => {
      const secret = tryOpen(sealed, owner)
      if (secret !== null) return secret
      if (sealed[0] !== FORMAT) throw vaultError('unknown-format', 'vault-value-unknown-format', { owner })
      throw vaultError('not-readable', 'vault-value-not-readable', { owner })
    },
    tryOpen,
    bytes,
    destroy: () => {
      isDestroyed = true
      bytes.fill(0)
    },
  }
}
