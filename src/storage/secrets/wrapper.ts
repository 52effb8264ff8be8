// Wraps the data key by something else: a passphrase (scrypt), or a credential that systemd hands over (HKDF).
import { hkdf, randomBytes, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { decrypt, encrypt, KEY_BYTES } from './aes-gcm.ts'
import { type DataKey, dataKey } from './data-key.ts'
import {
  type CredentialDocument,
  type ExportDocument,
  type PassphraseDocument,
  type ScryptFrame,
  VAULT_FORMAT,
  type WrappedDocument,
} from './vault-document.ts'

/** Holds the key that wraps, never the passphrase it came from. */
export type Wrapper = {
  readonly protection: WrappedDocument['protection']
  readonly wrap: (key: DataKey) => WrappedDocument
  /** Null when it is not the one that wrapped it, or the document was changed. */
  readonly unwrap: (document: Pick<WrappedDocument, 'keyId' | 'wrapped'>) => DataKey | null
  /** Overwrites the wrapping key in memory. Idempotent. */
  readonly destroy: () => void
}

/** What a guess costs: 128 MiB and about half a second. OWASP's first choice for scrypt (Password Storage Cheat Sheet). */
export type ScryptCost = { readonly N: number; readonly r: number; readonly p: number }
export const SCRYPT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

const SALT_BYTES = 32

export function newScryptFrame(cost: ScryptCost): ScryptFrame {
  return { ...cost, salt: randomBytes(SALT_BYTES).toString('base64') }
}

/** Runs on Node's thread pool; requests go on meanwhile. */
export async function passphraseWrapper(passphrase: string, frame: ScryptFrame): Promise<Wrapper> {
  const wrapping = await keyOfPassphrase(passphrase, frame)
  return {
    protection: 'passphrase',
    wrap: (key): PassphraseDocument => ({
      format: VAULT_FORMAT,
      protection: 'passphrase',
      keyId: key.id,
      scrypt: frame,
      wrapped: wrapped(wrapping, key, 'vault'),
    }),
    unwrap: (document) => unwrapped(wrapping, document, 'vault'),
    destroy: () => {
      wrapping.fill(0)
    },
  }
}

export function newCredentialWrapper(credential: Uint8Array): Promise<Wrapper> {
  return credentialWrapper(credential, randomBytes(SALT_BYTES).toString('base64'))
}

/** A credential is a key, not a thing to remember: at least 32 bytes, so that nothing has to be slowed down. */
export async function credentialWrapper(credential: Uint8Array, salt: string): Promise<Wrapper> {
  const info = 'switchyard vault credential'
  const wrapping = Buffer.from(
    await promisify(hkdf)('sha256', credential, Buffer.from(salt, 'base64'), info, KEY_BYTES),
  )
  return {
    protection: 'systemd-credential',
    wrap: (key): CredentialDocument => ({
      format: VAULT_FORMAT,
      protection: 'systemd-credential',
      keyId: key.id,
      salt,
      wrapped: wrapped(wrapping, key, 'vault'),
    }),
    unwrap: (document) => unwrapped(wrapping, document, 'vault'),
    destroy: () => {
      wrapping.fill(0)
    },
  }
}

export async function wrapForExport(key: DataKey, passphrase: string, frame: ScryptFrame): Promise<ExportDocument> {
  const wrapping = await keyOfPassphrase(passphrase, frame)
  try {
    return {
      switchyard: 'vault export',
      format: VAULT_FORMAT,
      keyId: key.id,
      scrypt: frame,
      wrapped: wrapped(wrapping, key, 'export'),
    }
  } finally {
    wrapping.fill(0)
  }
}

/** Null for a wrong passphrase or a changed document. */
export async function unwrapExport(document: ExportDocument, passphrase: string): Promise<DataKey | null> {
  const wrapping = await keyOfPassphrase(passphrase, document.scrypt)
  try {
    return unwrapped(wrapping, document, 'export')
  } finally {
    wrapping.fill(0)
  }
}

const scryptKey = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)

/** The same letters are typed in two ways on two systems (Unicode); NFC makes them one (RFC 8265 §4.2). */
async function keyOfPassphrase(passphrase: string, { N, r, p, salt }: ScryptFrame): Promise<Buffer> {
  // Node refuses what takes more than `maxmem`, and needs a little more than the 128 · N · r of the algorithm.
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024
  return scryptKey(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), KEY_BYTES, { N, r, p, maxmem })
}

type Purpose = 'vault' | 'export'

/** Bound to its purpose and its key's id: neither can be exchanged without being noticed. */
function boundTo(purpose: Purpose, keyId: string): string {
  return `switchyard ${purpose} ${VAULT_FORMAT} ${keyId}`
}

function wrapped(wrapping: Uint8Array, key: DataKey, purpose: Purpose): string {
  return encrypt(wrapping, key.bytes, boundTo(purpose, key.id)).toString('base64')
}

function unwrapped(
  wrapping: Uint8Array,
  document: { readonly keyId: string; readonly wrapped: string },
  purpose: Purpose,
): DataKey | null {
  const bytes = decrypt(wrapping, Buffer.from(document.wrapped, 'base64'), boundTo(purpose, document.keyId))
  return bytes?.length === KEY_BYTES ? dataKey(bytes) : null
}
