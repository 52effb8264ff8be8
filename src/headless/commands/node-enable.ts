// `node enable` and `node disable`: puts a node to work, or takes it out without losing it.
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { nodePlaceSentences } from '../node-place.ts'

export function nodeEnableCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node enable',
    summary: 'Put a disabled node to work.',
    examples: ['node enable relay-a'],
    configure: (command) => command.argument('<node>', 'its name or id'),
    run: (call) => setEnabled(call, { enabled: true, verb: 'Enabled' }),
  })
}

export function nodeDisableCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node disable',
    summary: 'Take a node out: it gets no new requests and keeps its settings and keys.',
    examples: ['node disable relay-a'],
    configure: (command) => command.argument('<node>', 'its name or id'),
    run: (call) => setEnabled(call, { enabled: false, verb: 'Disabled' }),
  })
}

async function setEnabled(call: Call, change: { readonly enabled: boolean; readonly verb: string }): Promise<void> {
  const { node, nodes } = await call.control(async ({ client }) => ({
    node: await client.nodes.update({ ref: call.args[0] ?? '', enabled: change.enabled }),
    nodes: await client.nodes.list(),
  }))
  if (call.isJson) return call.json(node)
  call.line(`${change.verb} the node ${node.name}.`)
  if (change.enabled) for (const sentence of nodePlaceSentences(node, nodes)) call.line(sentence)
}
