// The credential that systemd hands to the service: LoadCredentialEncrypted=switchyard-vault-key (systemd.exec, Credentials).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const CREDENTIAL_NAME = 'switchyard-vault-key'
/** As strong as what it protects. */
export const CREDENTIAL_BYTES_MIN = 32

export type Credential =
  | { readonly kind: 'found'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-short' }

/** `directory` is $CREDENTIALS_DIRECTORY; null when Switchyard was not started with it. */
export async function readCredential(directory: string | null): Promise<Credential> {
  if (directory === null) return { kind: 'missing' }
  const bytes = await readFile(join(directory, CREDENTIAL_NAME)).catch(() => null)
  if (bytes === null) return { kind: 'missing' }
  return bytes.length < CREDENTIAL_BYTES_MIN ? { kind: 'too-short' } : { kind: 'found', bytes }
}
