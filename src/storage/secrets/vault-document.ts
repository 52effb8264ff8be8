// What lies in vault.json and in an export: the data key, wrapped by something that is not in the file.
import { z } from 'zod'

export const VAULT_FORMAT = 1

const base64 = z.base64().max(1024)
const keyId = z.string().regex(/^[0-9a-f]{32}$/)

/**
 * `N` is the memory and the time a guess costs. Bounded, because an export comes from somewhere: at most 1 GiB
 * (128 · N · r bytes), and never so little that the numbers must be a mistake.
 */
const scryptSchema = z.strictObject({
  N: z
    .int()
    .min(2 ** 10)
    .max(2 ** 20)
    .refine((n) => (n & (n - 1)) === 0, 'a power of two'),
  r: z.int().min(1).max(8),
  p: z.int().min(1).max(4),
  salt: base64,
})
export type ScryptFrame = Readonly<z.infer<typeof scryptSchema>>

const byPassphrase = z.strictObject({
  format: z.literal(VAULT_FORMAT),
  protection: z.literal('passphrase'),
  keyId,
  scrypt: scryptSchema,
  wrapped: base64,
})
const byCredential = z.strictObject({
  format: z.literal(VAULT_FORMAT),
  protection: z.literal('systemd-credential'),
  keyId,
  salt: base64,
  wrapped: base64,
})
/** The desktop's, which only the desktop can open. */
const byKeychain = z.looseObject({ format: z.literal(VAULT_FORMAT), protection: z.literal('keychain'), keyId })

const vaultDocumentSchema = z.discriminatedUnion('protection', [byPassphrase, byCredential, byKeychain])
export type VaultDocument = Readonly<z.infer<typeof vaultDocumentSchema>>
export type PassphraseDocument = Readonly<z.infer<typeof byPassphrase>>
export type CredentialDocument = Readonly<z.infer<typeof byCredential>>
export type WrappedDocument = PassphraseDocument | CredentialDocument

const exportSchema = z.strictObject({
  switchyard: z.literal('vault export'),
  format: z.literal(VAULT_FORMAT),
  keyId,
  scrypt: scryptSchema,
  wrapped: base64,
})
export type ExportDocument = Readonly<z.infer<typeof exportSchema>>

export type ParsedDocument<Document> =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly why: 'newer' | 'invalid' }

export function parseVaultDocument(text: string): ParsedDocument<VaultDocument> {
  return parseAs(vaultDocumentSchema, text)
}

export function parseExport(text: string): ParsedDocument<ExportDocument> {
  return parseAs(exportSchema, text)
}

function parseAs<Document>(schema: z.ZodType<Document>, text: string): ParsedDocument<Document> {
  const value = parseJson(text)
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, document: parsed.data }
  const format = z.looseObject({ format: z.int() }).safeParse(value)
  return { ok: false, why: format.success && format.data.format > VAULT_FORMAT ? 'newer' : 'invalid' }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
