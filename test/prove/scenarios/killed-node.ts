// The preferred one of two nodes is killed and brought back, over and over, under steady traffic: nobody may notice.
import { setTimeout as delay } from 'node:timers/promises'
import type { Step } from '../../harness/plan.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'
import { splitChunks } from '../../harness/step-wrappers.ts'
import { ok } from '../../harness/steps.ts'
import type { ProxyUnderTest } from './proxy-under-test.ts'
import { type Sent, sendMany } from './send-many.ts'

export type KilledNodeSize = {
  /** At least this many requests, and at least this long. */
  readonly requests: number
  readonly seconds: number
  readonly connections: number
  /** Of one death: half of it down, half of it up. */
  readonly cycleMs: number
}

export type KilledNodeFigures = Sent & {
  readonly kills: number
  readonly withFailedAttempt: number
}

/** In one go: a cut behind the commit is the tool's own business (policies §2), and no failure that a proxy could hide. */
const inOneGo = splitChunks(ok(), [])

/** As slow as a fast API, so that a death always meets requests that wait for their head. */
export const slowAnswer: Step = {
  kind: 'ok after 20 to 60 ms',
  plan: (ask) => [{ act: 'delay', ms: 20 + Math.random() * 40 }, ...inOneGo.plan(ask)],
}

export async function runKilledNode(
  { preferred, proxy }: { readonly preferred: ScriptedUpstream; readonly proxy: ProxyUnderTest },
  size: KilledNodeSize,
): Promise<KilledNodeFigures> {
  const before = await proxy.withFailedAttempt()
  const untilMs = performance.now() + size.seconds * 1000
  const deaths = repeatDeaths(preferred, size.cycleMs)
  try {
    const sent = await sendMany({
      proxy,
      connections: size.connections,
      goesOn: (requests) => requests < size.requests || performance.now() < untilMs,
      goodStep: inOneGo,
      modelOf: () => 'claude-opus-5-5',
    })
    return { ...sent, kills: deaths.count(), withFailedAttempt: (await proxy.withFailedAttempt()) - before }
  } finally {
    await deaths.stop()
  }
}

/** Down for half a cycle, up for the other half. Ends with the node up. */
function repeatDeaths(node: ScriptedUpstream, cycleMs: number): { count: () => number; stop: () => Promise<void> } {
  let kills = 0
  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await delay(cycleMs / 2)
      kills++
      await node.kill()
      await delay(cycleMs / 2)
      await node.revive()
    }
  }
  const running = run()
  return {
    count: () => kills,
    stop: () => {
      stopped.abort()
      return running
    },
  }
}
