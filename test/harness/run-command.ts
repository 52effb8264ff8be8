// Runs a program to its end and gives what it printed.
import { spawn } from 'node:child_process'
import { parseJson } from './recorded-request.ts'

export type CommandResult = {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Parsed from stdout; null when that is not JSON. */
  readonly json: unknown
  readonly elapsedMs: number
  /** True when it was killed because its time was over. */
  readonly timedOut: boolean
}

export type CommandOptions = {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly cwd?: string
  readonly stdin?: string
}

/** SIGTERM may be ignored; after this it is SIGKILL. */
const KILL_AFTER_MS = 3000

/** Rejects only when the program cannot be started. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const child = spawn(file, [...args], { env: options.env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let timedOut = false
    let force: NodeJS.Timeout | undefined
    const limit = setTimeout(() => {
      timedOut = true
      child.kill('SIGTERM')
      force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    }, options.timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on('error', () => {}) // It ended without reading: its exit code says more.
    child.stdin.end(options.stdin ?? '')
    child.once('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(limit)
      clearTimeout(force)
      const out = Buffer.concat(stdout).toString('utf8')
      const elapsedMs = performance.now() - startedMs
      resolve({
        code,
        stdout: out,
        stderr: Buffer.concat(stderr).toString('utf8'),
        json: parseJson(Buffer.concat(stdout)),
        elapsedMs,
        timedOut,
      })
    })
  })
}
