// A decision: what the engine or the user chose or switched, and why. Later the timeline.
import { z } from 'zod'

export const decisionKindSchema = z.enum([
  'failed-over',
  'breaker-opened',
  'breaker-half-opened',
  'breaker-closed',
  'node-cooled',
  'node-parked',
  'key-set-aside',
  'model-gap',
  'signature-rectified',
  'node-added',
  'node-changed',
  'node-removed',
  'node-isolated',
  'node-reset',
  'client-key-created',
  'client-key-changed',
  'client-key-revoked',
  'pool-created',
  'pool-removed',
  'setting-changed',
  'vault-changed',
])
export type DecisionKind = z.infer<typeof decisionKindSchema>

export const decisionSchema = z.strictObject({
  id: z.string(),
  /** Wall clock. */
  atMs: z.int(),
  kind: decisionKindSchema,
  nodeId: z.string().nullable(),
  exchangeId: z.string().nullable(),
  /** One sentence: what happened, to what, why. Scrubbed of secrets. */
  text: z.string(),
})
export type Decision = Readonly<z.infer<typeof decisionSchema>>
