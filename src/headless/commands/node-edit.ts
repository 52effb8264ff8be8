// `node edit`: changes what is given, leaves the rest.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addNodeKeyOptions, readNodeKeys } from '../node-keys.ts'
import { addNodeClearingOptions, addNodeFieldOptions, readNodeFields } from '../node-options.ts'
import { nodePlaceSentences } from '../node-place.ts'
import { name } from '../option-parsers.ts'

export function nodeEditCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node edit',
    summary: shell.text.say('node-edit.summary'),
    examples: [
      'node edit relay-a --priority 10 --max-concurrent 8',
      'node edit relay-a --key-env RELAY_A_KEY --key-env RELAY_A_SPARE',
      'node edit relay-a --no-map',
    ],
    configure: (command) => {
      command
        .argument('<node>', shell.text.say('argument.ref'))
        .option('--name <name>', shell.text.say('option.new-name'), name)
        .option('--url <url>', shell.text.say('node-edit.url'))
      addNodeKeyOptions(command, shell.text)
      addNodeFieldOptions(command, shell.text)
      addNodeClearingOptions(command, shell.text)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const fields = await readNodeFields(call)
  const keys = await readNodeKeys(call)
  if (keys === undefined && Object.values(fields).every((value) => value === undefined)) {
    throw usageError('usage.nothing-to-change', { command: call.command('node edit') })
  }
  const { before, changed, nodes } = await call.control(async ({ client }) => ({
    before: await client.nodes.get({ ref }),
    changed: await client.nodes.update({ ref, ...fields, keys }),
    nodes: await client.nodes.list(),
  }))
  if (call.isJson) return call.json(changed)
  call.line(call.text.say('node-edit.done', { name: changed.name }))
  for (const sentence of nodePlaceSentences({ node: changed, nodes }, call.text)) call.line(sentence)
  if (keys === undefined && before.keys.length > 0 && changed.keys.length === 0) {
    call.line(call.text.say('node-edit.keys-dropped'))
    call.line(`  ${call.command(`node edit ${changed.name} --key-stdin`)}`)
  }
}
