// The facts the engine tells, as they travel to a client of the control plane.
import { z } from 'zod'
import { decisionSchema } from '../model/decision.ts'
import { attemptRecordSchema, exchangeRecordSchema } from '../model/exchange.ts'

export const engineEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('exchangeStarted'),
    exchangeId: z.string(),
    /** Wall clock. */
    atMs: z.int(),
    client: z.string().nullable(),
    operation: z.string(),
    model: z.string().nullable(),
  }),
  z.strictObject({ type: z.literal('attemptEnded'), exchangeId: z.string(), attempt: attemptRecordSchema }),
  z.strictObject({ type: z.literal('exchangeCommitted'), exchangeId: z.string(), nodeName: z.string() }),
  z.strictObject({ type: z.literal('exchangeSettled'), exchange: exchangeRecordSchema }),
  z.strictObject({ type: z.literal('decisionMade'), decision: decisionSchema }),
])
export type EngineEvent = Readonly<z.infer<typeof engineEventSchema>>
