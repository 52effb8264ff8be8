// Many requests over some keep-alive connections, no retries, every answer compared byte by byte with what the node wrote.
import { Agent } from 'node:http'
import { type Answer, request } from '../../harness/http-client.ts'
import { messagesBody } from '../../harness/messages-body.ts'
import { plannedBytes, type Step } from '../../harness/plan.ts'
import type { ProxyUnderTest } from './proxy-under-test.ts'

export type ClientFailure = {
  /** 1 for the first request. */
  readonly number: number
  readonly why: string
  readonly status: number | null
  readonly errorCode: string | null
  /** The proxy's name of the exchange, to look it up in the records. */
  readonly exchangeId: string | null
  readonly atMs: number
  /** The end of what arrived. */
  readonly text: string
}

export type Sent = {
  readonly requests: number
  readonly seconds: number
  readonly failures: readonly ClientFailure[]
  readonly latenciesMs: readonly number[]
}

const TEXT_SHOWN = 200

export type SendMany = {
  readonly proxy: Pick<ProxyUnderTest, 'port' | 'key'>
  readonly connections: number
  /** Asked before each request. */
  readonly goesOn: (sentSoFar: number) => boolean
  /** What a good node answers with. */
  readonly goodStep: Step
  readonly modelOf: (number: number) => string
}

/** Every second request is a stream. */
export async function sendMany({ proxy, connections, goesOn, goodStep, modelOf }: SendMany): Promise<Sent> {
  const failures: ClientFailure[] = []
  const latenciesMs: number[] = []
  const startMs = performance.now()
  let sent = 0

  const sendOne = async (agent: Agent, number: number): Promise<void> => {
    const ask = { model: modelOf(number), stream: number % 2 === 0 }
    const sentMs = performance.now()
    const answer = await request({
      port: proxy.port,
      agent,
      headers: { authorization: `Bearer ${proxy.key}`, 'x-test-request': String(number) },
      body: messagesBody(ask),
    })
    latenciesMs.push(performance.now() - sentMs)
    const why = wrongWith(answer, goodStep, ask)
    if (why !== null) failures.push(failureOf(answer, { number, why, atMs: sentMs - startMs }))
  }

  await Promise.all(
    Array.from({ length: connections }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      while (goesOn(sent)) {
        sent++
        await sendOne(agent, sent)
      }
      agent.destroy()
    }),
  )
  return { requests: sent, seconds: (performance.now() - startMs) / 1000, failures, latenciesMs }
}

/** Null: exactly what one of the nodes wrote, to its last byte. */
function wrongWith(answer: Answer, goodStep: Step, ask: { model: string; stream: boolean }): string | null {
  if (answer.status === null) return 'no answer'
  if (answer.status !== 200) return `status ${answer.status}`
  const id = /"id":"msg_([^_"]+)_(\d+)"/.exec(answer.text)
  if (id === null) return answer.ended === 'complete' ? 'no message of a node' : 'the answer broke off at its beginning'
  const [, name = '', number = ''] = id
  const expected = plannedBytes(goodStep, { name, number: Number(number), ...ask })
  const whole = answer.body.equals(expected)
  if (answer.ended !== 'complete') return whole ? 'broken off behind the last byte' : 'the answer broke off'
  return whole ? null : 'wrong body'
}

function failureOf(answer: Answer, about: { number: number; why: string; atMs: number }): ClientFailure {
  const exchange = answer.headers['x-switchyard-exchange']
  return {
    ...about,
    atMs: Math.round(about.atMs),
    status: answer.status,
    errorCode: answer.errorCode,
    exchangeId: typeof exchange === 'string' ? exchange : null,
    text: answer.text.slice(-TEXT_SHOWN),
  }
}
