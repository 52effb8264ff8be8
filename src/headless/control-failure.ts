// Turns what a call to the daemon can fail with into one sentence for people.
import { ORPCError } from '@orpc/client'
import { ValidationError } from '@orpc/contract'
import { CliError, failure, usageError } from './cli-error.ts'

/** Errors that are not about the daemon come back as they are. */
export function toCliError(error: unknown, notRunning: () => Error): unknown {
  if (error instanceof CliError) return error
  if (error instanceof ORPCError) return fromControlApi(String(error.code), error.message, error.data)
  if (error instanceof ValidationError) {
    return failure(
      'OTHER_VERSION',
      'The daemon answered in a shape this command does not know: restart it, so that both have one version.',
    )
  }
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return notRunning()
    case 'ETIMEDOUT':
      return failure(
        'NO_ANSWER',
        'The daemon does not answer: look into its log, logs/switchyard.log in the data directory.',
      )
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ABORT_ERR':
      return failure(
        'CONNECTION_LOST',
        'The daemon closed the connection: it is stopping, or it died. Look into its log.',
      )
    default:
      return error
  }
}

function fromControlApi(code: string, message: string, data: unknown): CliError {
  switch (code) {
    case 'BAD_REQUEST':
      return usageError(inputProblem(data) ?? sentence(message))
    case 'UNAUTHORIZED':
      return failure(
        code,
        'The daemon refused the control token: the data directory belongs to another daemon than the one that answers. Restart it.',
      )
    case 'INTERNAL_SERVER_ERROR':
      return failure(
        code,
        'The daemon failed at this: the reason is in its log, logs/switchyard.log in the data directory.',
      )
    default:
      return failure(code, sentence(message))
  }
}

// zod's issues, as oRPC carries them. Shapes are checked because the data of an error is not part of the contract.
function inputProblem(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return undefined
  const problems = data.issues.map((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue)) return 'a value is not valid'
    const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.map(String).join('.') : ''
    return path === '' ? String(issue.message) : `${path}: ${String(issue.message)}`
  })
  return problems.length === 0 ? undefined : `The daemon refused the input. ${problems.join('; ')}.`
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
