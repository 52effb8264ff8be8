// `node list`: every node with its status.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { formatNodes } from '../node-table.ts'
import { watchDaemon } from '../watch-daemon.ts'

export function nodeListCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node list',
    summary: shell.text.say('node-list.summary'),
    examples: ['node list', 'node list --watch', 'node list --json'],
    configure: (command) => command.option('--watch', shell.text.say('option.watch')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  if (call.options.flag('watch') === true) {
    return watchDaemon(call, { lines: ({ nodes }) => listLines(nodes, call), json: ({ nodes }) => nodes })
  }
  const nodes = await call.control(({ client }) => client.nodes.list())
  if (call.isJson) return call.json(nodes)
  for (const line of listLines(nodes, call)) call.line(line)
}

function listLines(nodes: readonly NodeView[], call: Call): readonly string[] {
  if (nodes.length > 0) return formatNodes(nodes, call.style())
  return [call.text.say('node-list.empty', { command: call.command('node add --name NAME --url URL') })]
}
