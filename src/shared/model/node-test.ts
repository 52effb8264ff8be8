// What `node test` found: step by step, with a verdict in words.
import { z } from 'zod'
import { spokenSchema } from '../text/spoken.ts'

export const nodeTestStepNameSchema = z.enum(['connect', 'models', 'generate'])

export const nodeTestStepSchema = z.strictObject({
  step: nodeTestStepNameSchema,
  /** `weak`: it answered, but not as its protocol would ("404: lists no models"); enough to be reachable. */
  result: z.enum(['ok', 'weak', 'failed', 'skipped']),
  /** HTTP status; null when there was none. */
  status: z.int().nullable(),
  totalMs: z.number().min(0),
  said: spokenSchema,
})

export const nodeTestSchema = z.strictObject({
  nodeName: z.string(),
  ok: z.boolean(),
  verdict: spokenSchema,
  steps: z.array(nodeTestStepSchema),
  /** As the node lists them; empty when it lists none. At most 1,000. */
  models: z.array(z.string()),
})
export type NodeTest = Readonly<z.infer<typeof nodeTestSchema>>
export type NodeTestStep = Readonly<z.infer<typeof nodeTestStepSchema>>
