// Where the keys of a node come from: standard input, environment variables, a hidden prompt. Never the command line.
import { type Command, Option } from 'commander'
import { nameSchema } from '../shared/model/name.ts'
import { usageError } from './cli-error.ts'
import type { Call } from './leaf-command.ts'
import { environmentName, several } from './option-parsers.ts'
import { askSecret } from './terminal/ask-secret.ts'
import { readStdin } from './terminal/read-stdin.ts'
import type { TextKey } from './text/catalogue.ts'
import type { Text } from './text/text.ts'

export type NodeKeyInput = { label?: string | undefined; secret: string }

const KEY_FORM = /^[\x21-\x7e]{1,4096}$/

/** For a node: it may also need none. */
export function addNodeKeyOptions(command: Command, text: Text): void {
  addKeySourceOptions(command, text)
  command.option('--no-key', text.say('node-key.option-none'))
}

export function addKeySourceOptions(command: Command, { say }: Text): void {
  command
    .option('--key-stdin', say('node-key.option-stdin'))
    .option('--key-env <name>', say('node-key.option-env'), several(environmentName))
  // Known, so that they get an explanation instead of "unknown option". The value is optional: it must not be required of anybody.
  for (const flag of ['--key', '--api-key', '--token', '--secret', '--auth-token']) {
    command.addOption(new Option(`${flag} [value]`).hideHelp().preset('').argParser(refuseKey(flag)))
  }
}

function refuseKey(flag: string): () => never {
  return () => {
    throw usageError('node-key.not-on-command-line', { flag })
  }
}

/** Undefined when nothing was said about keys; `[]` for `--no-key`. */
export async function readNodeKeys(call: Call): Promise<NodeKeyInput[] | undefined> {
  const variables = call.options.list('keyEnv')
  const isNone = call.options.flag('key') === false
  const isStdin = call.options.flag('keyStdin') === true
  if (Number(isNone) + Number(isStdin) + Number(variables !== undefined) > 1) {
    throw usageError('node-key.one-way')
  }
  if (isNone) return []
  if (isStdin) return parseLines(await readStdin(call.io.stdin))
  return variables?.map((variable) => fromEnvironment(variable, call.io.environment))
}

export type KeyWords = { readonly question: TextKey; readonly noTerminal: TextKey }
const ofNewNode: KeyWords = { question: 'node-key.question', noTerminal: 'node-key.no-terminal' }

/** Asks at the terminal; without one it says the other ways. */
export async function askNodeKey(call: Call, nodeName: string, words: KeyWords = ofNewNode): Promise<NodeKeyInput[]> {
  if (call.io.stdin.isTTY !== true) throw usageError(words.noTerminal)
  const secret = await askSecret(call, words.question, { node: nodeName })
  return [checked(secret, () => usageError('node-key.typed-is-no-key'))]
}

function parseLines(text: string): NodeKeyInput[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const keys = lines
    .filter((line) => line !== '')
    .map((line) => checked(line, () => usageError('node-key.line-is-no-key')))
  if (keys.length === 0) throw usageError('node-key.stdin-empty')
  return keys
}

function fromEnvironment(variable: string, environment: Call['io']['environment']): NodeKeyInput {
  const secret = environment[variable]?.trim() ?? ''
  if (secret === '') throw usageError('node-key.variable-empty', { variable })
  // The variable is a good label, where it is a valid one.
  const label = nameSchema.safeParse(variable)
  return {
    ...checked(secret, () => usageError('node-key.variable-is-no-key', { variable })),
    ...(label.success ? { label: label.data } : {}),
  }
}

// The message must not show the value: half a key is a secret too.
function checked(secret: string, refusal: () => Error): NodeKeyInput {
  if (!KEY_FORM.test(secret)) throw refusal()
  return { secret }
}
