// `npm run prove`: the scenarios with large numbers against the built daemon; writes docs/reliability.md.
// --seconds N (60) and --requests N (2000) for the killed node, --faults N (2000) per kind of fault, --kills N (200) of the daemon.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machineLine } from '../../bench/machine-line.ts'
import { type ProveScene, startProveScene } from './daemon-under-test.ts'
import { type KilledRun, type Proof, writeReliabilityPage } from './reliability-page.ts'
import { type FaultStormFigures, faultKinds, runFault } from './scenarios/fault-storm.ts'
import { type KillLoopFigures, runKillLoop } from './scenarios/kill-loop.ts'
import { runKilledNode, slowAnswer } from './scenarios/killed-node.ts'
import { breakerStaysClosedEnv } from './scenarios/proxy-under-test.ts'
import type { Sent } from './scenarios/send-many.ts'

const CONNECTIONS = 32
const CYCLE_MS = 1000
/** Shown of each run; one cause usually explains them all. */
const FAILURES_SHOWN = 10
/** The same kills every time: only where in a write they hit differs. */
const KILL_SEED = 20

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    requests: { type: 'string', default: '2000' },
    faults: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '200' },
  },
})
const sizes = {
  seconds: Number(values.seconds),
  requests: Number(values.requests),
  faults: Number(values.faults),
  kills: Number(values.kills),
}

const killed = [
  await proveKilledNode('breaker kept closed, so that every death is met', breakerStaysClosedEnv),
  await proveKilledNode('default breaker', {}),
]
const storm: FaultStormFigures[] = []
for (const kind of faultKinds) storm.push(await proveFault(kind))
const killLoop = await proveKillLoop(sizes.kills)

const proof: Proof = {
  date: new Date().toISOString().slice(0, 10),
  command: `npm run prove -- --seconds ${sizes.seconds} --requests ${sizes.requests} --faults ${sizes.faults} --kills ${sizes.kills}`,
  machine: machineLine(),
  killed,
  storm,
  killLoop,
}
await writeReliabilityPage(proof)
const failedRequests = [...killed, ...storm].reduce((sum, run) => sum + run.failures.length, 0)
const failed = failedRequests + killLoop.problems.length
console.log(
  `${failedRequests} failures at the client, ${killLoop.problems.length} after kills; docs/reliability.md is written`,
)
process.exitCode = failed === 0 ? 0 : 1

async function proveKilledNode(variant: string, env: Readonly<Record<string, string>>): Promise<KilledRun> {
  const scene = await startProveScene({ env, steps: [slowAnswer] })
  try {
    const size = { requests: sizes.requests, seconds: sizes.seconds, connections: CONNECTIONS, cycleMs: CYCLE_MS }
    const figures = await runKilledNode(scene, size)
    await report(`killed node, ${variant}: ${figures.kills} deaths`, figures, scene)
    return { variant, ...figures }
  } finally {
    await scene.close()
  }
}

async function proveFault(kind: (typeof faultKinds)[number]): Promise<FaultStormFigures> {
  // A daemon of its own: 10,000 failures in a row open even this breaker.
  const scene = await startProveScene({ env: breakerStaysClosedEnv })
  try {
    const figures = await runFault(kind, scene, { requests: sizes.faults, connections: CONNECTIONS })
    await report(`fault ${kind.name}`, figures, scene)
    return figures
  } finally {
    await scene.close()
  }
}

async function proveKillLoop(rounds: number): Promise<KillLoopFigures> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'switchyard-prove-'))
  try {
    const figures = await runKillLoop({ rounds, seed: KILL_SEED, dataDirectory })
    const { kills, writesAcknowledged, exchangesAcknowledged, problems, seconds } = figures
    const kept = `${writesAcknowledged} writes and ${exchangesAcknowledged} exchanges acknowledged`
    console.log(`kill -9 ${kills} times: ${kept}, ${problems.length} problems, ${seconds.toFixed(0)} s`)
    for (const problem of problems.slice(0, FAILURES_SHOWN)) console.log(`  ${problem}`)
    return figures
  } finally {
    await rm(dataDirectory, { recursive: true, force: true })
  }
}

type Figures = Sent & { readonly withFailedAttempt: number }

async function report(title: string, figures: Figures, { logOf }: ProveScene): Promise<void> {
  const { requests, failures, seconds, withFailedAttempt } = figures
  console.log(
    `${title}: ${failures.length} failures of ${requests} requests in ${seconds.toFixed(1)} s, ${withFailedAttempt} with a failed attempt`,
  )
  for (const failure of failures.slice(0, FAILURES_SHOWN)) {
    console.log(`  ${JSON.stringify(failure)}`)
    const lines = failure.exchangeId === null ? [] : await logOf(failure.exchangeId)
    for (const line of lines) console.log(`    ${line}`)
  }
}
