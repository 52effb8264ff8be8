// What is kept of a circuit breaker between two runs, and how it shows.
import { z } from 'zod'

export const breakerStateSchema = z.enum(['closed', 'open', 'half_open'])
export type BreakerStateName = z.infer<typeof breakerStateSchema>

/** Deadlines are wall-clock here; the engine turns them into its monotonic clock and clamps them to 60 s at start. */
export const persistedBreakerSchema = z.strictObject({
  nodeId: z.string(),
  state: breakerStateSchema,
  /** When an open breaker becomes half-open; null unless open. */
  openUntilMs: z.int().nullable(),
  /** How often it opened without staying closed for 10 min; doubles the cooldown. */
  reopenings: z.int().min(0),
  /** Isolated by the user. */
  isolated: z.boolean(),
})
export type PersistedBreaker = Readonly<z.infer<typeof persistedBreakerSchema>>
