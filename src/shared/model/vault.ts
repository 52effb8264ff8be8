// What protects the node keys on disk, and whether they can be opened now.
import { z } from 'zod'
import { spokenSchema } from '../text/spoken.ts'

/** What the vault's data key is wrapped by. `keychain`: the desktop's; opened headless only through an export. */
export const vaultProtectionSchema = z.enum(['key-file', 'passphrase', 'systemd-credential', 'keychain'])
export type VaultProtection = z.infer<typeof vaultProtectionSchema>

export const vaultStatusSchema = z.strictObject({
  protection: vaultProtectionSchema,
  /** `locked`: nothing is wrong, a passphrase or credential is missing. `damaged`: what opens it is gone or does not fit. */
  state: z.enum(['open', 'locked', 'damaged']),
  /** What is the matter and what to do; null when open. */
  message: spokenSchema.nullable(),
  /** Secrets on disk: node keys and proxy passwords. */
  sealed: z.int().min(0),
})
export type VaultStatus = Readonly<z.infer<typeof vaultStatusSchema>>
