// A request that costs tokens: find its nodes, try them, relay the answer, settle.
import type { IncomingMessage } from 'node:http'
import type { AttemptRecord, TokenUsage } from '../../shared/model/exchange.ts'
import type { CommittedAnswer } from '../attempts/answer.ts'
import { closeAttempt, recordOf } from '../attempts/attempt.ts'
import type { AttemptJob } from '../attempts/attempt-job.ts'
import { runAttempts } from '../attempts/run-attempts.ts'
import { settleAttempt } from '../attempts/settle-attempt.ts'
import type { Verdict } from '../classify/verdict.ts'
import { replyWithError } from '../listener/reply.ts'
import { stopping } from '../proxy-error.ts'
import { relay } from '../streaming/relay.ts'
import { clientHeaders } from '../upstream/response-headers.ts'
import type { Arrival } from './arrival.ts'
import type { ExchangePlace } from './exchange-place.ts'
import type { ExchangeRoom } from './exchange-room.ts'
import { jobOf } from './job-of.ts'
import type { AskedRequest } from './read-request.ts'
import type { ExchangeEnd } from './settle-exchange.ts'

/** Names the exchange in every answer, so that a user can find it in the records. */
const EXCHANGE_HEADER = 'x-switchyard-exchange'

export async function generate(
  request: IncomingMessage,
  asked: AskedRequest,
  place: ExchangePlace,
): Promise<ExchangeEnd> {
  const { response, room, protocol, arrival } = place
  const job = await jobOf(request, asked, place)
  const { records, ending } = await runAttempts(job, room, () => room.open.count())
  const base = { attempts: records, responseBytes: 0, usage: null, answeredBy: null, errorCode: null } as const
  switch (ending.kind) {
    case 'committed':
      return await relayAnswer(ending.answer, records, { ...place, job })
    case 'passed-on': {
      const { status, rawHeaders, body } = ending.answer
      response.writeHead(status, [...clientHeaders(rawHeaders), EXCHANGE_HEADER, arrival.id])
      response.end(body)
      const answeredBy = records.find(({ number }) => number === ending.attempt.number) ?? null
      const { pool } = ending.attempt.selection
      return { ...base, outcome: 'passed-on', status, responseBytes: body.length, answeredBy, pool }
    }
    case 'failed':
      response.setHeader(EXCHANGE_HEADER, arrival.id)
      replyWithError(response, ending.error, protocol)
      return { ...base, outcome: 'failed', status: ending.error.status, errorCode: ending.error.code }
    case 'cancelled': {
      if (arrival.cancellation.reason() !== 'stopping') return { ...base, outcome: 'cancelled', status: null }
      const error = stopping()
      replyWithError(response, error, protocol)
      return { ...base, outcome: 'failed', status: error.status, errorCode: error.code }
    }
  }
}

async function relayAnswer(
  answer: CommittedAnswer,
  records: readonly AttemptRecord[],
  { response, room, protocol, arrival, job }: ExchangePlace & { readonly job: AttemptJob },
): Promise<ExchangeEnd> {
  const { attempt } = answer
  const nodeName = attempt.selection.lease.node.node.name
  room.events.tell({ type: 'exchangeCommitted', exchangeId: arrival.id, nodeName })
  try {
    const {
      end,
      responseBytes,
      usage: counted,
    } = await relay(answer, response, {
      clock: room.clock,
      settings: room.settings(),
      cancellation: arrival.cancellation,
      ping: protocol.ping,
      extraHeaders: [EXCHANGE_HEADER, arrival.id],
    })
    const usage = withEstimatedInput(counted, () => protocol.estimateTokens(job.body))
    const verdict = settleAttempt({ attempt, end }, job, room)
    const record = recordOf(attempt, {
      outcome: verdict.outcome,
      message: messageOf(verdict, arrival, room),
      nowMs: room.clock.monotonicMs(),
    })
    room.events.tell({ type: 'attemptEnded', exchangeId: arrival.id, attempt: record })
    const clientLeft = verdict.outcome === 'cancelled' && arrival.cancellation.reason() !== 'stopping'
    const outcome = verdict.outcome === 'success' ? 'success' : clientLeft ? 'cancelled' : 'truncated'
    const attempts = [...records, record].toSorted((a, b) => a.number - b.number)
    const { pool } = attempt.selection
    return { outcome, status: answer.status, errorCode: null, attempts, responseBytes, usage, answeredBy: record, pool }
  } finally {
    // Idempotent: settled above unless something here went wrong.
    attempt.selection.lease.settle('none')
    closeAttempt(attempt)
  }
}

/** A stream that reported nothing (chat without `include_usage`, a cut) tells only what it wrote; what it read is counted here. */
function withEstimatedInput(usage: TokenUsage | null, estimate: () => number): TokenUsage | null {
  if (usage === null || !usage.estimated) return usage
  const reported = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
  return reported > 0 ? usage : { ...usage, input: estimate() }
}

function messageOf(verdict: Verdict, arrival: Arrival, room: ExchangeRoom): string | null {
  if (verdict.message === '') return null
  const stopped = verdict.outcome === 'cancelled' && arrival.cancellation.reason() === 'stopping'
  return stopped ? 'broken off, because Switchyard was stopping' : room.redact(verdict.message)
}
