// Where the keys of a node come from: standard input, environment variables, a hidden prompt. Never the command line.
import { type Command, Option } from 'commander'
import { nameSchema } from '../shared/model/name.ts'
import { usageError } from './cli-error.ts'
import type { Call } from './leaf-command.ts'
import { environmentName, several } from './option-parsers.ts'
import { prompt } from './terminal/prompt.ts'
import { readStdin } from './terminal/read-stdin.ts'

export type NodeKeyInput = { label?: string | undefined; secret: string }

const KEY_FORM = /^[\x21-\x7e]{1,4096}$/

export function addNodeKeyOptions(command: Command): void {
  command
    .option('--key-stdin', 'read the key from standard input, one a line')
    .option('--key-env <name>', 'read a key from this variable; repeat for more', several(environmentName))
    .option('--no-key', 'the node needs no key')
  // Known, so that they get an explanation instead of "unknown option". The value is optional: it must not be required of anybody.
  for (const flag of ['--key', '--api-key', '--token', '--secret', '--auth-token']) {
    command.addOption(new Option(`${flag} [value]`).hideHelp().preset('').argParser(refuseKey(flag)))
  }
}

function refuseKey(flag: string): () => never {
  return () => {
    throw usageError(
      `${flag} is not taken: what stands on a command line is seen by other users of the machine and kept in the shell's history. Give the key by --key-stdin or --key-env NAME, or leave both out and type it at the prompt. If a real key was just typed, replace it at its provider.`,
    )
  }
}

/** Undefined when nothing was said about keys; `[]` for `--no-key`. */
export async function readNodeKeys(call: Call): Promise<NodeKeyInput[] | undefined> {
  const variables = call.options.list('keyEnv')
  const isNone = call.options.flag('key') === false
  const isStdin = call.options.flag('keyStdin') === true
  if (Number(isNone) + Number(isStdin) + Number(variables !== undefined) > 1) {
    throw usageError('Use one of --key-stdin, --key-env and --no-key.')
  }
  if (isNone) return []
  if (isStdin) return parseLines(await readStdin(call.io.stdin))
  return variables?.map((variable) => fromEnvironment(variable, call.io.environment))
}

/** Asks at the terminal; without one it says the three ways. */
export async function askNodeKey(call: Call, nodeName: string): Promise<NodeKeyInput[]> {
  if (call.io.stdin.isTTY !== true) {
    throw usageError(
      'A node needs a key, and there is no terminal to ask at. Three ways: pipe it in with --key-stdin, name an environment variable with --key-env NAME, or say --no-key when the node needs none.',
    )
  }
  const secret = await prompt(call.io, {
    question: `Key of ${nodeName} (not shown; --no-key if it needs none): `,
    hidden: true,
  })
  return [checked(secret.trim(), 'What was typed')]
}

function parseLines(text: string): NodeKeyInput[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const keys = lines.filter((line) => line !== '').map((line) => checked(line, 'A line of standard input'))
  if (keys.length === 0) throw usageError('Standard input was empty: --key-stdin expects one key a line.')
  return keys
}

function fromEnvironment(variable: string, environment: Call['io']['environment']): NodeKeyInput {
  const secret = environment[variable]?.trim() ?? ''
  if (secret === '')
    throw usageError(`The environment variable ${variable} is not set or empty: export it, then run this again.`)
  // The variable is a good label, where it is a valid one.
  const label = nameSchema.safeParse(variable)
  return { ...checked(secret, `The value of ${variable}`), ...(label.success ? { label: label.data } : {}) }
}

// The message must not show the value: half a key is a secret too.
function checked(secret: string, what: string): NodeKeyInput {
  if (!KEY_FORM.test(secret))
    throw usageError(`${what} is not a key: a key is 1 to 4096 printable characters without spaces.`)
  return { secret }
}
