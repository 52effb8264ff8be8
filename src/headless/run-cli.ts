// Runs one command line and says how it ended. The only place where an error becomes text and an exit code.
import { redactPatterns } from '../shared/redact.ts'
import { CliError, EXIT_DONE, failure } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { createProgram } from './program.ts'
import { languageOf } from './text/language.ts'
import { createText, type Text } from './text/text.ts'

/** `args` without the program and the script. Resolves with the exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const text = createText(languageOf(io.environment))
  try {
    await createProgram({ io, text }).parseAsync([...args], { from: 'user' })
    return EXIT_DONE
  } catch (error) {
    return report(toCliError(error), { io, text, isJson: wantsJson(args) })
  }
}

type Report = { readonly io: CliIo; readonly text: Text; readonly isJson: boolean }

function report({ code, said, exitCode }: CliError, { io, text, isJson }: Report): number {
  if (said === null) return exitCode
  // A message may repeat what was typed, and keys do get typed at wrong places.
  const message = redactPatterns(text.render(said))
  io.stderr(isJson ? `${JSON.stringify({ error: { code, message } })}\n` : `switchyard: ${message}\n`)
  return exitCode
}

function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED'
  return failure(code, 'failure.unforeseen', { message: message === '' ? code : message })
}

// Also when the command line could not be parsed: what follows `--` is not an option.
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes('--json')
}
