// Pools: named sets of nodes. A node joins and leaves one through its own `pools`.
import { z } from 'zod'
import { nameSchema } from '../model/name.ts'
import { poolSchema } from '../model/pool.ts'
import { base } from './base.ts'

const name = z.strictObject({ name: nameSchema })

export const poolViewSchema = z.strictObject({
  ...poolSchema.shape,
  /** Names, in the order a request would try them if all were well. */
  nodes: z.array(z.string()),
  /** The node a request would go to now; null: none. */
  active: z.string().nullable(),
  /** Names of the client keys that use it. */
  clientKeys: z.array(z.string()),
})
export type PoolView = z.infer<typeof poolViewSchema>

export const poolsContract = {
  list: base
    .route({
      method: 'GET',
      path: '/pools',
      summary: 'List all pools with their nodes and client keys.',
      tags: ['Pools'],
    })
    .output(z.array(poolViewSchema)),
  get: base
    .route({ method: 'GET', path: '/pools/{name}', summary: 'Show one pool.', tags: ['Pools'] })
    .input(name)
    .output(poolViewSchema),
  create: base
    .route({ method: 'POST', path: '/pools', successStatus: 201, summary: 'Create an empty pool.', tags: ['Pools'] })
    .input(name)
    .output(poolViewSchema),
  /** Refused while nodes are in it or client keys use it, and for `default`. */
  remove: base
    .route({ method: 'DELETE', path: '/pools/{name}', summary: 'Remove a pool that nothing uses.', tags: ['Pools'] })
    .input(name)
    .output(z.strictObject({ removed: z.string() })),
}
