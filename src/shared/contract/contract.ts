// Every procedure of the control plane, once: REST path, input, output, errors. Both ends derive from it.
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { clientKeySchema } from '../model/client-key.ts'
import { exchangeRecordSchema } from '../model/exchange.ts'
import { nameSchema } from '../model/name.ts'
import { nodeFieldsSchema } from '../model/node.ts'
import { nodeViewSchema } from '../model/node-status.ts'
import { engineEventSchema } from './engine-event.ts'
import { explanationSchema } from './explanation.ts'

/** A node or client key is named by its id or by its name. */
const reference = z.strictObject({ ref: z.string().min(1).max(200) })

/** A secret of a node: printable, no spaces, so that it fits a header. */
const secretSchema = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'a key is 1 to 4096 printable characters without spaces')

const nodeKeyInput = z.strictObject({ label: nameSchema.optional(), secret: secretSchema })

/** Typed errors. `data.message` of oRPC carries the sentence for people; the code is stable. */
const base = oc.errors({
  NOT_FOUND: { status: 404 },
  DUPLICATE_NAME: { status: 409 },
  /** The input has the right shape and is refused all the same: a base URL, a setting that is locked. */
  REFUSED: { status: 422 },
  /** The database cannot take the change now. */
  STORAGE_UNAVAILABLE: { status: 503 },
})

const { name, baseUrl, ...optionalNodeFields } = nodeFieldsSchema.shape

export const createNodeInputSchema = z.strictObject({
  name,
  baseUrl,
  ...z.strictObject(optionalNodeFields).partial().shape,
  keys: z.array(nodeKeyInput).max(100).default([]),
})

export const updateNodeInputSchema = z.strictObject({
  ref: z.string().min(1).max(200),
  ...nodeFieldsSchema.partial().shape,
  /** Replaces all keys of the node; left out keeps them, unless the origin changes, which drops them. */
  keys: z.array(nodeKeyInput).max(100).optional(),
})

export const statusSchema = z.strictObject({
  version: z.string(),
  instanceId: z.string(),
  pid: z.int(),
  startedAtMs: z.int(),
  dataDirectory: z.string(),
  proxyUrl: z.string(),
  controlUrl: z.string(),
  /** True from the moment a stop was asked for. */
  draining: z.boolean(),
  inFlight: z.int().min(0),
  /** Since start. */
  exchanges: z.strictObject({
    total: z.int().min(0),
    succeeded: z.int().min(0),
    failed: z.int().min(0),
    /** Exchanges with at least one failed attempt. */
    withFailedAttempt: z.int().min(0),
  }),
  /** Records that wait because the database does not take them. */
  unwrittenRecords: z.int().min(0),
  storage: z.strictObject({ ok: z.boolean(), message: z.string().nullable() }),
  nodes: z.array(nodeViewSchema),
})

export const contract = {
  nodes: {
    list: base.route({ method: 'GET', path: '/nodes' }).output(z.array(nodeViewSchema)),
    get: base.route({ method: 'GET', path: '/nodes/{ref}' }).input(reference).output(nodeViewSchema),
    create: base
      .route({ method: 'POST', path: '/nodes', successStatus: 201 })
      .input(createNodeInputSchema)
      .output(nodeViewSchema),
    update: base.route({ method: 'PATCH', path: '/nodes/{ref}' }).input(updateNodeInputSchema).output(nodeViewSchema),
    remove: base
      .route({ method: 'DELETE', path: '/nodes/{ref}' })
      .input(reference)
      .output(z.strictObject({ removed: z.string() })),
  },
  clientKeys: {
    list: base.route({ method: 'GET', path: '/client-keys' }).output(z.array(clientKeySchema)),
    /** `key` is shown this once; only its hash is kept. */
    create: base
      .route({ method: 'POST', path: '/client-keys', successStatus: 201 })
      .input(z.strictObject({ name: nameSchema, pool: nameSchema.optional() }))
      .output(z.strictObject({ key: z.string(), clientKey: clientKeySchema })),
    revoke: base
      .route({ method: 'DELETE', path: '/client-keys/{ref}' })
      .input(reference)
      .output(z.strictObject({ revoked: z.string() })),
  },
  exchanges: {
    /** Newest first. */
    recent: base
      .route({ method: 'GET', path: '/exchanges' })
      .input(z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(50) }))
      .output(z.array(exchangeRecordSchema)),
  },
  explain: base
    .route({ method: 'GET', path: '/explain' })
    .input(z.strictObject({ model: z.string().min(1).max(200), pool: nameSchema.optional() }))
    .output(explanationSchema),
  events: base.route({ method: 'GET', path: '/events' }).output(eventIterator(engineEventSchema)),
  status: base.route({ method: 'GET', path: '/status' }).output(statusSchema),
  /** Answers at once; the daemon drains and exits afterwards. */
  stop: base.route({ method: 'POST', path: '/stop' }).output(z.strictObject({ pid: z.int() })),
}

export type Contract = typeof contract
export type DaemonStatus = z.infer<typeof statusSchema>
export type CreateNodeInput = z.infer<typeof createNodeInputSchema>
export type UpdateNodeInput = z.infer<typeof updateNodeInputSchema>
