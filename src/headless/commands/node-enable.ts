// `node enable` and `node disable`: puts a node to work, or takes it out without losing it.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { nodePlaceSentences } from '../node-place.ts'
import type { TextKey } from '../text/catalogue.ts'

export function nodeEnableCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node enable',
    summary: shell.text.say('node-enable.summary'),
    examples: ['node enable relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run: (call) => setEnabled(call, { enabled: true, done: 'node-enable.done' }),
  })
}

export function nodeDisableCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node disable',
    summary: shell.text.say('node-disable.summary'),
    examples: ['node disable relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run: (call) => setEnabled(call, { enabled: false, done: 'node-disable.done' }),
  })
}

async function setEnabled(call: Call, change: { readonly enabled: boolean; readonly done: TextKey }): Promise<void> {
  const { node, nodes } = await call.control(async ({ client }) => ({
    node: await client.nodes.update({ ref: call.args[0] ?? '', enabled: change.enabled }),
    nodes: await client.nodes.list(),
  }))
  if (call.isJson) return call.json(node)
  call.line(call.text.say(change.done, { name: node.name }))
  if (change.enabled) for (const sentence of nodePlaceSentences({ node, nodes }, call.text)) call.line(sentence)
}
