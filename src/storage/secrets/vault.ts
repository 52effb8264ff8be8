// Seals upstream keys for the disk and opens them again: AES-256-GCM, each bound to its node.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readKeyFile, readOrCreateKeyFile } from './key-file.ts'
import { VaultError } from './vault-error.ts'

/** This file is the vault's door; whoever opens it may want to know its errors. */
export { VaultError, type VaultErrorCode } from './vault-error.ts'

const KEY_FILE_NAME = 'vault.key'
const CIPHER = 'aes-256-gcm'
/** In front of every sealed secret, so that another format can come later. */
const FORMAT = 1
/** What GCM is made for; random ones are safe for 2³² secrets under one key (NIST SP 800-38D §8.3). */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES

export type Vault = {
  readonly seal: (secret: string, nodeId: string) => Uint8Array
  /** Throws a VaultError: `not-readable`, `unknown-format`. */
  readonly open: (sealed: Uint8Array, nodeId: string) => string
}

export type OpenVaultOptions = {
  readonly directory: string
  /** True when the database holds sealed keys: a missing key file is then an error and never made anew. */
  readonly expectExisting: boolean
}

/** Rejects with a VaultError: `key-file-missing`, `key-file-invalid`, `key-file-unusable`. */
export async function openVault({ directory, expectExisting }: OpenVaultOptions): Promise<Vault> {
  const path = join(directory, KEY_FILE_NAME)
  const key = createSecretKey(expectExisting ? await readKeyFile(path) : await readOrCreateKeyFile(path))
  return {
    seal: (secret, nodeId) => seal(key, secret, nodeId),
    open: (sealed, nodeId) => open(key, sealed, nodeId),
  }
}

/** Version, nonce, ciphertext, tag. */
function seal(key: KeyObject, secret: string, nodeId: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(nodeId, 'utf8'))
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  // A copy in memory of its own: a Buffer may lie in Node's shared pool, which posting it to the worker would copy whole.
  return new Uint8Array(Buffer.concat([Buffer.of(FORMAT), nonce, ciphertext, cipher.getAuthTag()]))
}

function open(key: KeyObject, sealed: Uint8Array, nodeId: string): string {
  if (sealed[0] !== FORMAT) {
    const text = `A stored key of the node ${nodeId} has a format this Switchyard does not know; install the newer Switchyard again or enter the key anew.`
    throw new VaultError('unknown-format', text)
  }
  try {
    if (sealed.length < HEAD_BYTES + TAG_BYTES) throw new RangeError('too short')
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(nodeId, 'utf8'))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const secret = decipher.update(sealed.subarray(HEAD_BYTES, -TAG_BYTES))
    return Buffer.concat([secret, decipher.final()]).toString('utf8')
  } catch {
    // GCM cannot tell the wrong key, the wrong node and changed bytes apart, by design.
    const text = `A stored key of the node ${nodeId} cannot be opened: it is damaged, belongs to another node, or ${KEY_FILE_NAME} is not the file it was sealed with; restore ${KEY_FILE_NAME} or enter the key anew.`
    throw new VaultError('not-readable', text)
  }
}
