// What a failover costs: the same request through a daemon whose first node fails at once, and through one without that node.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { startDaemonWithNodes } from '../test/harness/daemon-setup.ts'
import { listenOnFreePort } from '../test/harness/listen.ts'
import { requestBody } from './answers.ts'
import { atRate } from './load.ts'
import { startProcess } from './start-process.ts'
import { median, quantile } from './statistics.ts'

export type FailoverSize = {
  readonly rounds: number
  readonly seconds: number
  readonly perSecond: number
  readonly stream: boolean
}

export type FailoverResult = {
  readonly fault: string
  readonly requests: number
  readonly failures: number
  /** Medians of the rounds' own differences. */
  readonly addedP50Ms: number
  readonly addedP99Ms: number
  /** Over all rounds. */
  readonly slowestMs: number
  readonly slowestWithoutMs: number
}

export const faults = ['refused', 'reset', '500'] as const

/** The fault is met by every request: no breaker may step in. */
const breakerStaysClosedEnv = { CB_CONSECUTIVE_FAILS: '10000', CB_FAILURE_RATE: '1', CB_MIN_REQUESTS: '10000' }

export async function measureFailover(fault: (typeof faults)[number], size: FailoverSize): Promise<FailoverResult> {
  const opened = new AsyncDisposableStack()
  try {
    const upstream = await startProcess('./upstream.ts')
    opened.defer(upstream.stop)
    const healthy = { name: 'healthy', url: `http://127.0.0.1:${upstream.port}` }
    const faulty = { name: 'faulty', url: `http://127.0.0.1:${await portOf(fault, opened)}` }
    const without = await startDaemonWithNodes([healthy], { env: breakerStaysClosedEnv })
    opened.defer(without.daemon.close)
    const failing = await startDaemonWithNodes([faulty, healthy], { env: breakerStaysClosedEnv })
    opened.defer(failing.daemon.close)
    const answer = size.stream ? 'sse-small' : 'json-1k'
    const measure = async ({ daemon, key }: typeof failing): Promise<Measured> =>
      measuredOf(
        await atRate({ target: { port: daemon.proxyPort, key }, answer, body: requestBody(1024, size.stream) }, size),
      )
    await measure(without)
    await measure(failing)
    const rounds: { without: Measured; failing: Measured }[] = []
    for (let round = 0; round < size.rounds; round++) {
      rounds.push({ without: await measure(without), failing: await measure(failing) })
    }
    return resultOf(fault, rounds)
  } finally {
    await opened.disposeAsync()
  }
}

async function portOf(fault: (typeof faults)[number], opened: AsyncDisposableStack): Promise<number> {
  if (fault === 'refused') return portNobodyListensOn()
  const node = await startProcess('./faulty-upstream.ts', [fault])
  opened.defer(node.stop)
  return node.port
}

async function portNobodyListensOn(): Promise<number> {
  const server = createServer()
  const port = await listenOnFreePort(server)
  server.close()
  await once(server, 'close')
  return port
}

type Measured = {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly requests: number
  readonly failures: number
}

function measuredOf({ latenciesMs, requests, failures }: Awaited<ReturnType<typeof atRate>>): Measured {
  const of = (share: number): number => quantile(latenciesMs, share)
  return { p50: of(0.5), p99: of(0.99), max: of(1), requests, failures }
}

function resultOf(fault: string, rounds: readonly { without: Measured; failing: Measured }[]): FailoverResult {
  return {
    fault,
    requests: rounds.reduce((sum, { failing }) => sum + failing.requests, 0),
    failures: rounds.reduce((sum, { failing, without }) => sum + failing.failures + without.failures, 0),
    addedP50Ms: median(rounds.map(({ failing, without }) => failing.p50 - without.p50)),
    addedP99Ms: median(rounds.map(({ failing, without }) => failing.p99 - without.p99)),
    slowestMs: Math.max(...rounds.map(({ failing }) => failing.max)),
    slowestWithoutMs: Math.max(...rounds.map(({ without }) => without.max)),
  }
}
