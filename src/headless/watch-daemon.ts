// `--watch`: follows the daemon's pushes and shows its state anew at each, and every second for the times in it.
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { failure } from './cli-error.ts'
import type { ControlClient } from './control-client.ts'
import type { Call } from './leaf-command.ts'
import { createScreen, type Screen } from './terminal/watch.ts'

const TICK_MS = 1000

/** `lines` at a terminal and in a pipe, `json` with --json. */
export type Watched = {
  readonly lines: (status: DaemonStatus) => readonly string[]
  readonly json: (status: DaemonStatus) => unknown
}

/** Ctrl-C is how it ends. Rejects with CONNECTION_LOST when the daemon goes. */
export async function watchDaemon(call: Call, watched: Watched): Promise<void> {
  const interruption = new AbortController()
  const unsubscribe = call.io.onStopSignal(() => interruption.abort())
  const screen = createScreen(call.io)
  try {
    await call.control(({ client }) => follow(call, client, { watched, screen, signal: interruption.signal }))
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    return
  } finally {
    unsubscribe()
    screen.close()
  }
  if (!interruption.signal.aborted) throw failure('CONNECTION_LOST', 'tail.stopped')
}

type Following = { readonly watched: Watched; readonly screen: Screen; readonly signal: AbortSignal }

async function follow(call: Call, client: ControlClient, { watched, screen, signal }: Following): Promise<void> {
  let status: DaemonStatus | null = null
  let printed = ''
  const show = (): void => {
    const current = status
    if (current === null) return
    if (!call.isJson) return screen.draw(() => watched.lines(current))
    const json = JSON.stringify(watched.json(current))
    if (json !== printed) call.io.stdout(`${json}\n`)
    printed = json
  }
  // On a terminal only: elsewhere a running clock would print a block a second.
  const tick = call.io.stdoutIsTerminal ? setInterval(show, TICK_MS) : undefined
  try {
    // The first push comes at once, later ones at most ten a second.
    for await (const _ of await client.events(undefined, { signal })) {
      status = await client.status()
      show()
    }
  } finally {
    clearInterval(tick)
  }
}
