// The product in twenty seconds: steady traffic over two simulated nodes, the preferred one dies and comes back.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRouterClient } from '@orpc/server'
import type { ExchangeRecord } from '../shared/model/exchange.ts'
import { speak } from '../shared/text/speak.ts'
import type { Spoken } from '../shared/text/spoken.ts'
import { type DemoFigures, demoFigures, figuresLine, resentLine, secondLine } from './demo/demo-figures.ts'
import { startTraffic } from './demo/demo-traffic.ts'
import type { Host, HostOptions } from './host.ts'

export type DemoTimes = {
  readonly totalMs: number
  readonly killAtMs: number
  readonly reviveAtMs: number
  readonly lineEveryMs: number
  readonly requestsPerSecond: number
}

export const DEFAULT_DEMO_TIMES: DemoTimes = {
  totalMs: 20_000,
  killAtMs: 7_000,
  reviveAtMs: 14_000,
  lineEveryMs: 1_000,
  requestsPerSecond: 20,
}

/** A breaker's real cooldown is longer than the whole demo; nobody would see the node come back. */
const DEMO_ENVIRONMENT = { CB_COOLDOWN_SECONDS: '1', SWITCHYARD_CB_COOLDOWN_MAX_MS: '2000' }

export type DemoOptions = {
  readonly write: (line: Spoken) => void
  /** `createHost`; a parameter so that this file does not load engine and database by itself. */
  readonly createHost: (options: HostOptions) => Promise<Host>
  readonly version: string
  readonly times?: DemoTimes
  /** Ends the run early; the figures so far are still written. */
  readonly signal?: AbortSignal
}

/** In a data directory of its own, which it removes. Rejects with a HostError when the host cannot start. */
export async function runDemo(options: DemoOptions): Promise<DemoFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-demo-'))
  try {
    return await runIn(directory, options)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function runIn(dataDirectory: string, options: DemoOptions): Promise<DemoFigures> {
  const { write, times = DEFAULT_DEMO_TIMES, version } = options
  const host = await options.createHost({
    dataDirectory,
    proxyPort: 0,
    demo: 'always',
    environment: DEMO_ENVIRONMENT,
    version,
    logDestination: null,
    controlPort: () => null,
  })
  try {
    const [preferred] = host.simulatedNodes()
    if (host.demoKey === null || preferred === undefined) throw new Error('the demo host has no simulated nodes')
    const records = await collectRecords(host)
    const traffic = startTraffic({
      proxyPort: host.proxyPort,
      key: host.demoKey.key,
      requestsPerSecond: times.requestsPerSecond,
    })
    try {
      const url = `http://127.0.0.1:${host.proxyPort}`
      write(speak('demo-nodes', { url, rate: times.requestsPerSecond }))
      const kill = async (): Promise<void> => {
        await preferred.kill()
        write(speak('demo-killed', { node: preferred.name }))
      }
      const revive = async (): Promise<void> => {
        await preferred.revive()
        write(speak('demo-revived', { node: preferred.name }))
      }
      const second = createSecondLines(() => traffic.counts(), records.settled)
      await playScript(makeScript(times, { kill, revive, line: (number) => write(second(number)) }), options.signal)
    } finally {
      await traffic.stop()
    }
    // The drain ends the event stream, and with it the records are complete.
    await host.stop()
    await records.done
    const figures = demoFigures(traffic.counts(), records.settled())
    const resent = resentLine(figures)
    if (resent !== null) write(resent)
    write(figuresLine(figures))
    return figures
  } finally {
    await host.stop()
  }
}

type Collection = { readonly settled: () => readonly ExchangeRecord[]; readonly done: Promise<void> }

async function collectRecords(host: Host): Promise<Collection> {
  const settled: ExchangeRecord[] = []
  const events = await createRouterClient(host.router).events()
  const collect = async (): Promise<void> => {
    for await (const push of events) {
      for (const event of push.events) if (event.type === 'exchangeSettled') settled.push(event.exchange)
    }
  }
  return { settled: () => settled, done: collect() }
}

function createSecondLines(
  counts: () => Parameters<typeof secondLine>[1],
  settled: () => readonly ExchangeRecord[],
): (number: number) => Spoken {
  let shown = 0
  return (number) => {
    const fresh = settled().slice(shown)
    shown += fresh.length
    return secondLine(number, counts(), fresh)
  }
}

type Step = { readonly atMs: number; readonly act: () => void | Promise<void> }
type Acts = {
  readonly kill: () => Promise<void>
  readonly revive: () => Promise<void>
  readonly line: (number: number) => void
}

function makeScript(times: DemoTimes, acts: Acts): readonly Step[] {
  const lines = Array.from({ length: Math.floor(times.totalMs / times.lineEveryMs) }, (_, index): Step => {
    const number = index + 1
    return { atMs: number * times.lineEveryMs, act: () => acts.line(number) }
  })
  const script: readonly Step[] = [
    ...lines,
    { atMs: times.killAtMs, act: acts.kill },
    { atMs: times.reviveAtMs, act: acts.revive },
    { atMs: times.totalMs, act: () => undefined },
  ]
  return script.toSorted((a, b) => a.atMs - b.atMs)
}

/** In order, each at its time; ends early, without an error, when the signal aborts. */
async function playScript(script: readonly Step[], signal: AbortSignal | undefined): Promise<void> {
  const startMs = performance.now()
  for (const { atMs, act } of script) {
    const waitMs = startMs + atMs - performance.now()
    if (waitMs > 0 && !(await waited(waitMs, signal))) return
    await act()
  }
}

async function waited(waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(waitMs, undefined, signal === undefined ? {} : { signal })
    return true
  } catch {
    return false
  }
}
