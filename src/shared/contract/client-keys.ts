// Client keys: what a tool shows to Switchyard, and what it may do with it.
import { z } from 'zod'
import { clientKeySchema } from '../model/client-key.ts'
import { nameSchema } from '../model/name.ts'
import { base, ref, reference } from './base.ts'

/** The last moment that a date can name. */
const LATEST_MS = 8_640_000_000_000_000

const limits = {
  pools: clientKeySchema.shape.pools.optional(),
  models: clientKeySchema.shape.models.optional(),
  /** The node by id or name; null: none. */
  pinned: z
    .strictObject({ node: ref, strict: z.boolean().default(false) })
    .nullable()
    .optional(),
  /** Wall clock; null: never. */
  expiresAtMs: z.int().min(0).max(LATEST_MS).nullable().optional(),
  enabled: z.boolean().optional(),
}

export const createClientKeyInputSchema = z.strictObject({ name: nameSchema, ...limits })
export const updateClientKeyInputSchema = z.strictObject({ ref, name: nameSchema.optional(), ...limits })

export const clientKeysContract = {
  list: base
    .route({
      method: 'GET',
      path: '/client-keys',
      summary: 'List all client keys, without their secrets.',
      tags: ['Client keys'],
    })
    .output(z.array(clientKeySchema)),
  get: base
    .route({
      method: 'GET',
      path: '/client-keys/{ref}',
      summary: 'Show one client key, without its secret.',
      tags: ['Client keys'],
    })
    .input(reference)
    .output(clientKeySchema),
  /** `key` is shown this once; only its hash is kept. */
  create: base
    .route({
      method: 'POST',
      path: '/client-keys',
      successStatus: 201,
      summary: 'Create a client key; the answer shows it this once.',
      tags: ['Client keys'],
    })
    .input(createClientKeyInputSchema)
    .output(z.strictObject({ key: z.string(), clientKey: clientKeySchema })),
  update: base
    .route({
      method: 'PATCH',
      path: '/client-keys/{ref}',
      summary: 'Change what a client key may do.',
      tags: ['Client keys'],
    })
    .input(updateClientKeyInputSchema)
    .output(clientKeySchema),
  revoke: base
    .route({
      method: 'DELETE',
      path: '/client-keys/{ref}',
      summary: 'Revoke a client key; requests with it are refused from now on.',
      tags: ['Client keys'],
    })
    .input(reference)
    .output(z.strictObject({ revoked: z.string() })),
}

export type CreateClientKeyInput = z.infer<typeof createClientKeyInputSchema>
export type UpdateClientKeyInput = z.infer<typeof updateClientKeyInputSchema>
