// Starts a helper of the benchmarks as a process of its own and waits for the port it listens on.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:net'
import { fileURLToPath } from 'node:url'

export type StartedProcess = {
  readonly pid: number
  readonly port: number
  /** Resolves when it is gone. */
  readonly stop: () => Promise<void>
}

const START_LIMIT_MS = 10_000

/** `file` beside this one; it calls announcePort. */
export function startProcess(file: string, args: readonly string[] = []): Promise<StartedProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { stdio: 'inherit', execArgv: [] })
  const killWithParent = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithParent)
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${file} did not start`)), START_LIMIT_MS)
    child.once('exit', () => reject(new Error(`${file} ended before it listened`)))
    child.once('message', (message: unknown) => {
      clearTimeout(limit)
      if (typeof message !== 'number' || child.pid === undefined) return reject(new Error(`${file} told no port`))
      resolve({
        pid: child.pid,
        port: message,
        stop: () => stopChild(child).finally(() => process.off('exit', killWithParent)),
      })
    })
  })
}

/** Called by the helper itself. It ends with its parent. */
export function announcePort(server: Server): void {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  process.on('disconnect', () => process.exit(0))
  process.send?.(address.port)
}

async function stopChild(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
