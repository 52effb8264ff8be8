// `node remove`: takes a node and its keys away for good.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'

export function nodeRemoveCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node remove',
    summary: shell.text.say('node-remove.summary'),
    examples: ['node remove relay-a', 'node remove relay-a --yes'],
    configure: (command) =>
      command.argument('<node>', shell.text.say('argument.ref')).option('-y, --yes', shell.text.say('option.yes')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const isYes = call.options.flag('yes') === true
  // Asked about what there is: a wrong name is said before the question, not after the answer.
  const node = await call.control(({ client }) => client.nodes.get({ ref }))
  await confirm(call, { question: call.text.say('node-remove.question', { name: node.name }), isYes })
  const result = await call.control(({ client }) => client.nodes.remove({ ref }))
  if (call.isJson) return call.json(result)
  call.line(call.text.say('node-remove.done', { name: node.name }))
}
