// `--watch`: follows the daemon's pushes and shows its state anew at each, and every second for the times in it.
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { failure } from './cli-error.ts'
import type { ControlClient } from './control-client.ts'
import type { Call } from './leaf-command.ts'
import { createScreen } from './terminal/watch.ts'

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
  const view = call.isJson ? openJson(call, watched) : openScreen(call, watched)
  try {
    await call.control(({ client }) => follow(client, { show: view.show, signal: interruption.signal }))
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    return
  } finally {
    unsubscribe()
    view.close()
  }
  if (!interruption.signal.aborted) throw failure('CONNECTION_LOST', 'tail.stopped')
}

type View = { readonly show: (status: DaemonStatus) => void; readonly close: () => void }

/** A line for each state that differs from the one before. */
function openJson(call: Call, { json }: Watched): View {
  let printed = ''
  return {
    show: (status) => {
      const line = JSON.stringify(json(status))
      if (line !== printed) call.io.stdout(`${line}\n`)
      printed = line
    },
    close: () => undefined,
  }
}

function openScreen(call: Call, { lines }: Watched): View {
  const screen = createScreen(call.io)
  let latest: DaemonStatus | null = null
  const draw = (): void => {
    const status = latest
    if (status !== null) screen.draw(() => lines(status))
  }
  // On a terminal only: elsewhere a running clock would print a block a second.
  const tick = call.io.stdoutIsTerminal ? setInterval(draw, TICK_MS) : undefined
  const stopResizing = call.io.onResize(draw)
  return {
    show: (status) => {
      latest = status
      draw()
    },
    close: () => {
      clearInterval(tick)
      stopResizing()
      screen.close()
    },
  }
}

type Following = { readonly show: View['show']; readonly signal: AbortSignal }

/** Pushes come up to ten a second. Those that arrive while the state is on its way are one reason to ask again, not ten. */
async function follow(client: ControlClient, { show, signal }: Following): Promise<void> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const news = createNews()
  const read = async (): Promise<void> => {
    try {
      const pushes = await client.events(undefined, { signal: either })
      // The first push comes at once. What is in it does not matter, only that it came.
      while ((await pushes.next()).done !== true) news.tell()
    } finally {
      news.end()
    }
  }
  const look = async (): Promise<void> => {
    while (await news.next()) show(await client.status(undefined, { signal: either }))
  }
  const both = [read(), look()]
  try {
    await Promise.all(both)
  } finally {
    ended.abort()
    await Promise.allSettled(both)
  }
}

type News = {
  readonly tell: () => void
  readonly end: () => void
  /** Resolves when there is something new since it was asked last; false at the end. */
  readonly next: () => Promise<boolean>
}

function createNews(): News {
  let isNew = false
  let isOver = false
  let wake = Promise.withResolvers<void>()
  return {
    tell: () => {
      isNew = true
      wake.resolve()
    },
    end: () => {
      isOver = true
      wake.resolve()
    },
    next: async () => {
      if (!isNew && !isOver) await wake.promise
      wake = Promise.withResolvers<void>()
      isNew = false
      return !isOver
    },
  }
}
