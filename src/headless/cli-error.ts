// Why a command ends with another exit code than 0. Thrown by commands, turned into text and code in run-cli.ts only.
import type { Parameters } from '../shared/text/spoken.ts'
import type { TextKey } from './text/catalogue.ts'
import type { Said } from './text/text.ts'

export const EXIT_DONE = 0
/** Refused or failed. */
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2

export class CliError extends Error {
  /** Stable, in capitals like the codes of the control API. */
  readonly code: string
  /** Null: there is nothing to say (the help was printed). */
  readonly said: Said | null
  readonly exitCode: number
  constructor(code: string, said: Said | null, exitCode: number) {
    super(code)
    this.name = 'CliError'
    this.code = code
    this.said = said
    this.exitCode = exitCode
  }
}

/** The command was called the wrong way. */
export function usageError(key: TextKey, parameters: Parameters = {}): CliError {
  return new CliError('USAGE', { key, parameters }, EXIT_USAGE)
}

/** The command was understood and could not be done. */
export function failure(code: string, key: TextKey, parameters: Parameters = {}): CliError {
  return new CliError(code, { key, parameters }, EXIT_FAILED)
}

/** The same in the words of somebody else: the daemon's. */
export function failureSaid(code: string, said: Said): CliError {
  return new CliError(code, said, EXIT_FAILED)
}
