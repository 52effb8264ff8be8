// Turns an error of commander into ours: what is wrong with the call, and where the right form stands.
import type { CommanderError } from 'commander'
import type { Parameters } from '../shared/text/spoken.ts'
import { CliError, EXIT_DONE, EXIT_USAGE, usageError } from './cli-error.ts'

/** `command` is the command with its program, for the advice. */
export function fromCommander(error: CommanderError, command: string): CliError {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  switch (error.code) {
    case 'commander.helpDisplayed':
    case 'commander.version':
      return new CliError('HELP', null, EXIT_DONE)
    case 'commander.help':
      // A group without a command: commander has printed the help.
      return new CliError('HELP', null, EXIT_USAGE)
    case 'commander.excessArguments':
      // commander's own text repeats the words, and a key typed at the wrong place would be among them.
      return usageError('usage.too-many-words', { command })
    case 'commander.unknownOption':
      return withNear(error, {
        key: 'usage.unknown-option',
        parameters: { option: quoted.replace(/=.*$/, ''), command },
      })
    case 'commander.unknownCommand':
      return withNear(error, { key: 'usage.unknown-command', parameters: { name: quoted, command } })
    case 'commander.missingArgument':
      return usageError('usage.missing-argument', { name: quoted, command })
    case 'commander.optionMissingArgument':
      return usageError('usage.option-needs-value', { option: quoted, command })
    case 'commander.missingMandatoryOptionValue':
      return usageError('usage.option-required', { option: quoted, command })
    case 'commander.invalidArgument':
      return notAllowed(error, command)
    default:
      return usageError('usage.wrong', { message: error.message.replace(/^error: /, ''), command })
  }
}

/** "… value 'tcsh' is invalid for argument 'shell'. Allowed choices are …", or of an option: "option '--auth <form>' …". */
function notAllowed(error: CommanderError, command: string): CliError {
  const name = /for argument '([^']*)'/.exec(error.message)?.[1]
  const words = { choices: choices(error), command }
  if (name !== undefined) return usageError('usage.argument-not-allowed', { ...words, name })
  return usageError('usage.not-allowed', { ...words, option: /'([^']*)'/.exec(error.message)?.[1] ?? '' })
}

type Unknown = { readonly key: 'usage.unknown-option' | 'usage.unknown-command'; readonly parameters: Parameters }

/** With commander's guess, where it has one: "(Did you mean --priority?)". */
function withNear(error: CommanderError, { key, parameters }: Unknown): CliError {
  const near = /\(Did you mean (?:one of )?([^?]+)\?\)/.exec(error.message)?.[1]
  return near === undefined ? usageError(key, parameters) : usageError(`${key}-near`, { ...parameters, near })
}

/** "Allowed choices are a, b." */
function choices(error: CommanderError): string {
  return /Allowed choices are (.+)\.$/.exec(error.message)?.[1] ?? ''
}
