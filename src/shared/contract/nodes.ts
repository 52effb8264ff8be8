// Nodes: their fields, their keys, and what a user may do to a running one.
import { z } from 'zod'
import { nameSchema } from '../model/name.ts'
import { nodeFieldsSchema } from '../model/node.ts'
import { nodeViewSchema } from '../model/node-status.ts'
import { nodeTestSchema } from '../model/node-test.ts'
import { presetSchema } from '../model/preset.ts'
import { base, ref, reference, secretSchema } from './base.ts'

/** Keys of one node. */
export const NODE_KEYS_MAX = 100

const nodeKeyInput = z.strictObject({ label: nameSchema.optional(), secret: secretSchema })

/** Null removes it. Left out, it stays, unless the proxy's address or user changes. */
const proxyPassword = z.string().min(1).max(1024).nullable().optional()

const { name, baseUrl, ...optionalNodeFields } = nodeFieldsSchema.shape

export const createNodeInputSchema = z.strictObject({
  name,
  baseUrl,
  ...z.strictObject(optionalNodeFields).partial().shape,
  proxyPassword,
  keys: z.array(nodeKeyInput).max(NODE_KEYS_MAX).default([]),
})

export const updateNodeInputSchema = z.strictObject({
  ref,
  ...nodeFieldsSchema.partial().shape,
  proxyPassword,
  /** Replaces all keys of the node; left out keeps them, unless the origin changes, which drops them. */
  keys: z.array(nodeKeyInput).max(NODE_KEYS_MAX).optional(),
})

/** `generate` costs money: one streamed token. `model` is the one to ask for; left out: the first the node lists or maps. */
const testOptions = { generate: z.boolean().default(false), model: z.string().min(1).max(200).optional() }

const nodeKeyReference = z.strictObject({
  ref,
  /** Id or label of the key. */
  key: z.string().min(1).max(200),
})

export const nodesContract = {
  list: base
    .route({ method: 'GET', path: '/nodes', summary: 'List all nodes with status, breaker and keys.', tags: ['Nodes'] })
    .output(z.array(nodeViewSchema)),
  get: base
    .route({ method: 'GET', path: '/nodes/{ref}', summary: 'Show one node.', tags: ['Nodes'] })
    .input(reference)
    .output(nodeViewSchema),
  create: base
    .route({
      method: 'POST',
      path: '/nodes',
      successStatus: 201,
      summary: 'Add a node; in force for the next request.',
      tags: ['Nodes'],
    })
    .input(createNodeInputSchema)
    .output(nodeViewSchema),
  update: base
    .route({
      method: 'PATCH',
      path: '/nodes/{ref}',
      summary: 'Change fields of a node; a change of its origin drops its keys.',
      tags: ['Nodes'],
    })
    .input(updateNodeInputSchema)
    .output(nodeViewSchema),
  remove: base
    .route({ method: 'DELETE', path: '/nodes/{ref}', summary: 'Remove a node with its keys.', tags: ['Nodes'] })
    .input(reference)
    .output(z.strictObject({ removed: z.string() })),
  /** Takes no more requests until it is reset; running ones may end. Survives a restart. */
  isolate: base
    .route({
      method: 'POST',
      path: '/nodes/{ref}/isolate',
      summary: 'Give a node no more requests until it is reset.',
      tags: ['Nodes'],
    })
    .input(reference)
    .output(nodeViewSchema),
  /** Breaker closed and empty, isolation, cooldowns, parking, refused keys and model gaps forgotten. */
  reset: base
    .route({
      method: 'POST',
      path: '/nodes/{ref}/reset',
      summary: 'Forget what went wrong at a node: breaker, isolation, cooldowns, refused keys.',
      tags: ['Nodes'],
    })
    .input(reference)
    .output(nodeViewSchema),
  /** Changes nothing: no breaker, no cooldown, no record. */
  test: base
    .route({
      method: 'POST',
      path: '/nodes/{ref}/test',
      summary: 'Connect to a node, list its models, on request ask for one token; changes nothing.',
      tags: ['Nodes'],
    })
    .input(z.strictObject({ ref, ...testOptions }))
    .output(nodeTestSchema),
  /** The same for a node that is not stored (yet). */
  testDraft: base
    .route({ method: 'POST', path: '/node-tests', summary: 'Test a node that is not stored.', tags: ['Nodes'] })
    .input(z.strictObject({ node: createNodeInputSchema, ...testOptions }))
    .output(nodeTestSchema),
  presets: base
    .route({
      method: 'GET',
      path: '/presets',
      summary: 'List well-known providers with the fields a node of theirs takes.',
      tags: ['Nodes'],
    })
    .output(z.array(presetSchema)),
  keys: {
    /** Behind the others in the order they are tried. */
    add: base
      .route({
        method: 'POST',
        path: '/nodes/{ref}/keys',
        successStatus: 201,
        summary: 'Add a key to a node, behind its others.',
        tags: ['Nodes'],
      })
      .input(z.strictObject({ ref, ...nodeKeyInput.shape }))
      .output(nodeViewSchema),
    update: base
      .route({
        method: 'PATCH',
        path: '/nodes/{ref}/keys/{key}',
        summary: 'Rename, switch on or off, or move a key of a node.',
        tags: ['Nodes'],
      })
      .input(
        z.strictObject({
          ...nodeKeyReference.shape,
          label: nameSchema.optional(),
          enabled: z.boolean().optional(),
          /** Its place in the order, 1 for the first; beyond the last means last. */
          position: z.int().min(1).max(NODE_KEYS_MAX).optional(),
        }),
      )
      .output(nodeViewSchema),
    remove: base
      .route({ method: 'DELETE', path: '/nodes/{ref}/keys/{key}', summary: 'Remove a key of a node.', tags: ['Nodes'] })
      .input(nodeKeyReference)
      .output(nodeViewSchema),
  },
}

export type CreateNodeInput = z.infer<typeof createNodeInputSchema>
export type UpdateNodeInput = z.infer<typeof updateNodeInputSchema>
