// A client key: the local access token a tool uses to talk to Switchyard. Never an upstream key.
import { z } from 'zod'
import { nameSchema } from './name.ts'

/** Every client key starts with this, so that a leaked one is recognised (and redacted). */
export const CLIENT_KEY_PREFIX = 'sy-'

export const clientKeySchema = z.strictObject({
  id: z.string(),
  name: nameSchema,
  pool: nameSchema,
  last4: z.string(),
  enabled: z.boolean(),
  createdAtMs: z.int(),
})
export type ClientKey = Readonly<z.infer<typeof clientKeySchema>>

/** A client key as the engine and the database know it: the SHA-256 of the token, hex, never the token. */
export type HashedClientKey = ClientKey & { readonly sha256: string }
