// The scene of every test here: the built daemon between a real client and two nodes, of which the first goes first.
import { onTestFailed, onTestFinished } from 'vitest'
import type { DaemonStatus } from '../../src/shared/contract/contract.ts'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Daemon, DaemonOptions } from '../harness/daemon.ts'
import { readExchanges, readStatus, startDaemonWithNodes } from '../harness/daemon-setup.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'

export type TwoNodes = {
  /** Priority 1. */
  readonly a: ScriptedUpstream
  /** Priority 2, healthy. */
  readonly b: ScriptedUpstream
  readonly daemon: Daemon
  /** The local key for the client. */
  readonly key: string
  /** What a client asked for and what became of it, as the daemon counts exchanges. */
  readonly exchanges: () => Promise<DaemonStatus['exchanges']>
  /** What the daemon recorded of its only exchange: each try as [node, outcome]. */
  readonly triesOfTheExchange: () => Promise<readonly (readonly [string, AttemptOutcome])[]>
  /** Messages requests that reached each node. */
  readonly nodeCalls: () => { readonly a: number; readonly b: number }
}

/** Everything is closed when the test ends. */
export async function startTwoNodes(options: DaemonOptions = {}): Promise<TwoNodes> {
  const a = await startScriptedUpstream({ name: 'a' })
  onTestFinished(a.close)
  const b = await startScriptedUpstream({ name: 'b' })
  onTestFinished(b.close)
  const { daemon, key } = await startDaemonWithNodes([a, b], options)
  onTestFinished(daemon.close)
  // A client only says that it waited; why stands in the daemon's log.
  onTestFailed(() => {
    process.stderr.write(`the daemon printed:\n${daemon.output()}\n`)
  })
  return {
    a,
    b,
    daemon,
    key,
    exchanges: async () => (await readStatus(daemon)).exchanges,
    triesOfTheExchange: async () => {
      const [exchange, ...more] = await readExchanges(daemon, 1)
      if (more.length > 0) throw new Error(`${1 + more.length} exchanges instead of one`)
      return (exchange?.attempts ?? []).map((attempt) => [attempt.nodeName, attempt.outcome] as const)
    },
    nodeCalls: () => ({ a: a.requestsFor('messages').length, b: b.requestsFor('messages').length }),
  }
}
