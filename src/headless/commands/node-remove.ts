// `node remove`: takes a node and its keys away for good.
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'

export function nodeRemoveCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node remove',
    summary: 'Remove a node and its stored keys. Asks first.',
    examples: ['node remove relay-a', 'node remove relay-a --yes'],
    configure: (command) => command.argument('<node>', 'its name or id').option('-y, --yes', 'do not ask'),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const isYes = call.options.flag('yes') === true
  // Asked about what there is: a wrong name is said before the question, not after the answer.
  const node = await call.control(({ client }) => client.nodes.get({ ref }))
  await confirm(call.io, { question: `Remove the node ${node.name} and its stored keys?`, isYes })
  const result = await call.control(({ client }) => client.nodes.remove({ ref }))
  if (call.isJson) return call.json(result)
  call.line(`Removed the node ${node.name}. Requests that run on it finish.`)
}
