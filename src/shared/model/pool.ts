// A pool: a named set of nodes that serves clients.
import { z } from 'zod'
import { nameSchema } from './name.ts'

export const DEFAULT_POOL = 'default'
/** Where simulated nodes live; they are never candidates beside a real node. */
export const DEMO_POOL = 'demo'

const strategySchema = z.enum(['priority'])

export const poolSchema = z.strictObject({
  name: nameSchema,
  strategy: strategySchema,
})
export type Pool = Readonly<z.infer<typeof poolSchema>>
