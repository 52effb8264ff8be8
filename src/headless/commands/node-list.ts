// `node list`: every node with its status.
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { formatNodes } from '../node-table.ts'

export function nodeListCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node list',
    summary: 'List the nodes in the order they are tried, with their status.',
    examples: ['node list', 'node list --json'],
    run,
  })
}

async function run(call: Call): Promise<void> {
  const nodes = await call.control(({ client }) => client.nodes.list())
  if (call.isJson) return call.json(nodes)
  if (nodes.length === 0)
    return call.line(`There are no nodes. Add one: ${call.command('node add --name NAME --url URL')}`)
  for (const line of formatNodes(nodes, { width: call.io.columns, paint: call.paint })) call.line(line)
}
