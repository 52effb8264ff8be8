// What counts as a process that is still there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { isProcessAlive } from '../../src/headless/process-alive.ts'

/** A loaded machine takes seconds; the default of one second is for a quick one. */
const PATIENCE = { timeout: 10_000 }

test('this process is alive; one that was ended and waited for is not', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')
  expect(await isProcessAlive(process.pid)).toBe(true)
  expect(await isProcessAlive(child.pid ?? 0)).toBe(false)
})

test.runIf(process.platform === 'linux')('one that has ended and whose parent does not look is not alive', async () => {
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  try {
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(String(line))
    // The shell would look after its child; the sleep it becomes does not.
    await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, 'utf8'), PATIENCE).toBe('sleep\n')
    expect(await isProcessAlive(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => isProcessAlive(pid), PATIENCE).toBe(false)
    // The system still has it: without its state it would count as alive.
    expect(process.kill(pid, 0)).toBe(true)
  } finally {
    parent.kill('SIGKILL')
  }
})
