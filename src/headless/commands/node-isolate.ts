// `node isolate` and `node reset`: takes a node out whatever its breaker says, and forgets what is held against it.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { nodeStatusSentence } from '../node-words.ts'

export function nodeIsolateCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node isolate',
    summary: shell.text.say('node-isolate.summary'),
    examples: ['node isolate relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run: async (call) => {
      const node = await call.control(({ client }) => client.nodes.isolate({ ref: call.args[0] ?? '' }))
      if (call.isJson) return call.json(node)
      call.line(
        call.text.say('node-isolate.done', { name: node.name, command: call.command(`node reset ${node.name}`) }),
      )
    },
  })
}

export function nodeResetCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node reset',
    summary: shell.text.say('node-reset.summary'),
    examples: ['node reset relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run: reset,
  })
}

async function reset(call: Call): Promise<void> {
  const node = await call.control(({ client }) => client.nodes.reset({ ref: call.args[0] ?? '' }))
  if (call.isJson) return call.json(node)
  const status = nodeStatusSentence(node, { nowMs: call.io.nowMs(), text: call.text })
  call.line(call.text.say('node-reset.done', { name: node.name, status }))
}
