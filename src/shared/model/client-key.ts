// A client key: the local access token a tool uses to talk to Switchyard. Never an upstream key.
import { z } from 'zod'
import { globMatches } from '../glob.ts'
import { nameSchema } from './name.ts'

/** Every client key starts with this, so that a leaked one is recognised (and redacted). */
export const CLIENT_KEY_PREFIX = 'sy-'

/** Prefers one node; `strict` forbids every other. The node may have been removed since. */
export const pinnedNodeSchema = z.strictObject({ nodeId: z.string(), strict: z.boolean() })
export type PinnedNode = Readonly<z.infer<typeof pinnedNodeSchema>>

export const clientKeySchema = z.strictObject({
  id: z.string(),
  name: nameSchema,
  /** In order: nodes of the next pool are asked when none of the one before can take the request. */
  pools: z.array(nameSchema).min(1).max(20),
  /** Models the key may ask for, exact or with `*`; empty means any. */
  models: z.array(z.string().min(1).max(200)).max(1000),
  pinned: pinnedNodeSchema.nullable(),
  /** Wall clock; null: never. */
  expiresAtMs: z.int().nullable(),
  last4: z.string(),
  enabled: z.boolean(),
  createdAtMs: z.int(),
})
export type ClientKey = Readonly<z.infer<typeof clientKeySchema>>

/** What a new client key may: everything, for ever. */
export const unlimitedClientKey = { models: [], pinned: null, expiresAtMs: null } as const satisfies Partial<ClientKey>

/** A client key as the engine and the database know it: the SHA-256 of the token, hex, never the token. */
export type HashedClientKey = ClientKey & { readonly sha256: string }

/** Asked of the name the client gives, before any node maps it. */
export function allowsModel({ models }: Pick<ClientKey, 'models'>, model: string): boolean {
  return models.length === 0 || models.some((pattern) => pattern === model || globMatches(pattern, model))
}

/** It is good until that moment, not at it. */
export function isExpired({ expiresAtMs }: Pick<ClientKey, 'expiresAtMs'>, wallMs: number): boolean {
  return expiresAtMs !== null && wallMs >= expiresAtMs
}
