// For a pool and a model: why each node would or would not be chosen now, and which one would.
import { z } from 'zod'

export const explanationSchema = z.strictObject({
  pool: z.string(),
  model: z.string(),
  /** Null when none would be chosen now. */
  chosen: z.string().nullable(),
  nodes: z.array(
    z.strictObject({
      nodeId: z.string(),
      nodeName: z.string(),
      simulated: z.boolean(),
      eligible: z.boolean(),
      /** In words: "would be chosen: first in order", "cooling for 8 s: 429 from the node". */
      reason: z.string(),
      /** The model as it would be sent; null when the node does not have it. */
      sentModel: z.string().nullable(),
      /** When a node that is set aside is due again; null when that is not a matter of time. Wall clock. */
      dueAtMs: z.int().nullable(),
    }),
  ),
})
export type Explanation = Readonly<z.infer<typeof explanationSchema>>
