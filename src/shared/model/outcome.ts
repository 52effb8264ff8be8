// How a try of a node ended: success, or one of the error classes of policies §3.
import { z } from 'zod'

export const errorClassSchema = z.enum([
  'network',
  'offline',
  'slow',
  'server',
  'not-offered',
  'overload',
  'throttled',
  'out-of-funds',
  'credential',
  'firewall',
  'model-gap',
  'wrong-path',
  'masked-server-error',
  'rectifiable',
  'client-recoverable',
  'client-perhaps',
  'client',
  'false-success',
  'truncated',
  'cancelled',
  /** Its connect was unanswered for a second and another node connected first. */
  'passed-over',
])
export type ErrorClass = z.infer<typeof errorClassSchema>

export const attemptOutcomeSchema = z.enum(['success', ...errorClassSchema.options])
export type AttemptOutcome = z.infer<typeof attemptOutcomeSchema>
