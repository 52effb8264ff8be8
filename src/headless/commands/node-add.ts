// `node add`: a new node with its keys.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import { failure, usageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { addNodeKeyOptions, askNodeKey, readNodeKeys } from '../node-keys.ts'
import { addNodeFieldOptions, readNodeFields } from '../node-options.ts'
import { nodePlaceSentences } from '../node-place.ts'
import { name } from '../option-parsers.ts'

export function nodeAddCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node add',
    summary:
      'Add a node. Its key is asked for at the terminal, or read by --key-stdin or --key-env; it is never an argument.',
    examples: [
      'node add --name relay-a --url https://relay-a.example',
      'node add --name b --url https://relay-b.example --key-env KEY_B',
      'node add --name own --url http://127.0.0.1:8080 --no-key',
    ],
    configure: (command) => {
      command
        .requiredOption('--name <name>', 'what it is called', name)
        .requiredOption('--url <url>', 'its base URL, as the SDK of its protocol takes it (Anthropic: without /v1)')
      addNodeKeyOptions(command)
      addNodeFieldOptions(command)
      command.option('--disabled', 'add it without putting it to work')
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const { name: nodeName, baseUrl, ...fields } = readNodeFields(call.options)
  if (nodeName === undefined || baseUrl === undefined) throw usageError('A node needs --name and --url.')
  const keys = (await readNodeKeys(call)) ?? (await askKeyOfNewNode(call, nodeName))
  const enabled = call.options.flag('disabled') === true ? false : undefined

  const result = await call.control(async ({ client }) => {
    const before = await client.nodes.list()
    const added = await client.nodes.create({ name: nodeName, baseUrl, ...fields, enabled, keys })
    return { before, added, after: await client.nodes.list(), clientKeys: await client.clientKeys.list() }
  })
  if (call.isJson) return call.json(result.added)

  call.line(`Added the node ${result.added.name}: ${result.added.baseUrl}, ${keyCount(result.added)}.`)
  for (const sentence of nodePlaceSentences(result.added, result.after)) call.line(sentence)
  if (result.before.some(isSimulated) && !result.after.some(isSimulated)) call.line('The simulated nodes are gone.')
  for (const line of pathHint(call, result.added)) call.line(line)
  if (result.clientKeys.length === 0) {
    call.line('Next, a local key for your tool:')
    call.line(`  ${call.command('key create --name laptop')}`)
  }
}

/** Nobody types a secret only to hear that the name is taken, or that there is no daemon. */
async function askKeyOfNewNode(call: Call, nodeName: string): ReturnType<typeof askNodeKey> {
  const nodes = await call.control(({ client }) => client.nodes.list())
  const taken = nodes.find(({ name: other }) => other.toLowerCase() === nodeName.toLowerCase())?.name
  if (taken !== undefined) {
    const edit = call.command(`node edit ${taken}`)
    throw failure(
      'DUPLICATE_NAME',
      `There is already a node named "${taken}". Choose another name, or change that one with \`${edit}\`.`,
    )
  }
  return askNodeKey(call, nodeName)
}

/** The whole path is appended to an Anthropic base URL, and pages of providers often print it with a part of the path. */
function pathHint(call: Call, { name: nodeName, baseUrl }: NodeView): readonly string[] {
  if (!/\/v1(?:\/messages)?$/.test(baseUrl)) return []
  return [
    `Requests go to ${baseUrl}/v1/messages. If that is once too much, give the URL without it:`,
    `  ${call.command(`node edit ${nodeName} --url ${baseUrl.replace(/\/v1(?:\/messages)?$/, '')}`)}`,
  ]
}

function isSimulated(node: NodeView): boolean {
  return node.simulated
}

function keyCount(node: NodeView): string {
  if (node.keys.length === 0) return 'no key'
  const keys = node.keys.map((key) => `…${key.last4}`).join(', ')
  return `key${node.keys.length === 1 ? '' : 's'} ${keys} sent as ${node.auth}`
}
