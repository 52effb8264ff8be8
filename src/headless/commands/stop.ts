// `stop`: asks the daemon to drain and waits until it is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { failure } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'

export function stopCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'stop',
    summary: 'Stop the daemon: no new requests, running ones may end first. Returns when it is gone.',
    examples: ['stop'],
    run,
  })
}

/** The default drain of 10 s, the last writes, and a margin for a slow disk. A longer drain is seen to go on. */
const GONE_WITHIN_MS = 30_000
const POLL_MS = 50

async function run(call: Call): Promise<void> {
  const { pid } = await call.control(({ client }) => client.stop(), { acceptAnyVersion: true })
  if (!call.isJson) call.line(`Stopping Switchyard (pid ${pid}): running requests may end first.`)
  let deadlineMs = call.io.nowMs() + GONE_WITHIN_MS
  while (call.io.isAlive(pid)) {
    if (call.io.nowMs() > deadlineMs) {
      if (!(await hasRunningRequests(call)) && call.io.isAlive(pid))
        throw failure(
          'STILL_RUNNING',
          `Switchyard (pid ${pid}) is still running after 30 s: look into its log, or end the process.`,
        )
      deadlineMs = call.io.nowMs() + GONE_WITHIN_MS
    }
    await sleep(POLL_MS)
  }
  if (call.isJson) call.json({ stopped: true, pid })
  else call.line('Stopped.')
}

async function hasRunningRequests(call: Call): Promise<boolean> {
  try {
    const { draining, inFlight } = await call.control(({ client }) => client.status(), { acceptAnyVersion: true })
    return draining && inFlight > 0
  } catch {
    // A control port that is closed or silent is no drain.
    return false
  }
}
