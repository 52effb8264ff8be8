// Where a passphrase comes from: a hidden prompt, standard input, an environment variable. Never the command line.
import { type Command, Option } from 'commander'
import { usageError } from './cli-error.ts'
import type { Call } from './leaf-command.ts'
import { askSecret } from './terminal/ask-secret.ts'
import { readStdin } from './terminal/read-stdin.ts'
import type { TextKey } from './text/catalogue.ts'
import type { Text } from './text/text.ts'

/** The daemon refuses shorter ones too; here it is said before it is asked for twice. */
const NEW_CHARACTERS_MIN = 8

export function addPassphraseOptions(command: Command, { say }: Text): void {
  command
    .option('--passphrase-stdin', say('passphrase.option-stdin'))
    .option('--passphrase-env <name>', say('passphrase.option-env'))
  // Known, so that they get an explanation instead of "unknown option".
  for (const flag of ['--passphrase', '--password']) {
    const refuse = (): never => {
      throw usageError('passphrase.not-on-command-line', { flag })
    }
    command.addOption(new Option(`${flag} [value]`).hideHelp().preset('').argParser(refuse))
  }
}

export function saysPassphrase({ options }: Call): boolean {
  return options.flag('passphraseStdin') === true || options.text('passphraseEnv') !== undefined
}

/** One that is there already. */
export async function readPassphrase(call: Call, question: TextKey): Promise<string> {
  return notEmpty((await givenPassphrase(call)) ?? (await askSecret(call, question)))
}

/** Asked for twice: nobody sees what is typed, and a slip would lock the keys away. */
export async function readNewPassphrase(call: Call, question: TextKey): Promise<string> {
  const given = await givenPassphrase(call)
  const passphrase = longEnough(notEmpty(given ?? (await askSecret(call, question))))
  if (given !== null) return passphrase
  if ((await askSecret(call, 'passphrase.again-question')) !== passphrase) throw usageError('passphrase.differ')
  return passphrase
}

/** Null: it is to be asked for, and there is a terminal for that. */
async function givenPassphrase(call: Call): Promise<string | null> {
  const variable = call.options.text('passphraseEnv')
  const isStdin = call.options.flag('passphraseStdin') === true
  if (isStdin && variable !== undefined) {
    throw usageError('usage.one-of', { options: '--passphrase-stdin, --passphrase-env' })
  }
  // Without the line end, and the spaces around it that a paste brings: the prompt takes them off as well.
  if (isStdin) return (await readStdin(call.io.stdin)).trim()
  if (variable !== undefined) {
    const value = call.io.environment[variable]?.trim() ?? ''
    if (value === '') throw usageError('node-key.variable-empty', { variable })
    return value
  }
  if (call.io.stdin.isTTY !== true) throw usageError('passphrase.no-terminal')
  return null
}

function notEmpty(passphrase: string): string {
  if (passphrase === '') throw usageError('passphrase.empty')
  return passphrase
}

function longEnough(passphrase: string): string {
  if (passphrase.length < NEW_CHARACTERS_MIN) throw usageError('passphrase.short')
  return passphrase
}
