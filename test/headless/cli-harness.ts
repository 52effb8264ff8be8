// Runs command lines in process, against a bridge with the test router, with streams and environment of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { CliIo } from '../../src/headless/cli-io.ts'
import { openHttpBridge } from '../../src/headless/http-bridge.ts'
import { runCli } from '../../src/headless/run-cli.ts'
import { VERSION } from '../../src/headless/version.ts'
import { writeControlToken, writeDaemonFile } from '../../src/host/daemon-file.ts'
import { createTestRouter } from './bridge-router.ts'

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type CliWorld = {
  /** What is piped in; a terminal when `isTerminal`. */
  readonly input?: string
  readonly isTerminal?: boolean
  /** At a terminal: what is typed at each question, one after the other. */
  readonly answers?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
  readonly stdoutIsTerminal?: boolean
  readonly platform?: NodeJS.Platform
  readonly isAlive?: () => boolean
  readonly nowMs?: () => number
  /** Something was printed. */
  readonly onOutput?: () => void
}

export type RunningCli = {
  readonly result: Promise<CliResult>
  readonly stdout: () => string
  readonly sendStopSignal: () => void
  readonly resize: (columns: number, rows: number) => void
  /** For signals and sizes, still there. */
  readonly listeners: () => number
  /** Codes the process would have ended with at once. */
  readonly exits: readonly number[]
  /** Whether input was echoed at each chunk: raw mode hides it. */
  readonly rawModes: readonly boolean[]
}

/** What a command may touch, held by the test. */
export function createTestIo(world: CliWorld = {}) {
  const printed = { stdout: '', stderr: '' }
  const handlers = new Set<() => void>()
  const resizeHandlers = new Set<() => void>()
  const rawModes: boolean[] = []
  const exits: number[] = []
  let size = { columns: world.columns ?? 80, rows: world.rows ?? 24 }
  const stdin = Object.assign(new PassThrough(), {
    isTTY: world.isTerminal === true,
    setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
  })
  if (world.isTerminal === true) stdin.write(world.input ?? '')
  else stdin.end(world.input ?? '')
  const answers = [...(world.answers ?? [])]
  const io: CliIo = {
    stdin,
    stdout: (text) => {
      printed.stdout += text
      world.onOutput?.()
    },
    stderr: (text) => {
      printed.stderr += text
      const answer = /[:：\]] ?$/.test(text) ? answers.shift() : undefined
      // A person types after the question is there, and so after somebody listens.
      if (answer !== undefined) setImmediate(() => stdin.write(answer))
    },
    stdoutIsTerminal: world.stdoutIsTerminal ?? false,
    get columns() {
      return size.columns
    },
    rows: () => size.rows,
    environment: world.environment ?? {},
    platform: world.platform ?? 'linux',
    homeDirectory: '/nowhere',
    pid: 4242,
    nowMs: world.nowMs ?? Date.now,
    isAlive: async () => world.isAlive?.() ?? true,
    onStopSignal: (handler) => {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    onResize: (handler) => {
      resizeHandlers.add(handler)
      return () => resizeHandlers.delete(handler)
    },
    exitNow: (code) => {
      exits.push(code)
    },
  }
  return {
    io,
    printed,
    rawModes,
    exits,
    sendStopSignal: () => {
      for (const handler of handlers) handler()
    },
    resize: (columns: number, rows: number) => {
      size = { columns, rows }
      for (const handler of resizeHandlers) handler()
    },
    listeners: () => handlers.size + resizeHandlers.size,
  }
}

export function startCli(args: readonly string[], world: CliWorld = {}): RunningCli {
  const { io, printed, ...held } = createTestIo(world)
  return {
    result: runCli(args, io).then((code) => ({ code, ...printed })),
    stdout: () => printed.stdout,
    ...held,
  }
}

/** A data directory with a daemon on it whose router is the test's. */
export async function startTestDaemon(daemon: { readonly version?: string } = {}) {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'switchyard-cli-'))
  const world = createTestRouter()
  const token = await writeControlToken(dataDirectory)
  const bridge = await openHttpBridge({ ...world, token, port: 0, onError: () => undefined })
  const info = {
    pid: process.pid,
    instanceId: 'test',
    proxyUrl: 'http://127.0.0.1:4780',
    controlUrl: bridge.url,
    startedAtMs: Date.now(),
    version: daemon.version ?? VERSION,
  }
  await writeDaemonFile(dataDirectory, info)
  const withDirectory = (options: CliWorld): CliWorld => ({
    ...options,
    environment: { SWITCHYARD_DATA_DIR: dataDirectory, ...options.environment },
  })
  return {
    ...world,
    dataDirectory,
    info,
    token,
    bridge,
    start: (args: readonly string[], options: CliWorld = {}) => startCli(args, withDirectory(options)),
    run: (args: readonly string[], options: CliWorld = {}) => startCli(args, withDirectory(options)).result,
    close: async () => {
      await bridge.close()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}
export type TestDaemon = Awaited<ReturnType<typeof startTestDaemon>>
