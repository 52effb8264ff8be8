// Runs a real command-line tool once, in a temporary home, with nothing of the caller's environment and a fence around it:
// whatever it wants beyond this machine goes to a proxy that refuses it and writes down where it wanted to go.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listenOnFreePort } from '../harness/listen.ts'
import { type CommandResult, runCommand } from '../harness/run-command.ts'

export type ToolOptions = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Laid into its home and its working directory before it starts: path to content. */
  readonly home?: Readonly<Record<string, string>> | undefined
  readonly work?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs?: number | undefined
}

export type ToolRun = CommandResult & {
  /** Hosts beyond this machine that it asked for; none was reached. */
  readonly outside: readonly string[]
}

const binaries = fileURLToPath(new URL('../../.clients/node_modules/.bin/', import.meta.url))
/** opencode alone takes from 4 to 20 s before its first request, as busy as the machine is. */
const DEFAULT_TIMEOUT_MS = 120_000

export async function runTool(name: string, options: ToolOptions): Promise<ToolRun> {
  const binary = join(binaries, name)
  if (!existsSync(binary)) throw new Error(`${binary} is not there: run scripts/install-clients first`)
  const fence = await startFence()
  const place = await mkdtemp(join(tmpdir(), `${name}-`))
  try {
    const directories = { home: join(place, 'home'), work: join(place, 'work'), temporary: join(place, 'tmp') }
    for (const directory of Object.values(directories)) await mkdir(directory)
    await layOut(directories.home, options.home ?? {})
    await layOut(directories.work, options.work ?? {})
    const run = await runCommand(binary, options.args, {
      env: { ...environment(directories), ...fence.env, ...options.env },
      cwd: directories.work,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    })
    return { ...run, outside: fence.wanted }
  } finally {
    fence.close()
    // A tool may leave a helper behind that still writes.
    await rm(place, { recursive: true, force: true, maxRetries: 5 })
  }
}

function environment(directories: { readonly home: string; readonly temporary: string }): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: directories.home,
    TMPDIR: directories.temporary,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  }
}

async function layOut(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(directory, dirname(path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
}

type Fence = {
  readonly env: Readonly<Record<string, string>>
  readonly wanted: readonly string[]
  readonly close: () => void
}

async function startFence(): Promise<Fence> {
  const wanted: string[] = []
  const server = createServer((request, response) => {
    wanted.push(request.url ?? '')
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket) => {
    wanted.push(request.url ?? '')
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  const proxy = `http://127.0.0.1:${await listenOnFreePort(server)}`
  const none = '127.0.0.1,localhost'
  return {
    // Each tool reads another spelling.
    env: {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: none,
      no_proxy: none,
    },
    wanted,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
