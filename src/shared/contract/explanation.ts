// For pools or a client key, and a model: why each node would or would not be chosen now, and which one would.
import { z } from 'zod'
import { protocolSchema } from '../model/protocol.ts'
import { spokenSchema } from '../text/spoken.ts'

export const explanationSchema = z.strictObject({
  /** In the order they are asked. */
  pools: z.array(z.string()),
  model: z.string(),
  protocol: protocolSchema,
  /** Why a request with this client key would be refused before any node is looked for; then there are no nodes. Null: it would not be. */
  refused: spokenSchema.nullable(),
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
