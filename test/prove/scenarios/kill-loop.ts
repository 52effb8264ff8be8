// kill -9 in a loop: the built daemon is killed in the middle of writes, again and again on the same data directory, and
// after each start everything it has acknowledged must be there.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { logPath } from '../../../src/headless/log-file.ts'
import { createCondition } from '../../harness/condition.ts'
import { type ControlApi, controlApi } from '../../harness/control-api.ts'
import { type Daemon, startDaemon } from '../../harness/daemon.ts'
import { startScriptedUpstream } from '../../harness/scripted-upstream.ts'
import { seededRandom } from '../../harness/seeded-random.ts'
import { checkDatabase, checkExchanges } from './kill-loop-database.ts'
import { createTraffic, type Traffic } from './kill-loop-traffic.ts'
import { createWriters, type Writer } from './kill-loop-writers.ts'

export type KillLoopOptions = {
  readonly rounds: number
  readonly seed: number
  readonly dataDirectory: string
  readonly env?: Readonly<Record<string, string>>
  /** Between a kill and the next start: for a test that the loop would notice a loss. */
  readonly onKilled?: () => Promise<void>
}

export type KillLoopFigures = {
  readonly kills: number
  /** Control calls that were answered with 2xx. */
  readonly writesAcknowledged: number
  /** Calls under way when the daemon died: the kill met a write. */
  readonly writesCut: number
  /** Listed by `GET /exchanges` before a kill. */
  readonly exchangesAcknowledged: number
  /** One sentence for each thing that was not as acknowledged. Empty: nothing was lost. */
  readonly problems: readonly string[]
  readonly seconds: number
}

/** Between the first acknowledged write of a round and the kill: from inside the next write to a few dozen writes later. */
const KILL_WITHIN_MS = 250
/** A daemon that acknowledges nothing for so long is broken, not slow. */
const FIRST_WRITE_LIMIT_MS = 30_000

export async function runKillLoop(options: KillLoopOptions): Promise<KillLoopFigures> {
  const random = seededRandom(options.seed)
  const startedMs = performance.now()
  const upstream = await startScriptedUpstream({ name: 'kept', keep: 'heads' })
  const problems: string[] = []
  const writers = createWriters(upstream, random)
  const traffic = createTraffic(upstream)
  const newErrors = createErrorReader(options.dataDirectory)
  let writesCut = 0
  try {
    for (let round = 1; round <= options.rounds + 1; round++) {
      const daemon = await startDaemon({ dataDirectory: options.dataDirectory, env: options.env ?? {} })
      try {
        const api = await controlApi(daemon)
        const found = [...(await checkStart({ daemon, api, writers, traffic })), ...(await newErrors())]
        problems.push(...found.map((problem) => `after kill ${round - 1}: ${problem}`))
        // One start more than kills: the last one only looks.
        if (round <= options.rounds) writesCut += await writeUntilKilled({ daemon, api, writers, traffic, random })
      } finally {
        await killed(daemon)
      }
      if (round <= options.rounds) await options.onKilled?.()
    }
  } finally {
    await upstream.close()
  }
  problems.push(
    ...checkDatabase(options.dataDirectory),
    ...checkExchanges(options.dataDirectory, traffic.acknowledged()),
  )
  return {
    kills: options.rounds,
    writesAcknowledged: acknowledgedBy(writers),
    writesCut,
    exchangesAcknowledged: traffic.acknowledged().size,
    problems,
    seconds: (performance.now() - startedMs) / 1000,
  }
}

type Round = {
  readonly daemon: Daemon
  readonly api: ControlApi
  readonly writers: readonly Writer[]
  readonly traffic: Traffic
}

async function checkStart({ daemon, api, writers, traffic }: Round): Promise<readonly string[]> {
  const problems: string[] = []
  for (const writer of writers) problems.push(...(await writer.check({ daemon, api })))
  await traffic.prepare(api)
  problems.push(...checkDatabase(daemon.dataDirectory), ...checkExchanges(daemon.dataDirectory, traffic.acknowledged()))
  // An error goes to the log and to stderr; of the log the last tenth of a second before a kill may be missing.
  const [, ...more] = daemon.output().trim().split('\n')
  problems.push(...more.map((line) => `the daemon printed: ${line}`))
  return problems
}

/** Each call gives what the log has had to complain about since the last one. */
function createErrorReader(dataDirectory: string): () => Promise<readonly string[]> {
  let read = 0
  return async () => {
    const log = await readFile(logPath(dataDirectory), 'utf8').catch(() => '')
    const lines = log.slice(read).split('\n')
    read = log.length
    return lines.filter((line) => /"level":"(?:error|fatal)"/.test(line)).map((line) => `the log says: ${line}`)
  }
}

/** The writes that were under way. */
async function writeUntilKilled(round: Round & { readonly random: () => number }): Promise<number> {
  const { daemon, api, writers, traffic, random } = round
  const stop = new AbortController()
  const written = createCondition()
  const before = acknowledgedBy(writers)
  const alive = { daemon, api, signal: stop.signal, onAcknowledged: written.poke }
  const writing = writers.map((writer) => writer.writeOn(alive))
  const sending = traffic.sendOn(alive)
  try {
    await written.until(
      () => (acknowledgedBy(writers) > before ? true : undefined),
      () => 'the first acknowledged write',
      FIRST_WRITE_LIMIT_MS,
    )
    // Real time is the point: the kill must meet the writes anywhere. What follows does not depend on where.
    await sleep(random() * KILL_WITHIN_MS)
  } finally {
    stop.abort()
    process.kill(daemon.pid, 'SIGKILL')
  }
  await sending
  const cut = await Promise.all(writing)
  return cut.filter(Boolean).length
}

function acknowledgedBy(writers: readonly Writer[]): number {
  return writers.reduce((sum, writer) => sum + writer.acknowledged(), 0)
}

async function killed(daemon: Daemon): Promise<void> {
  try {
    process.kill(daemon.pid, 'SIGKILL')
  } catch {
    // Dead already: by the round, or by itself, which the next start would show.
  }
  await daemon.close()
}
