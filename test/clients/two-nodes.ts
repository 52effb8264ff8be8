// The scene of every test here: the built daemon between a real client and two nodes, of which the first goes first.
import { onTestFailed, onTestFinished } from 'vitest'
import type { DaemonStatus } from '../../src/shared/contract/contract.ts'
import type { AuthForm } from '../../src/shared/model/node.ts'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Protocol } from '../../src/shared/model/protocol.ts'
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
  /** What the daemon recorded of its exchanges, once there are `count`: each a list of tries as [node, outcome]. */
  readonly triesOfExchanges: (count: number) => Promise<readonly Tries[]>
  /** The same of its only one. */
  readonly triesOfTheExchange: () => Promise<Tries>
  /** Messages requests that reached each node. */
  readonly nodeCalls: () => { readonly a: number; readonly b: number }
}

export type Tries = readonly (readonly [string, AttemptOutcome])[]

export type TwoNodesOptions = DaemonOptions & {
  /** Of both nodes. Default: anthropic. */
  readonly protocol?: Protocol
  readonly auth?: AuthForm
}

/** Everything is closed when the test ends. */
export async function startTwoNodes(options: TwoNodesOptions = {}): Promise<TwoNodes> {
  const a = await startScriptedUpstream({ name: 'a' })
  onTestFinished(a.close)
  const b = await startScriptedUpstream({ name: 'b' })
  onTestFinished(b.close)
  const { protocol = 'anthropic', auth, ...daemonOptions } = options
  const nodes = [a, b].map(({ name, url }) => ({
    name,
    // The base URL of an OpenAI SDK includes its version.
    url: protocol.startsWith('openai-') ? `${url}/v1` : url,
    protocol,
    auth,
  }))
  const { daemon, key } = await startDaemonWithNodes(nodes, daemonOptions)
  onTestFinished(daemon.close)
  // A client only says that it waited; why stands in the daemon's log.
  onTestFailed(() => {
    process.stderr.write(`the daemon printed:\n${daemon.output()}\n`)
  })
  const triesOfExchanges = async (count: number): Promise<readonly Tries[]> => {
    const exchanges = await readExchanges(daemon, count)
    if (exchanges.length !== count) throw new Error(`${exchanges.length} exchanges instead of ${count}`)
    return exchanges.map(({ attempts }) => attempts.map(({ nodeName, outcome }) => [nodeName, outcome] as const))
  }
  return {
    a,
    b,
    daemon,
    key,
    exchanges: async () => (await readStatus(daemon)).exchanges,
    triesOfExchanges,
    triesOfTheExchange: async () => (await triesOfExchanges(1))[0] ?? [],
    nodeCalls: () => ({ a: a.requestsFor('messages').length, b: b.requestsFor('messages').length }),
  }
}
