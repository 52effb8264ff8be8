// Runs the real Claude Code once (`claude -p`), against a base URL of ours.
import { runTool, type ToolRun } from './run-tool.ts'

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

/** Gives its exit code and output. */
export function runClaude(options: ClaudeOptions): Promise<ToolRun> {
  return runTool('claude', {
    args: ['-p', options.prompt ?? 'hi', ...(options.args ?? [])],
    env: {
      ANTHROPIC_BASE_URL: options.baseUrl,
      ANTHROPIC_AUTH_TOKEN: options.token,
      // Only what the tests are about goes over the wire.
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      ...options.env,
    },
    work: options.files,
    timeoutMs: options.timeoutMs,
  })
}
