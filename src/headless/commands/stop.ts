// `stop`: asks the daemon to drain and waits until it is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { failure } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'

export function stopCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'stop',
    summary: 'Stop the daemon: no new requests, running ones get 10 s. Returns when it is gone.',
    examples: ['stop'],
    run,
  })
}

/** The drain of 10 s, the last writes, and a margin for a slow disk. */
const GONE_WITHIN_MS = 30_000
const POLL_MS = 50

async function run(call: Call): Promise<void> {
  const { pid } = await call.control(({ client }) => client.stop(), { acceptAnyVersion: true })
  if (!call.isJson) call.line(`Stopping Switchyard (pid ${pid}): running requests get 10 s.`)
  const deadlineMs = call.io.nowMs() + GONE_WITHIN_MS
  while (call.io.isAlive(pid)) {
    if (call.io.nowMs() > deadlineMs) {
      throw failure(
        'STILL_RUNNING',
        `Switchyard (pid ${pid}) is still running after 30 s: look into its log, or end the process.`,
      )
    }
    await sleep(POLL_MS)
  }
  if (call.isJson) call.json({ stopped: true, pid })
  else call.line('Stopped.')
}
