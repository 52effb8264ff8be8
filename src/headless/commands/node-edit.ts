// `node edit`: changes what is given, leaves the rest.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { addNodeKeyOptions, readNodeKeys } from '../node-keys.ts'
import { addNodeClearingOptions, addNodeFieldOptions, readNodeFields } from '../node-options.ts'
import { nodePlaceSentences } from '../node-place.ts'
import { name } from '../option-parsers.ts'

export function nodeEditCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node edit',
    summary:
      'Change a node. What is not given stays. Keys that are given replace all keys of the node; a new origin in --url drops the stored ones.',
    examples: [
      'node edit relay-a --priority 10 --max-concurrent 8',
      'node edit relay-a --key-env RELAY_A_KEY --key-env RELAY_A_SPARE',
      'node edit relay-a --no-map',
    ],
    configure: (command) => {
      command
        .argument('<node>', 'its name or id')
        .option('--name <name>', 'a new name', name)
        .option('--url <url>', 'a new base URL (Anthropic: without /v1)')
      addNodeKeyOptions(command)
      addNodeFieldOptions(command)
      addNodeClearingOptions(command)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const fields = readNodeFields(call.options)
  const keys = await readNodeKeys(call)
  if (keys === undefined && Object.values(fields).every((value) => value === undefined)) {
    throw usageError(`Nothing to change was given. See \`${call.command('node edit --help')}\`.`)
  }
  const { before, changed, nodes } = await call.control(async ({ client }) => ({
    before: await client.nodes.get({ ref }),
    changed: await client.nodes.update({ ref, ...fields, keys }),
    nodes: await client.nodes.list(),
  }))
  if (call.isJson) return call.json(changed)
  call.line(`Changed the node ${changed.name}.`)
  for (const sentence of nodePlaceSentences(changed, nodes)) call.line(sentence)
  if (keys === undefined && before.keys.length > 0 && changed.keys.length === 0) {
    call.line('Its stored keys were dropped, because they belong to the old origin. Give the new one:')
    call.line(`  ${call.command(`node edit ${changed.name} --key-stdin`)}`)
  }
}
