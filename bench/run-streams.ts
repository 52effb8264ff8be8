// Opens streams together and reads them to their end. Each event says when it was written.
import { setTimeout as delay } from 'node:timers/promises'
import { nowMicroseconds } from './clock.ts'
import { createDelayHistogram, type DelayHistogram } from './delay-histogram.ts'
import { type LoadTarget, requestBytes } from './load.ts'
import { RawConnection } from './raw-connection.ts'
import { paceHeader } from './stream-pace.ts'

export type StreamsRun = {
  readonly streams: number
  /** Not 200, cut, or with an event too few. */
  readonly broken: number
  readonly seconds: number
  readonly delays: DelayHistogram
}

export type StreamsOptions = {
  readonly target: LoadTarget
  readonly body: Buffer
  readonly count: number
  /** Of each stream. */
  readonly events: number
  readonly everyMs: number
}

/** New connections in one burst would fill the listener's queue; tools do not start in the same millisecond either. */
const OPENED_AT_ONCE = 50

export async function runStreams({ target, body, count, events, everyMs }: StreamsOptions): Promise<StreamsRun> {
  const delays = createDelayHistogram()
  const startMs = performance.now()
  let broken = 0
  const runOne = async (index: number): Promise<void> => {
    const pace = { events, everyMs, phaseMs: Math.round((index * everyMs) / count) }
    const connection = new RawConnection(target.port)
    let seen = 0
    const answer = await connection.send(requestBytes({ target, answer: paceHeader(pace), body }), (chunk) => {
      const text = chunk.toString('latin1')
      for (const match of text.matchAll(/"t(\d+) word/g)) {
        seen++
        delays.add(nowMicroseconds() - Number(match[1]))
      }
    })
    connection.close()
    if (answer.status !== 200 || !answer.complete || seen !== events) broken++
  }
  const running: Promise<void>[] = []
  for (let index = 0; index < count; index++) {
    running.push(runOne(index))
    if (index % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await delay(10)
  }
  await Promise.all(running)
  return { streams: count, broken, seconds: (performance.now() - startMs) / 1000, delays }
}
