// The real Claude Code, once, in a home and working directory of its own.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandResult, runCommand } from '../harness/run-command.ts'

export type ClaudeOptions = {
  readonly baseUrl: string
  readonly token: string
  /** Default: "hi". */
  readonly prompt?: string
  /** After `-p PROMPT`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Laid into the working directory before it starts: name to content. */
  readonly files?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const binary = fileURLToPath(new URL('../../.clients/node_modules/.bin/claude', import.meta.url))
const DEFAULT_TIMEOUT_MS = 60_000

/** Gives its exit code and output. */
export async function runClaude(options: ClaudeOptions): Promise<CommandResult> {
  if (!existsSync(binary)) throw new Error(`${binary} is not there: run scripts/install-clients first`)
  const place = await mkdtemp(join(tmpdir(), 'claude-code-'))
  try {
    const home = join(place, 'home')
    const work = join(place, 'work')
    await mkdir(home)
    await mkdir(work)
    for (const [name, content] of Object.entries(options.files ?? {})) await writeFile(join(work, name), content)
    return await runCommand(binary, ['-p', options.prompt ?? 'hi', ...(options.args ?? [])], {
      env: environment(home, options),
      cwd: work,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    })
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

function environment(home: string, options: ClaudeOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    ANTHROPIC_BASE_URL: options.baseUrl,
    ANTHROPIC_AUTH_TOKEN: options.token,
    // Only what the tests are about goes over the wire.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    ...options.env,
  }
}
