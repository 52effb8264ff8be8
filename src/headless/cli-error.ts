// Why a command ends with another exit code than 0. Thrown by commands, turned into text and code in run-cli.ts only.

export const EXIT_DONE = 0
/** Refused or failed. */
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2

export class CliError extends Error {
  /** Stable, in capitals like the codes of the control API. */
  readonly code: string
  readonly exitCode: number
  constructor(code: string, message: string, exitCode: number) {
    super(message)
    this.name = 'CliError'
    this.code = code
    this.exitCode = exitCode
  }
}

/** The command was called the wrong way. */
export function usageError(message: string): CliError {
  return new CliError('USAGE', message, EXIT_USAGE)
}

/** The command was understood and could not be done. */
export function failure(code: string, message: string): CliError {
  return new CliError(code, message, EXIT_FAILED)
}
