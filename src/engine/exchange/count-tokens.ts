// count_tokens: one node, 5 s, else the local estimate. It touches no breaker, cooldown or model gap (policies §2).
import type { IncomingMessage } from 'node:http'
import type { AttemptJob } from '../attempts/attempt-job.ts'
import { type Candidate, candidacyOf, openQuery } from '../balancing/candidacy.ts'
import { orderCandidates } from '../balancing/order-candidates.ts'
import { replyJson } from '../listener/reply.ts'
import type { ProtocolModule } from '../protocols/protocol.ts'
import { requestHeaders } from '../upstream/request-headers.ts'
import { clientHeaders } from '../upstream/response-headers.ts'
import { upstreamTarget } from '../upstream/target.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'
import type { ExchangePlace } from './exchange-place.ts'
import type { ExchangeRoom } from './exchange-room.ts'
import { jobOf } from './job-of.ts'
import type { AskedRequest } from './read-request.ts'
import type { ExchangeEnd } from './settle-exchange.ts'

const COUNT_BYTES_MAX = 64 * 1024

export async function countTokens(
  request: IncomingMessage,
  asked: AskedRequest,
  place: ExchangePlace,
): Promise<ExchangeEnd> {
  const { protocol, response, room, arrival } = place
  const job = await jobOf(request, asked, place)
  const counted = await askNode(job, room)
  const base = { errorCode: null, attempts: [], usage: null, answeredBy: null } as const
  if (arrival.cancellation.reason() !== null) return { ...base, outcome: 'cancelled', status: null, responseBytes: 0 }
  if (counted !== null) {
    response.writeHead(200, clientHeaders(counted.rawHeaders))
    response.end(counted.body)
    return { ...base, outcome: 'success', status: 200, responseBytes: counted.body.length }
  }
  const body = protocol.countTokensBody(protocol.estimateTokens(asked.body))
  replyJson(response, 200, body)
  return { ...base, outcome: 'success', status: 200, responseBytes: Buffer.byteLength(body) }
}

type Counted = { readonly rawHeaders: readonly string[]; readonly body: Buffer }

/** Null: no node that may be asked, or no good answer in time. */
async function askNode(job: AttemptJob, room: ExchangeRoom): Promise<Counted | null> {
  const candidate = firstCandidate(job, room)
  if (candidate === null) return null
  const { node } = candidate.node
  const { base } = candidate.node
  const headers = requestHeaders({
    clientRawHeaders: job.clientRawHeaders,
    auth: node.auth,
    secret: candidate.keys[0]?.secret ?? null,
    identityEncoding: true,
    bodyDecoded: job.bodyDecoded,
    via: job.via,
  })
  const asked = { target: job.pathAndQuery, body: job.body }
  const { target, body } = candidate.model === job.facts.model ? asked : job.protocol.withModel(asked, candidate.model)
  const path = upstreamTarget(base, job.protocol.upstreamTarget(target))
  const call = room.upstreams
    .poolOf(candidate.node.way)
    .call({ method: job.method, path, headers, body }, { freshSocket: false, mayStart: () => true })
  const timer = room.clock.startTimer(room.settings().countTokensTimeoutMs, () =>
    call.post({ type: 'timer', timer: 'whole-answer' }),
  )
  const unsubscribe = job.cancellation.onCancel(() => call.post({ type: 'cancelled' }))
  try {
    return await readCount(call, job.protocol)
  } finally {
    timer.cancel()
    unsubscribe()
    call.abort()
  }
}

/** A node whose breaker is not closed is not asked: its answer would say nothing, and its silence costs 5 s. */
function firstCandidate(job: AttemptJob, room: ExchangeRoom): Candidate | null {
  const nowMs = room.clock.monotonicMs()
  const query = openQuery(job.protocol.id, job.facts.model)
  const judged = job.nodes().map((node) => candidacyOf(node, query, nowMs))
  const sound = judged.flatMap((one) =>
    one.eligible && one.candidate.breaker.state === 'closed' ? [one.candidate] : [],
  )
  const order = { failedLastTime: room.failedNodes.of(job.sessionId, nowMs), route: job.clientKey }
  return orderCandidates(sound, order).candidates[0] ?? null
}

async function readCount(call: UpstreamCall, protocol: ProtocolModule): Promise<Counted | null> {
  const chunks: Buffer[] = []
  let rawHeaders: readonly string[] = []
  let length = 0
  const counted = (body: Buffer): Counted | null => (protocol.isTokenCount(body) ? { rawHeaders, body } : null)
  for (;;) {
    const event = await call.next()
    switch (event.type) {
      case 'sent':
        break
      case 'head':
        if (event.status !== 200) return null
        rawHeaders = event.rawHeaders
        break
      case 'data':
        chunks.push(event.chunk)
        length += event.chunk.length
        if (length > COUNT_BYTES_MAX) return null
        break
      case 'end':
        return counted(Buffer.concat(chunks))
      case 'error':
      case 'timer':
      case 'cancelled':
        return null
    }
  }
}
