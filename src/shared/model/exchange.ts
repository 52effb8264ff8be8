// The record of an exchange (one client request with its answer) and of its attempts (one try on one node each).
import { z } from 'zod'
import { attemptOutcomeSchema } from './outcome.ts'
import { protocolSchema } from './protocol.ts'

/** `input` is uncached input only; `output` includes thinking (policies §10). */
export const tokenUsageSchema = z.strictObject({
  input: z.int().min(0),
  output: z.int().min(0),
  cacheRead: z.int().min(0),
  cacheWrite5m: z.int().min(0),
  cacheWrite1h: z.int().min(0),
  /** True when the answer ended without its final usage and the numbers are the last ones seen plus an estimate. */
  estimated: z.boolean(),
})
export type TokenUsage = Readonly<z.infer<typeof tokenUsageSchema>>

const milliseconds = z.number().min(0)

export const attemptRecordSchema = z.strictObject({
  /** 1 for the first try of the exchange. */
  number: z.int().min(1),
  nodeId: z.string(),
  nodeName: z.string(),
  /** Null when the node needs none (simulated nodes). */
  keyId: z.string().nullable(),
  /** The model as sent to the node, after mapping. */
  model: z.string().nullable(),
  /** Why this node, in words a person reads: "first in order", "the others were tried". */
  reason: z.string(),
  /** True when it went out as the single probe of a half-open breaker. */
  probe: z.boolean(),
  outcome: attemptOutcomeSchema,
  /** HTTP status the node answered with; null when there was none. */
  status: z.int().nullable(),
  /** One sentence, scrubbed of secrets; null for a success. */
  message: z.string().nullable(),
  /** Wall clock. */
  startedAtMs: z.int(),
  /** From the start of the attempt. Null when it was not reached; connect is 0 on a reused socket. */
  connectMs: milliseconds.nullable(),
  firstByteMs: milliseconds.nullable(),
  firstContentMs: milliseconds.nullable(),
  totalMs: milliseconds,
})
export type AttemptRecord = Readonly<z.infer<typeof attemptRecordSchema>>

/**
 * How the exchange ended for the client: `success` a complete answer; `passed-on` the node's own 4xx, word for word;
 * `failed` our error after the nodes failed; `rejected` refused before any attempt; `truncated` broken off after the commit;
 * `cancelled` the client went away.
 */
export const exchangeOutcomeSchema = z.enum(['success', 'passed-on', 'failed', 'rejected', 'truncated', 'cancelled'])
export type ExchangeOutcome = z.infer<typeof exchangeOutcomeSchema>

export const exchangeRecordSchema = z.strictObject({
  id: z.string(),
  /** Wall clock. */
  startedAtMs: z.int(),
  clientKeyId: z.string().nullable(),
  clientKeyName: z.string().nullable(),
  /** First product of the client's User-Agent: "claude-cli/2.1.329". */
  client: z.string().nullable(),
  sessionId: z.string().nullable(),
  protocol: protocolSchema,
  /** "messages", "count_tokens", "models". */
  operation: z.string(),
  pool: z.string().nullable(),
  model: z.string().nullable(),
  stream: z.boolean(),
  outcome: exchangeOutcomeSchema,
  /** HTTP status the client got; null when the connection went before one was sent. */
  status: z.int().nullable(),
  /** Code of our own error when we made the answer. */
  errorCode: z.string().nullable(),
  /** The node whose answer the client got. */
  nodeId: z.string().nullable(),
  nodeName: z.string().nullable(),
  /** From arrival. */
  firstByteMs: milliseconds.nullable(),
  firstContentMs: milliseconds.nullable(),
  totalMs: milliseconds,
  requestBytes: z.int().min(0),
  responseBytes: z.int().min(0),
  /** Null when nothing was metered (rejected, failed). */
  usage: tokenUsageSchema.nullable(),
  attempts: z.array(attemptRecordSchema),
})
export type ExchangeRecord = Readonly<z.infer<typeof exchangeRecordSchema>>
