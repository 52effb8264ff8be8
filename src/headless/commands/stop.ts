// `stop`: asks the daemon to drain and waits until it is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { readDaemonFile } from '../../host/daemon-file.ts'
import { failure } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'

export function stopCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'stop',
    summary: shell.text.say('stop.summary'),
    examples: ['stop'],
    run,
  })
}

/** The default drain of 10 s, 20 s for a database that is away, and a margin. A longer drain is seen to go on. */
const GONE_WITHIN_MS = 45_000
/** From taking daemon.json away to the end: letting go of the directory and the control port, the last log lines. */
const LAST_STEPS_MS = 2_000
const POLL_MS = 50

async function run(call: Call): Promise<void> {
  const { pid, instanceId } = await call.control(
    async ({ client, info }) => ({ ...(await client.stop()), instanceId: info.instanceId }),
    { acceptAnyVersion: true },
  )
  if (!call.isJson) call.line(call.text.say('stop.stopping', { pid }))
  await untilGone(call, { pid, instanceId })
  if (call.isJson) call.json({ stopped: true, pid })
  else call.line(call.text.say('stop.stopped'))
}

type Stopping = { readonly pid: number; readonly instanceId: string }

async function untilGone(call: Call, { pid, instanceId }: Stopping): Promise<void> {
  let deadlineMs = call.io.nowMs() + GONE_WITHIN_MS
  let letGoAtMs: number | null = null
  while (await call.io.isAlive(pid)) {
    const info = await readDaemonFile(call.dataDirectory)
    // Whose file it is by now has the directory: the pid is another process's.
    if (info !== null && info.instanceId !== instanceId) return
    if (info === null) {
      letGoAtMs ??= call.io.nowMs()
      if (call.io.nowMs() - letGoAtMs > LAST_STEPS_MS) return
    }
    if (call.io.nowMs() > deadlineMs) {
      if (!(await hasRunningRequests(call)) && (await call.io.isAlive(pid)))
        throw failure('STILL_RUNNING', 'stop.still-running', { pid, seconds: GONE_WITHIN_MS / 1000 })
      deadlineMs = call.io.nowMs() + GONE_WITHIN_MS
    }
    await sleep(POLL_MS)
  }
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
