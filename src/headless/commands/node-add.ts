// `node add`: a new node with its keys.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import type { Preset } from '../../shared/model/preset.ts'
import type { Protocol } from '../../shared/model/protocol.ts'
import { failure, usageError } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addNodeKeyOptions, askNodeKey, readNodeKeys } from '../node-keys.ts'
import { addNodeFieldOptions, readNodeFields } from '../node-options.ts'
import { nodePlaceSentences } from '../node-place.ts'
import { name } from '../option-parsers.ts'
import type { Text } from '../text/text.ts'

export function nodeAddCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node add',
    summary: shell.text.say('node-add.summary'),
    examples: [
      'node add --name relay-a --url https://relay-a.example',
      'node add --name deepseek --preset deepseek',
      'node add --name b --url https://relay-b.example --key-env KEY_B',
      'node add --name own --url http://127.0.0.1:8080 --no-key',
    ],
    configure: (command) => {
      command
        .requiredOption('--name <name>', shell.text.say('option.name'), name)
        .option('--url <url>', shell.text.say('node-add.url'))
        .option('--preset <provider>', shell.text.say('node-add.preset'))
      addNodeKeyOptions(command, shell.text)
      addNodeFieldOptions(command, shell.text)
      command.option('--disabled', shell.text.say('node-add.disabled'))
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const { name: nodeName, baseUrl: givenUrl, ...given } = await readNodeFields(call)
  const preset = await readPreset(call, given.protocol)
  const baseUrl = givenUrl ?? preset?.endpoint.baseUrl
  if (nodeName === undefined || baseUrl === undefined) {
    throw usageError('usage.option-required', { option: '--url', command: call.command('node add') })
  }
  const fields = {
    ...given,
    protocol: given.protocol ?? preset?.endpoint.protocol,
    auth: given.auth ?? preset?.endpoint.auth,
  }
  const keys = (await readNodeKeys(call)) ?? (await askKeyOfNewNode(call, nodeName, preset))
  const enabled = call.options.flag('disabled') === true ? false : undefined

  const result = await call.control(async ({ client }) => {
    const before = await client.nodes.list()
    const added = await client.nodes.create({ name: nodeName, baseUrl, ...fields, enabled, keys })
    return { before, added, after: await client.nodes.list(), clientKeys: await client.clientKeys.list() }
  })
  if (call.isJson) return call.json(result.added)

  const { say } = call.text
  const { name: addedName, baseUrl: url } = result.added
  call.line(say('node-add.done', { name: addedName, url, keys: keyCount(result.added, call.text) }))
  for (const sentence of nodePlaceSentences({ node: result.added, nodes: result.after }, call.text)) call.line(sentence)
  if (result.before.some(isSimulated) && !result.after.some(isSimulated)) call.line(say('node-add.simulated-gone'))
  for (const line of pathHint(call, result.added)) call.line(line)
  if (result.clientKeys.length === 0) {
    call.line(say('node-add.next-key'))
    call.line(`  ${call.command('key create --name laptop')}`)
  }
}

/** Nobody types a secret only to hear that the name is taken, or that there is no daemon. */
async function askKeyOfNewNode(
  call: Call,
  nodeName: string,
  preset: FoundPreset | undefined,
): ReturnType<typeof askNodeKey> {
  const nodes = await call.control(({ client }) => client.nodes.list())
  const taken = nodes.find(({ name: other }) => other.toLowerCase() === nodeName.toLowerCase())?.name
  if (taken !== undefined) {
    const edit = call.command(`node edit ${taken}`)
    throw failure('DUPLICATE_NAME', 'node-add.name-taken', { name: taken, command: edit })
  }
  if (preset !== undefined && call.io.stdin.isTTY === true) {
    const { title, keysUrl } = preset.preset
    call.io.stderr(`${call.text.say('node-add.keys-at', { title, url: keysUrl })}\n`)
  }
  return askNodeKey(call, nodeName)
}

type FoundPreset = { readonly preset: Preset; readonly endpoint: Preset['endpoints'][number] }

/** `--preset` names a provider; with `--protocol` the way into it that speaks that one. */
async function readPreset(call: Call, protocol: Protocol | undefined): Promise<FoundPreset | undefined> {
  const id = call.options.text('preset')
  if (id === undefined) return undefined
  const presets = await call.control(({ client }) => client.nodes.presets())
  const preset = presets.find((one) => one.id === id)
  if (preset === undefined)
    throw usageError('node-add.unknown-preset', { id, presets: presets.map((one) => one.id).join(', ') })
  const endpoint = preset.endpoints.find((one) => protocol === undefined || one.protocol === protocol)
  if (endpoint !== undefined) return { preset, endpoint }
  const protocols = preset.endpoints.map((one) => one.protocol).join(', ')
  throw usageError('node-add.preset-without-protocol', { id, protocol: protocol ?? '', protocols })
}

/** The whole path is appended to an Anthropic base URL, and pages of providers often print it with a part of the path. */
function pathHint(call: Call, { name: nodeName, baseUrl, protocol }: NodeView): readonly string[] {
  if (protocol !== 'anthropic' || !/\/v1(?:\/messages)?$/.test(baseUrl)) return []
  return [
    call.text.say('node-add.path-twice', { url: `${baseUrl}/v1/messages` }),
    `  ${call.command(`node edit ${nodeName} --url ${baseUrl.replace(/\/v1(?:\/messages)?$/, '')}`)}`,
  ]
}

function isSimulated(node: NodeView): boolean {
  return node.simulated
}

function keyCount(node: NodeView, text: Text): string {
  if (node.keys.length === 0) return text.say('node-add.no-key')
  const keys = node.keys.map((key) => `…${key.last4}`).join(', ')
  return text.say('node-add.keys', { count: node.keys.length, keys, auth: node.auth })
}
