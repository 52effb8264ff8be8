// Turns what a call to the daemon can fail with into one sentence for people.
import { ORPCError } from '@orpc/client'
import { ValidationError } from '@orpc/contract'
import { spokenSchema } from '../shared/text/spoken.ts'
import { CliError, EXIT_USAGE, failure, failureSaid, usageError } from './cli-error.ts'
import type { Said } from './text/text.ts'

/** Errors that are not about the daemon come back as they are. */
export function toCliError(error: unknown, notRunning: () => Error): unknown {
  if (error instanceof CliError) return error
  if (error instanceof ORPCError) return fromControlApi(String(error.code), error.message, error.data)
  if (error instanceof ValidationError) {
    return failure('OTHER_VERSION', 'daemon.unknown-shape')
  }
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return notRunning()
    case 'ETIMEDOUT':
      return failure('NO_ANSWER', 'daemon.no-answer')
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ABORT_ERR':
      return failure('CONNECTION_LOST', 'daemon.connection-lost')
    default:
      return error
  }
}

function fromControlApi(code: string, message: string, data: unknown): CliError {
  const spoken = spokenSchema.safeParse(data)
  const said: Said = spoken.success ? { spoken: spoken.data } : { plain: sentence(message) }
  switch (code) {
    case 'BAD_REQUEST':
      return inputRefused(data) ?? new CliError('USAGE', said, EXIT_USAGE)
    case 'UNAUTHORIZED':
      return failure(code, 'daemon.token-refused')
    case 'INTERNAL_SERVER_ERROR':
      return failure(code, 'daemon.failed-inside')
    default:
      return failureSaid(code, said)
  }
}

// zod's issues, as oRPC carries them. Shapes are checked because the data of an error is not part of the contract.
function inputRefused(data: unknown): CliError | undefined {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return undefined
  const problems = data.issues.map((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue)) return 'a value is not valid'
    const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.map(String).join('.') : ''
    return path === '' ? String(issue.message) : `${path}: ${String(issue.message)}`
  })
  return problems.length === 0 ? undefined : usageError('daemon.input-refused', { problems: problems.join('; ') })
}

function sentence(message: string): string {
  return /[.!?:)]$/.test(message) ? message : `${message}.`
}

/** The system's code of an error, also where fetch-like code wraps it in `cause`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return systemCode(error.cause)
}
