// Who is measured: the upstream itself, the bare pass-through and our real daemon, all in front of the same upstream.
import { startDaemonWithNodes } from '../test/harness/daemon-setup.ts'
import type { LoadTarget } from './load.ts'
import { startProcess } from './start-process.ts'

export type Party = LoadTarget & { readonly name: 'direct' | 'bare' | 'ours'; readonly pid: number }

export type Parties = {
  readonly direct: Party
  readonly bare: Party
  readonly ours: Party
  readonly stop: () => Promise<void>
}

export type PartiesOptions = {
  /** Of our daemon. */
  readonly env?: Readonly<Record<string, string>>
}

export async function startParties({ env = {} }: PartiesOptions = {}): Promise<Parties> {
  const opened = new AsyncDisposableStack()
  try {
    const upstream = await startProcess('./upstream.ts')
    opened.defer(upstream.stop)
    const url = `http://127.0.0.1:${upstream.port}`
    const bare = await startProcess('./bare-proxy.ts', [url])
    opened.defer(bare.stop)
    const { daemon, key } = await startDaemonWithNodes([{ name: 'upstream', url }], { env })
    opened.defer(daemon.close)
    return {
      direct: { name: 'direct', port: upstream.port, pid: upstream.pid, key },
      bare: { name: 'bare', port: bare.port, pid: bare.pid, key },
      ours: { name: 'ours', port: daemon.proxyPort, pid: daemon.pid, key },
      stop: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}
