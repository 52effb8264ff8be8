// Runs one command line and says how it ended. The only place where an error becomes text and an exit code.
import { redactPatterns } from '../shared/redact.ts'
import { CliError, EXIT_DONE, EXIT_FAILED } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { createProgram } from './program.ts'

/** `args` without the program and the script. Resolves with the exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    await createProgram(io).parseAsync([...args], { from: 'user' })
    return EXIT_DONE
  } catch (error) {
    return report(error, { io, isJson: wantsJson(args) })
  }
}

type Report = { readonly io: CliIo; readonly isJson: boolean }

function report(error: unknown, { io, isJson }: Report): number {
  const { code, message, exitCode } = describe(error)
  if (message === '') return exitCode
  // A message may repeat what was typed, and keys do get typed at wrong places.
  const clean = redactPatterns(message)
  io.stderr(isJson ? `${JSON.stringify({ error: { code, message: clean } })}\n` : `switchyard: ${clean}\n`)
  return exitCode
}

function describe(error: unknown): Pick<CliError, 'code' | 'message' | 'exitCode'> {
  if (error instanceof CliError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED'
  return { code, message: `This failed: ${message === '' ? code : message}`, exitCode: EXIT_FAILED }
}

// Also when the command line could not be parsed: what follows `--` is not an option.
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes('--json')
}
