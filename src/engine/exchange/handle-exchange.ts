// THE page: the life of one request, from its arrival to its record.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { admitKey } from '../auth/admit-key.ts'
import { authenticate } from '../auth/authenticate.ts'
import { presentedKey } from '../auth/presented-key.ts'
import { ClientGone, type HeldBody, readBody } from '../listener/read-body.ts'
import { replyWithError } from '../listener/reply.ts'
import type { Operation, ProtocolModule } from '../protocols/protocol.ts'
import { ProxyError, stopping } from '../proxy-error.ts'
import { arrive } from './arrival.ts'
import type { Cancellation } from './cancellation.ts'
import { countTokens } from './count-tokens.ts'
import type { ExchangeRoom } from './exchange-room.ts'
import { generate } from './generate.ts'
import { listModels } from './list-models.ts'
import { readRequest } from './read-request.ts'
import { type ExchangeEnd, type KnownOfExchange, settleExchange } from './settle-exchange.ts'

export type Matched = { readonly protocol: ProtocolModule; readonly operation: Operation }

/** Never rejects for what a client or a node did; a rejection is a fault of ours. */
export async function handleExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { matched: { protocol, operation }, room }: { readonly matched: Matched; readonly room: ExchangeRoom },
): Promise<void> {
  const arrival = arrive(request, response, room)
  let known: KnownOfExchange = {
    protocol: protocol.id,
    operation: operation.name,
    clientKey: null,
    facts: null,
    sessionId: null,
    requestBytes: 0,
  }
  let body: HeldBody | null = null
  room.open.add(arrival)
  try {
    if (room.open.stopping()) throw stopping()
    const clientKey = await authenticate(presentedKey(request.headers, request.url ?? ''), room)
    known = { ...known, clientKey }
    admitKey(clientKey, room.clock.wallMs())
    const place = { arrival, clientKey, protocol, response, room }
    let end: ExchangeEnd
    if (operation.kind === 'list-models') {
      end = listModels(place)
    } else {
      const settings = room.settings()
      const { clock, bufferedBytes } = room
      body = await readBody(request, { clock, settings, bufferedBytes, cancellation: arrival.cancellation })
      const asked = await readRequest(request, body, { protocol, bodyBytesMax: settings.bodyBytesMax })
      known = { ...known, facts: asked.facts, sessionId: asked.sessionId, requestBytes: body.bytes.length }
      room.events.tell({
        type: 'exchangeStarted',
        exchangeId: arrival.id,
        atMs: arrival.startedWallMs,
        client: arrival.client,
        operation: operation.name,
        model: asked.facts.model,
      })
      end =
        operation.kind === 'generate' ? await generate(request, asked, place) : await countTokens(request, asked, place)
    }
    settleExchange({ arrival, known, end }, room)
  } catch (error) {
    settleExchange({ arrival, known, end: refuse(error, response, protocol) }, room)
    if (!(error instanceof ProxyError || error instanceof ClientGone)) throw error
  } finally {
    body?.release()
    whenLeft(response, arrival.cancellation, () => room.open.remove(arrival))
  }
}

/** Ended is not yet sent: a stop must not cut an answer that is still on its way to a slow client. */
function whenLeft(response: ServerResponse, cancellation: Cancellation, left: () => void): void {
  if (response.writableFinished || response.destroyed || !response.writableEnded) {
    left()
    return
  }
  response.once('finish', left).once('close', left)
  // Nor may a client that reads nothing hold up the stop for ever. Cancelled already: what is on its way is the word of that.
  if (cancellation.reason() === null) cancellation.onCancel(() => response.destroy())
}

/** Refused before any attempt. A fault of ours is recorded like one, answered by the listener. */
function refuse(error: unknown, response: ServerResponse, protocol: ProtocolModule): ExchangeEnd {
  const base = { attempts: [], responseBytes: 0, usage: null, answeredBy: null } as const
  if (error instanceof ClientGone) return { ...base, outcome: 'cancelled', status: null, errorCode: null }
  if (!(error instanceof ProxyError)) return { ...base, outcome: 'failed', status: 500, errorCode: 'internal' }
  replyWithError(response, error, protocol)
  return { ...base, outcome: 'rejected', status: error.status, errorCode: error.code }
}
