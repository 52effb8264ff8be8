// Starts a program of fixtures/ as a process of its own, reads its lines and kills it; nothing outlives the test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export type Fixture = {
  /** Rejects when the program ended without another line. */
  readonly nextLine: () => Promise<string>
  /** SIGKILL; resolves with the lines nobody asked for yet, once the process is gone. */
  readonly kill: () => Promise<readonly string[]>
}

export function startFixture(fixture: string, ...args: readonly string[]): Fixture {
  const program = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url))
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return {
    nextLine: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${fixture} ended without another line`)
      return value
    },
    kill: async () => {
      child.kill('SIGKILL')
      const rest: string[] = []
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) rest.push(next.value)
      await gone
      return rest
    },
  }
}
