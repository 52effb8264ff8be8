// AES-256-GCM in one shape for everything that is encrypted: nonce, ciphertext, tag, bound to what it belongs to.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
/** What GCM is made for; random ones are safe for 2³² messages under one key (NIST SP 800-38D §8.3). */
const NONCE_BYTES = 12
const TAG_BYTES = 16

export const KEY_BYTES = 32

export function encrypt(key: Uint8Array, plain: Uint8Array, boundTo: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(boundTo, 'utf8'))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Null for the wrong key, the wrong `boundTo` and changed bytes: GCM cannot tell them apart, by design. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, boundTo: string): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(boundTo, 'utf8'))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    // Only the check of the tag: GCM holds nothing back, and a second copy of a key would be one more to overwrite.
    decipher.final()
    return plain
  } catch {
    plain.fill(0)
    return null
  }
}
