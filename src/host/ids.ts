// New ids and local keys, from the system's randomness.
import { createHash, randomBytes } from 'node:crypto'
import { CLIENT_KEY_PREFIX } from '../shared/model/client-key.ts'

/** Lower case without i, l, o, u: ids are read aloud and typed. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
/** 80 bits: no two ids of one installation will ever meet. */
const ID_CHARACTERS = 16
/** 192 bits, and 32 characters in base64url without padding. */
const CLIENT_KEY_BYTES = 24

/** `newId('node')` → "node_8f3k…". */
export function newId(prefix: string): string {
  let id = `${prefix}_`
  for (const byte of randomBytes(ID_CHARACTERS)) id += ALPHABET.charAt(byte & 31)
  return id
}

/** The only place a client key exists in the clear; what is kept is its hash. */
export function newClientKeySecret(): string {
  return CLIENT_KEY_PREFIX + randomBytes(CLIENT_KEY_BYTES).toString('base64url')
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What lists show of a secret: its end, and never more than a quarter of it. */
export function lastCharacters(secret: string): string {
  const shown = Math.min(4, Math.floor(secret.length / 4))
  return shown === 0 ? '' : secret.slice(-shown)
}
