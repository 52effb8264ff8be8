// New ids and local keys, from the system's randomness.
import { createHash, randomBytes } from 'node:crypto'
import { CLIENT_KEY_PREFIX } from '../shared/model/client-key.ts'

/** Lower case without i, l, o, u: ids are read aloud and typed. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
/** Milliseconds in base 32: good until the year 3000 and some. Ids in order of time keep the ledger's index pages together. */
const TIME_CHARACTERS = 9
/** 45 bits within one millisecond. */
const CHANCE_CHARACTERS = 9
/** One system call for many ids. */
const CHANCE_POOL_BYTES = 4096
/** 192 bits, and 32 characters in base64url without padding. */
const CLIENT_KEY_BYTES = 24

let chance = Buffer.alloc(0)
let chanceAt = 0

/** `newId('node')` → "node_1jf8k3…": later ones sort after earlier ones. */
export function newId(prefix: string): string {
  let time = ''
  for (let rest = Date.now(), at = 0; at < TIME_CHARACTERS; at++, rest = Math.floor(rest / 32)) {
    time = ALPHABET.charAt(rest % 32) + time
  }
  if (chanceAt + CHANCE_CHARACTERS > chance.length) {
    chance = randomBytes(CHANCE_POOL_BYTES)
    chanceAt = 0
  }
  let id = `${prefix}_${time}`
  for (let at = 0; at < CHANCE_CHARACTERS; at++) id += ALPHABET.charAt((chance[chanceAt++] ?? 0) & 31)
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
