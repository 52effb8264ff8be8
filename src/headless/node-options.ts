// The options of `node add` and `node edit` that set fields of a node.
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { UpdateNodeInput } from '../shared/contract/nodes.ts'
import { authFormSchema } from '../shared/model/node.ts'
import { protocolSchema } from '../shared/model/protocol.ts'
import { usageError } from './cli-error.ts'
import type { Call } from './leaf-command.ts'
import { mapping, modelName, name, several, wholeNumber } from './option-parsers.ts'
import { askSecret } from './terminal/ask-secret.ts'
import type { Text } from './text/text.ts'

export type NodeFieldInput = Omit<UpdateNodeInput, 'ref' | 'keys'>

export function addNodeFieldOptions(command: Command, { say }: Text): void {
  command
    .addOption(new Option('--protocol <name>', say('node-option.protocol')).choices(protocolSchema.options))
    .addOption(new Option('--auth <form>', say('node-option.auth')).choices(authFormSchema.options))
    .option('--priority <n>', say('node-option.priority'), wholeNumber('--priority', { min: 1, max: 100 }))
    .option('--weight <n>', say('node-option.weight'), wholeNumber('--weight', { min: 0, max: 100 }))
    .option('--model <name>', say('node-option.model'), several(modelName))
    .option('--map <from=to>', say('node-option.map'), several(mapping))
    .option(
      '--max-concurrent <n>',
      say('node-option.max-concurrent'),
      wholeNumber('--max-concurrent', { min: 1, max: 100_000 }),
    )
    .option('--pool <name>', say('node-option.pool'), several(name))
    .option('--proxy <url>', say('node-option.proxy'))
    .option('--proxy-user <name>', say('node-option.proxy-user'))
    .option('--proxy-password-env <name>', say('node-option.proxy-password-env'))
    .option('--ca <file>', say('node-option.ca'))
    .option('--allow-http', say('node-option.allow-http'))
}

/** Only for `node edit`: the forms that take something away. */
export function addNodeClearingOptions(command: Command, { say }: Text): void {
  command
    .option('--no-model', say('node-option.no-model'))
    .option('--no-map', say('node-option.no-map'))
    .option('--no-max-concurrent', say('node-option.no-max-concurrent'))
    .option('--no-proxy-user', say('node-option.no-proxy-user'))
    .option('--no-ca', say('node-option.no-ca'))
    .option('--no-allow-http', say('node-option.no-allow-http'))
}

/** Only what was given; `--no-…` comes as false. Asks for the proxy's password when a user is given without one. */
export async function readNodeFields(call: Call): Promise<NodeFieldInput> {
  const { options } = call
  return {
    name: options.text('name'),
    baseUrl: options.text('url'),
    protocol: protocolSchema.optional().parse(options.text('protocol')),
    auth: authFormSchema.optional().parse(options.text('auth')),
    priority: options.number('priority'),
    weight: options.number('weight'),
    models: options.flag('model') === false ? [] : options.list('model')?.slice(),
    modelMap: options.flag('map') === false ? [] : options.list('map')?.map(splitMapping),
    maxConcurrent: options.flag('maxConcurrent') === false ? null : options.number('maxConcurrent'),
    pools: options.list('pool')?.slice(),
    proxy: options.text('proxy'),
    proxyUser: options.flag('proxyUser') === false ? null : options.text('proxyUser'),
    proxyPassword: await readProxyPassword(call),
    ca: options.flag('ca') === false ? null : await readCertificates(options.text('ca')),
    allowPlainHttp: options.flag('allowHttp'),
  }
}

function splitMapping(text: string): { readonly from: string; readonly to: string } {
  const at = text.indexOf('=')
  return { from: text.slice(0, at), to: text.slice(at + 1) }
}

async function readProxyPassword(call: Call): Promise<string | null | undefined> {
  const variable = call.options.text('proxyPasswordEnv')
  if (variable !== undefined) {
    const value = call.io.environment[variable] ?? ''
    if (value === '') throw usageError('node-key.variable-empty', { variable })
    return value
  }
  if (call.options.flag('proxyUser') === false) return null
  const user = call.options.text('proxyUser')
  if (user === undefined || call.io.stdin.isTTY !== true) return undefined
  return (await askSecret(call, 'node-option.proxy-password-question', { user })) || undefined
}

async function readCertificates(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw usageError('node-option.ca-unreadable', { path, reason: error instanceof Error ? error.message : '' })
  }
}
