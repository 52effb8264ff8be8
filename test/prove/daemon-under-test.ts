// The built daemon as the scenarios see it: two nodes of which the first goes first, a local key, its own counts.

import { readFile } from 'node:fs/promises'
import { createControlClient } from '../../src/headless/control-client.ts'
import { logPath } from '../../src/headless/log-file.ts'
import { readControlToken } from '../../src/host/daemon-file.ts'
import { nodeSecret, readStatus, startDaemonWithNodes } from '../harness/daemon-setup.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import type { Steps } from '../harness/step-scripts.ts'
import { KEYS_OF_FAULTY_NODE, type ProxyUnderTest } from './scenarios/proxy-under-test.ts'

export type ProveScene = {
  readonly preferred: ScriptedUpstream
  readonly proxy: ProxyUnderTest
  /** The daemon's log lines about an exchange, for the report of a failure. */
  readonly logOf: (exchangeId: string) => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

export async function startProveScene(options: {
  readonly env: Readonly<Record<string, string>>
  readonly steps?: Steps
}): Promise<ProveScene> {
  const opened = new AsyncDisposableStack()
  try {
    const start = async (name: string): Promise<ScriptedUpstream> => {
      const upstream = await startScriptedUpstream({
        name,
        keep: 'heads',
        ...(options.steps && { steps: options.steps }),
      })
      opened.defer(upstream.close)
      return upstream
    }
    const nodes = [await start('a'), await start('b')] as const
    const { daemon, key } = await startDaemonWithNodes(nodes, { env: options.env })
    opened.defer(daemon.close)
    const token = await readControlToken(daemon.dataDirectory)
    if (token === null) throw new Error('the daemon wrote no control token')
    const control = createControlClient(Number(new URL(daemon.controlUrl).port), token)
    let keysGiven = 0
    return {
      preferred: nodes[0],
      proxy: {
        port: daemon.proxyPort,
        key,
        withFailedAttempt: async () => (await readStatus(daemon)).exchanges.withFailedAttempt,
        renewKeys: async () => {
          const keys = Array.from({ length: KEYS_OF_FAULTY_NODE }, () => ({
            secret: `${nodeSecret('a')}-${++keysGiven}`,
          }))
          await control.nodes.update({ ref: 'a', keys })
        },
      },
      logOf: async (exchangeId) => {
        const log = await readFile(logPath(daemon.dataDirectory), 'utf8')
        return log.split('\n').filter((line) => line.includes(exchangeId))
      },
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}
