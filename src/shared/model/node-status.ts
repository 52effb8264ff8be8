// What a node looks like right now: its status in one word, its breaker, its keys.
import { z } from 'zod'
import { breakerStateSchema } from './breaker.ts'
import { nodeKeySchema, nodeSchema } from './node.ts'

export const nodeStatusSchema = z.enum([
  'active',
  'standby',
  'disabled',
  'unhealthy',
  'cooling',
  'parked',
  'isolated',
  'circuit_breaker_open',
  'circuit_breaker_half_open',
])
export type NodeStatus = z.infer<typeof nodeStatusSchema>

/**
 * `throttled`: set aside after a 429; `refused`: after a 401, 402 or 403; `unreadable`: the vault is locked or cannot
 * open it.
 */
export const keyStandingSchema = z.enum(['usable', 'disabled', 'throttled', 'refused', 'unreadable'])
export type KeyStanding = z.infer<typeof keyStandingSchema>

export const keyStateSchema = z.strictObject({
  ...nodeKeySchema.shape,
  standing: keyStandingSchema,
  /** When the key is used again after a 401, 403, 402 or 429; null when usable. Wall clock. */
  asideUntilMs: z.int().nullable(),
  asideReason: z.string().nullable(),
})

export const nodeViewSchema = z.strictObject({
  ...nodeSchema.shape,
  status: nodeStatusSchema,
  breaker: z.strictObject({
    state: breakerStateSchema,
    /** When an open breaker becomes half-open. Wall clock. */
    openUntilMs: z.int().nullable(),
    consecutiveFailures: z.number().min(0),
    /** 0..1 over the window; null while the window is empty. */
    failureRatio: z.number().min(0).max(1).nullable(),
  }),
  /** End of a cooldown or of parking, with its reason. Wall clock. */
  unavailableUntilMs: z.int().nullable(),
  unavailableReason: z.string().nullable(),
  inFlight: z.int().min(0),
  keys: z.array(keyStateSchema),
})
export type NodeView = Readonly<z.infer<typeof nodeViewSchema>>
