// docs/reliability.md: what was shown, with which command, on what kind of machine.
import { writeFile } from 'node:fs/promises'
import { quantile } from '../../bench/statistics.ts'
import type { FaultStormFigures } from './scenarios/fault-storm.ts'
import type { KillLoopFigures } from './scenarios/kill-loop.ts'
import type { KilledNodeFigures } from './scenarios/killed-node.ts'

export type KilledRun = KilledNodeFigures & { readonly variant: string }

export type Proof = {
  readonly date: string
  readonly command: string
  readonly machine: string
  readonly killed: readonly KilledRun[]
  readonly storm: readonly FaultStormFigures[]
  readonly killLoop: KillLoopFigures
}

export async function writeReliabilityPage(proof: Proof): Promise<void> {
  await writeFile(new URL('../../docs/reliability.md', import.meta.url), reliabilityPage(proof))
}

function reliabilityPage({ date, command, machine, killed, storm, killLoop }: Proof): string {
  return `# Reliability

A healthy node exists ⇒ the request succeeds. This page shows how often that was true, with the built daemon between a
client and two nodes over real sockets. \`npm run prove\` writes it; \`npm test\` runs the same scenarios with small numbers.

- ${date}, \`${command}\`
- ${machine}; client, nodes and daemon on the same machine

A failure is anything but the exact bytes of one whole answer with status 200. The client retries nothing. Every second
request is a stream.

## A node that dies every second

32 connections. The preferred one of two nodes is killed (listener closed, every connection reset) and comes back half a
second later, once a second. Each node waits 20 to 60 ms before it answers, then writes its answer in one go: an answer that
dies after its first content was sent on is not retried by Switchyard (the tool re-sends it), and is tested elsewhere.

| | deaths | requests | met a dead node | failures at the client | p50 | p99 | slowest |
|---|---|---|---|---|---|---|---|
${killed.map(killedRow).join('\n')}

"Met a dead node": exchanges with at least one failed attempt. The default breaker leaves a dying node alone after a few
failures, so few requests meet it. The times contain the nodes' own 20 to 60 ms and whatever else the machine did:
docs/performance.md has what a failover adds.

## Every kind of fault

The preferred node has the fault, the other one is healthy; the breaker is kept closed and whatever a fault sets aside
(a key, a model) is new for every request, so that each one meets the fault.

| fault | requests | met it | failures at the client |
|---|---|---|---|
${storm.map(stormRow).join('\n')}
| all | ${total(storm, 'requests')} | ${total(storm, 'withFailedAttempt')} | **${storm.reduce((sum, run) => sum + run.failures.length, 0)}** |

## kill -9 in the middle of writes

The daemon is killed while nodes with keys, local keys and a setting are written through the control plane and exchanges
are recorded, then started again on the same data directory. After each start: every control call that was answered with
2xx and every exchange that was ever listed is there, \`integrity_check\` and \`foreign_key_check\` pass, nothing is wrong in
the log, and each node is asked with the very key that was given last, so the vault opens it.

| kills | writes cut by a kill | writes acknowledged | exchanges acknowledged | lost or wrong |
|---|---|---|---|---|
| ${killLoop.kills} | ${killLoop.writesCut} | ${killLoop.writesAcknowledged} | ${killLoop.exchangesAcknowledged} | **${killLoop.problems.length}** |
`
}

function killedRow(run: KilledRun): string {
  const ms = (share: number): string => `${quantile(run.latenciesMs, share).toFixed(0)} ms`
  const { variant, kills, requests, withFailedAttempt, failures } = run
  return `| ${variant} | ${kills} | ${requests} | ${withFailedAttempt} | **${failures.length}** | ${ms(0.5)} | ${ms(0.99)} | ${ms(1)} |`
}

function stormRow({ kind, requests, withFailedAttempt, failures }: FaultStormFigures): string {
  return `| ${kind} | ${requests} | ${withFailedAttempt} | ${failures.length} |`
}

function total(storm: readonly FaultStormFigures[], field: 'requests' | 'withFailedAttempt'): number {
  return storm.reduce((sum, run) => sum + run[field], 0)
}
