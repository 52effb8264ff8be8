// From the request and its client to the job of its attempts: where its nodes are, and what each of them is sent.
import type { IncomingMessage } from 'node:http'
import type { AttemptJob } from '../attempts/attempt-job.ts'
import { admitModel } from '../auth/admit-key.ts'
import { type Candidacy, candidacyOf, openQuery } from '../balancing/candidacy.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import { findNodes } from '../routing/find-nodes.ts'
import { nodesOfRoute } from '../routing/route.ts'
import { LOOP_HEADER } from '../upstream/request-headers.ts'
import type { ExchangePlace } from './exchange-place.ts'
import type { AskedRequest } from './read-request.ts'

/** What every attempt of the exchange sends. Asks the database before it says that no node fits. Throws model-not-allowed. */
export async function jobOf(
  request: IncomingMessage,
  asked: AskedRequest,
  { arrival, clientKey, protocol, room }: ExchangePlace,
): Promise<AttemptJob> {
  const { model } = asked.facts
  admitModel(clientKey, model)
  const memoryCache = room.settings().memoryCacheEnabled
  const query = openQuery(protocol.id, model)
  const couldServe = (nodes: readonly LiveNode[]) =>
    nodes.some((node) => mayServe(candidacyOf(node, query, room.clock.monotonicMs())))
  const foundIn = await findNodes(clientKey, couldServe, { registry: room.registry, log: room.log, memoryCache })
  const via = request.headers[LOOP_HEADER]
  return {
    exchangeId: arrival.id,
    protocol,
    method: request.method ?? 'POST',
    pathAndQuery: asked.target,
    clientRawHeaders: request.rawHeaders,
    body: asked.body,
    bodyDecoded: asked.bodyDecoded,
    facts: asked.facts,
    sessionId: asked.sessionId,
    clientKey,
    foundIn,
    nodes: () => nodesOfRoute(clientKey, room.registry),
    startedMs: arrival.startedMs,
    via: typeof via === 'string' ? `${via}, ${room.instanceId}` : room.instanceId,
    cancellation: arrival.cancellation,
  }
}

/** A busy node has its place free again in a moment: no reason to ask the database, least of all under load. */
function mayServe(one: Candidacy): boolean {
  return one.eligible || one.why === 'busy'
}
