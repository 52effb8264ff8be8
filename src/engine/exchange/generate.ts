// A request that costs tokens: find its nodes, try them, relay the answer, settle.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HashedClientKey } from '../../shared/model/client-key.ts'
import type { AttemptRecord } from '../../shared/model/exchange.ts'
import type { CommittedAnswer } from '../attempts/answer.ts'
import { closeAttempt, recordOf } from '../attempts/attempt.ts'
import type { AttemptJob } from '../attempts/attempt-job.ts'
import { runAttempts } from '../attempts/run-attempts.ts'
import { settleAttempt } from '../attempts/settle-attempt.ts'
import { type Candidacy, candidacyOf } from '../balancing/candidacy.ts'
import type { Verdict } from '../classify/verdict.ts'
import { replyWithError } from '../listener/reply.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import type { ProtocolModule } from '../protocols/protocol.ts'
import { stopping } from '../proxy-error.ts'
import { findNodes } from '../routing/find-nodes.ts'
import { relay } from '../streaming/relay.ts'
import { LOOP_HEADER } from '../upstream/request-headers.ts'
import { clientHeaders } from '../upstream/response-headers.ts'
import { withoutKeyParameter } from '../upstream/target.ts'
import type { Arrival } from './arrival.ts'
import type { ExchangeRoom } from './exchange-room.ts'
import type { AskedRequest } from './read-request.ts'
import type { ExchangeEnd } from './settle-exchange.ts'

export type ExchangePlace = {
  readonly arrival: Arrival
  readonly clientKey: HashedClientKey
  readonly protocol: ProtocolModule
  readonly response: ServerResponse
  readonly room: ExchangeRoom
}

/** Names the exchange in every answer, so that a user can find it in the records. */
export const EXCHANGE_HEADER = 'x-switchyard-exchange'

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
      return { ...base, outcome: 'passed-on', status, responseBytes: body.length, answeredBy }
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

const none: ReadonlySet<string> = new Set()

/** A busy node has its place free again in a moment: no reason to ask the database, least of all under load. */
function mayServe(one: Candidacy): boolean {
  return one.eligible || one.why === 'busy'
}

/** What every attempt of the exchange sends. Asks the database before it says that no node fits. */
export async function jobOf(
  request: IncomingMessage,
  asked: AskedRequest,
  { arrival, clientKey, protocol, room }: ExchangePlace,
): Promise<AttemptJob> {
  const { pool } = clientKey
  const { model } = asked.facts
  const memoryCache = room.settings().memoryCacheEnabled
  const query = { protocol: protocol.id, model, tried: none, triedKeys: none, exceptOrigin: null }
  const couldServe = (nodes: readonly LiveNode[]) =>
    nodes.some((node) => mayServe(candidacyOf(node, query, room.clock.monotonicMs())))
  const foundIn = await findNodes(pool, couldServe, { registry: room.registry, log: room.log, memoryCache })
  const via = request.headers[LOOP_HEADER]
  return {
    exchangeId: arrival.id,
    protocol,
    method: request.method ?? 'POST',
    pathAndQuery: withoutKeyParameter(request.url ?? '/'),
    clientRawHeaders: request.rawHeaders,
    body: asked.body,
    bodyDecoded: asked.bodyDecoded,
    facts: asked.facts,
    sessionId: asked.sessionId,
    pool,
    foundIn,
    nodes: () => room.registry.nodesOf(pool),
    startedMs: arrival.startedMs,
    via: typeof via === 'string' ? `${via}, ${room.instanceId}` : room.instanceId,
    cancellation: arrival.cancellation,
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
    const { end, responseBytes, usage } = await relay(answer, response, {
      clock: room.clock,
      settings: room.settings(),
      cancellation: arrival.cancellation,
      ping: protocol.ping,
      extraHeaders: [EXCHANGE_HEADER, arrival.id],
    })
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
    return { outcome, status: answer.status, errorCode: null, attempts, responseBytes, usage, answeredBy: record }
  } finally {
    // Idempotent: settled above unless something here went wrong.
    attempt.selection.lease.settle('none')
    closeAttempt(attempt)
  }
}

function messageOf(verdict: Verdict, arrival: Arrival, room: ExchangeRoom): string | null {
  if (verdict.message === '') return null
  const stopped = verdict.outcome === 'cancelled' && arrival.cancellation.reason() === 'stopping'
  return stopped ? 'broken off, because Switchyard was stopping' : room.redact(verdict.message)
}
