// What a command may touch of the process: streams, environment, signals. Tests give their own.
import { homedir } from 'node:os'
import type { Readable } from 'node:stream'
import { isatty } from 'node:tty'
import { isProcessAlive } from './process-alive.ts'

export type CliInput = Readable & {
  readonly isTTY?: boolean
  readonly setRawMode?: (isRaw: boolean) => unknown
}

export type CliIo = {
  readonly stdin: CliInput
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly stdoutIsTerminal: boolean
  /** Width of tables, as the terminal is now. */
  readonly columns: number
  /** Height of the terminal as it is now. */
  readonly rows: () => number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly homeDirectory: string
  readonly pid: number
  /** Wall clock. */
  readonly nowMs: () => number
  readonly isAlive: (pid: number) => Promise<boolean>
  /** Calls the handler at every SIGINT, SIGTERM and (not on Windows) SIGHUP until the returned function is called. */
  readonly onStopSignal: (handler: () => void) => () => void
  /** Calls the handler whenever the terminal has another size, until the returned function is called. */
  readonly onResize: (handler: () => void) => () => void
  /** Ends the process at once; for the second signal of a drain. */
  readonly exitNow: (code: number) => void
}

/** Where nothing says how wide the screen is. */
export const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

// A terminal that is closed sends SIGHUP. Windows ends the process some seconds after its own kind of it, whatever one does.
const stopSignals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP']

export function processIo(): CliIo {
  return {
    stdin: process.stdin,
    stdout: (text) => {
      process.stdout.write(text)
    },
    stderr: (text) => {
      process.stderr.write(text)
    },
    stdoutIsTerminal: isatty(1),
    get columns() {
      return process.stdout.columns ?? DEFAULT_COLUMNS
    },
    rows: () => process.stdout.rows ?? DEFAULT_ROWS,
    environment: process.env,
    platform: process.platform,
    homeDirectory: homedir(),
    pid: process.pid,
    nowMs: Date.now,
    isAlive: isProcessAlive,
    onStopSignal: (handler) => {
      for (const signal of stopSignals) process.on(signal, handler)
      return () => {
        for (const signal of stopSignals) process.off(signal, handler)
      }
    },
    onResize: (handler) => {
      process.stdout.on('resize', handler)
      return () => process.stdout.off('resize', handler)
    },
    exitNow: (code) => process.exit(code),
  }
}
