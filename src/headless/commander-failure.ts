// Turns an error of commander into ours: what is wrong with the call, and where the right form stands.
import type { CommanderError } from 'commander'
import { CliError, EXIT_DONE, EXIT_USAGE, usageError } from './cli-error.ts'

/** `command` is the command with its program, for the advice. */
export function fromCommander(error: CommanderError, command: string): CliError {
  const advice = `See \`${command} --help\`.`
  switch (error.code) {
    case 'commander.helpDisplayed':
    case 'commander.version':
      return new CliError('HELP', '', EXIT_DONE)
    case 'commander.help':
      // A group without a command: commander has printed the help.
      return new CliError('HELP', '', EXIT_USAGE)
    case 'commander.excessArguments':
      // commander's own text repeats the words, and a key typed at the wrong place would be among them.
      return usageError(`There are more words than this command takes. ${advice}`)
    case 'commander.unknownOption':
      return usageError(`${sentence(error.message.replace(/=[^']*'/, "'"))} ${advice}`)
    default:
      return usageError(`${sentence(error.message)} ${advice}`)
  }
}

function sentence(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim()
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!)]$/.test(capital) ? capital : `${capital}.`
}
