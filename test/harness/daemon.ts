// The built daemon as a real process with a data directory of its own, and its command line.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createCondition } from './condition.ts'
import { parseJson } from './recorded-request.ts'
import { type CommandResult, runCommand } from './run-command.ts'

export type Daemon = {
  readonly proxyUrl: string
  readonly proxyPort: number
  readonly controlUrl: string
  /** As the ready line says. */
  readonly pid: number
  readonly dataDirectory: string
  /** Both streams so far, for messages and for looking for secrets. */
  readonly output: () => string
  /** SIGTERM; resolves with the exit code once the process is gone. Keeps the data directory. */
  readonly stop: () => Promise<number | null>
  /** Stops what still runs, by force if it must, and removes the data directory if it was made here. Idempotent. */
  readonly close: () => Promise<void>
}

export type DaemonOptions = {
  /** Settings: SWITCHYARD_FIRST_EVENT_TIMEOUT_MS and so on. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a new one. Handed in, it is kept on close, so that a second daemon can start on it. */
  readonly dataDirectory?: string
  /** After `serve …`: --demo. */
  readonly args?: readonly string[]
}

const repository = fileURLToPath(new URL('../..', import.meta.url))
const cliPath = join(repository, 'out/main/cli.js')

const START_LIMIT_MS = 20_000
/** The daemon drains for up to 10 s. */
const STOP_LIMIT_MS = 15_000

const readySchema = z.looseObject({
  event: z.literal('ready'),
  proxy: z.url(),
  control: z.url(),
  pid: z.int().positive(),
})

export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  if (!existsSync(cliPath)) throw new Error(`${cliPath} is not there: run \`npm run build\` first`)
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'switchyard-test-')))
  const removeOwnDirectory = async (): Promise<void> => {
    if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true })
  }
  const args = [
    'serve',
    '--port',
    '0',
    '--control-port',
    '0',
    '--data-dir',
    dataDirectory,
    '--json',
    ...(options.args ?? []),
  ]
  const child = spawn(process.execPath, [cliPath, ...args], {
    env: bareEnvironment(dataDirectory, options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = watchOutput(child)
  const exited = exitCodeOf(child)
  // The runner may leave without any cleanup of ours.
  const killWithRunner = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithRunner)

  const end = async (pid: number | undefined): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null && pid !== undefined) terminate(pid)
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    const code = await exited
    clearTimeout(force)
    process.off('exit', killWithRunner)
    return code
  }

  try {
    const ready = await output.ready()
    return {
      proxyUrl: ready.proxy,
      proxyPort: Number(new URL(ready.proxy).port),
      controlUrl: ready.control,
      pid: ready.pid,
      dataDirectory,
      output: output.text,
      stop: () => end(ready.pid),
      close: async () => {
        await end(ready.pid)
        await removeOwnDirectory()
      },
    }
  } catch (error) {
    await end(child.pid)
    await removeOwnDirectory()
    throw error
  }
}

export type SwitchyardOptions = {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** Runs a command against the daemon of this data directory. Never rejects for a bad exit code. */
export function switchyard(
  daemon: Pick<Daemon, 'dataDirectory'>,
  args: readonly string[],
  options: SwitchyardOptions = {},
): Promise<CommandResult> {
  return runCommand(process.execPath, [cliPath, ...args], {
    env: { ...bareEnvironment(daemon.dataDirectory, options.env), SWITCHYARD_DATA_DIR: daemon.dataDirectory },
    stdin: options.stdin ?? '',
    timeoutMs: options.timeoutMs ?? START_LIMIT_MS,
  })
}

/** Only what a process needs: no setting, proxy or key of whoever runs the tests. */
function bareEnvironment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', ...more }
}

function watchOutput(child: ChildProcess): {
  text: () => string
  ready: () => Promise<z.infer<typeof readySchema>>
} {
  const changed = createCondition()
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    changed.poke()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.once('close', changed.poke)
  const text = (): string => stdout + stderr
  const firstLine = (): string | undefined => {
    const end = stdout.indexOf('\n')
    if (end >= 0) return stdout.slice(0, end)
    return child.exitCode === null && child.signalCode === null ? undefined : ''
  }
  return {
    text,
    ready: async () => {
      const line = await changed.until(
        firstLine,
        () => `the daemon's ready line; it printed:\n${text()}`,
        START_LIMIT_MS,
      )
      const parsed = readySchema.safeParse(parseJson(Buffer.from(line)))
      if (!parsed.success) throw new Error(`the daemon did not become ready; it printed:\n${text()}`)
      return parsed.data
    },
  }
}

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('exit', resolve)
  return promise
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // Gone already: what was wanted.
  }
}
