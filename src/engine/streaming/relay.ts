// The committed answer on its way to the client: bytes untouched, with back-pressure, pings and the silence timer.
// A failure from here on breaks the connection, never a clean end, never an invented event: the tool re-sends (policies §2).
import type { ServerResponse } from 'node:http'
import type { TokenUsage } from '../../shared/model/exchange.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { CommittedAnswer, RestOfAnswer } from '../attempts/answer.ts'
import type { AttemptEnd } from '../classify/attempt-end.ts'
import type { Cancellation } from '../exchange/cancellation.ts'
import type { Clock } from '../ports.ts'
import { clientHeaders } from '../upstream/response-headers.ts'
import { drained, flushAndDestroy } from './client-connection.ts'
import { createSilenceWatch } from './silence-watch.ts'

export type Relayed = {
  readonly end: AttemptEnd
  /** Of the node's answer; our pings are not in it. */
  readonly responseBytes: number
  readonly usage: TokenUsage | null
}

export type RelayRoom = {
  readonly clock: Clock
  readonly settings: Settings
  readonly cancellation: Cancellation
  readonly ping: string | null
  /** Added to the node's headers, name and value in turn. */
  readonly extraHeaders: readonly string[]
}

export async function relay(answer: CommittedAnswer, response: ServerResponse, room: RelayRoom): Promise<Relayed> {
  const headers = clientHeaders(answer.rawHeaders)
  headers.push(...room.extraHeaders)
  response.writeHead(answer.status, headers)
  const heldBytes = answer.held.reduce((sum, chunk) => sum + chunk.length, 0)
  if (answer.rest.kind === 'nothing') {
    for (const chunk of answer.held.slice(0, -1)) response.write(chunk)
    response.end(answer.held.at(-1))
    return { end: { kind: 'complete' }, responseBytes: heldBytes, usage: answer.rest.usage }
  }
  for (const chunk of answer.held) response.write(chunk)
  const pingable =
    room.ping !== null && !headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-length')
  const { end, relayedBytes } = await relayRest(answer, answer.rest, {
    response,
    room,
    ping: pingable ? room.ping : null,
  })
  const usage = answer.rest.kind === 'events' ? answer.rest.reader.usage() : null
  if (answer.rest.kind === 'events') answer.rest.tap.close()
  return { end, responseBytes: heldBytes + relayedBytes, usage }
}

type Flow = { readonly response: ServerResponse; readonly room: RelayRoom; readonly ping: string | null }
type FlowEnd = { readonly end: AttemptEnd; readonly relayedBytes: number }

async function relayRest(
  { attempt }: CommittedAnswer,
  rest: Exclude<RestOfAnswer, { kind: 'nothing' }>,
  { response, room, ping }: Flow,
): Promise<FlowEnd> {
  const { call, timers } = attempt
  const watch = createSilenceWatch(room, rest.kind === 'events' && rest.thinking)
  let relayedBytes = 0
  const reader = rest.kind === 'events' ? rest.reader : null
  /** What the client got ends cleanly only if the node said so; a node that dies behind its last event took nothing away. */
  const finish = async (end: AttemptEnd): Promise<FlowEnd> => {
    timers.cancelAll()
    if (end.kind === 'complete' || reader?.ended() === true) response.end()
    else await flushAndDestroy(response, room.clock)
    // A client may leave as soon as it has the final event.
    const complete = reader?.ended() === true || (reader?.finished() === true && end.kind !== 'cancelled')
    return { end: complete ? { kind: 'complete' } : end, relayedBytes }
  }
  /** The first content of an answer that was committed by time or size. */
  const sawContent = () => {
    if (attempt.marks.firstContentMs !== null) return
    attempt.marks.firstContentMs = room.clock.monotonicMs()
    attempt.selection.lease.firstContent()
  }
  timers.start('silence', watch.askAgainMs())
  if (ping !== null) timers.start('ping', room.settings.pingIntervalMs)

  for (;;) {
    const event = await call.next()
    switch (event.type) {
      case 'data': {
        if (rest.kind === 'events') {
          const pushed = rest.tap.push(event.chunk)
          const meanings = pushed instanceof Promise ? await pushed : pushed
          watch.saw(meanings)
          for (const meaning of meanings) {
            // The node's own error event would make the tool fall back; a broken connection makes it stream again.
            if (meaning.kind === 'error') return await finish({ ...meaning, kind: 'error-in-answer', committed: true })
            if (meaning.kind === 'malformed' && !rest.reader.ended()) {
              return await finish({ kind: 'bad-answer', problem: 'malformed', committed: true })
            }
            if (meaning.kind === 'content') sawContent()
          }
        } else {
          watch.sawBytes()
        }
        relayedBytes += event.chunk.length
        if (!response.write(event.chunk)) {
          const { clock, cancellation } = room
          const patienceMs = room.settings.livingSilenceTimeoutMs
          if ((await drained(response, { clock, cancellation, patienceMs })) === 'stalled') {
            return await finish({ kind: 'cancelled' })
          }
          watch.sawBytes()
        }
        watch.wrote()
        break
      }
      case 'end': {
        const whole = rest.kind === 'bytes' || rest.reader.finished() || rest.tap.blind()
        return await finish(
          whole ? { kind: 'complete' } : { kind: 'bad-answer', problem: 'ended-early', committed: true },
        )
      }
      case 'error':
        return await finish({ kind: 'broken', phase: 'after-commit', code: event.code })
      case 'cancelled':
        return await finish({ kind: 'cancelled' })
      case 'timer':
        if (event.timer === 'silence') {
          if (watch.leftMs() <= 0) return await finish({ kind: 'timed-out', timer: 'silence', committed: true })
          timers.start('silence', watch.askAgainMs())
        }
        if (event.timer === 'ping' && ping !== null) {
          const leftMs = room.settings.pingIntervalMs - watch.sinceWriteMs()
          if (leftMs <= 0 && rest.kind === 'events' && rest.tap.betweenEvents()) {
            response.write(ping)
            watch.wrote()
          }
          timers.start('ping', leftMs > 0 ? leftMs : room.settings.pingIntervalMs)
        }
        break
      case 'sent':
      case 'head':
        throw new Error(`a call began again (${event.type}) after the commit`)
    }
  }
}
