// The program with all its commands.
import type { Command } from 'commander'
import type { CliIo } from './cli-io.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { keyCreateCommand } from './commands/key-create.ts'
import { keyListCommand } from './commands/key-list.ts'
import { keyRevokeCommand } from './commands/key-revoke.ts'
import { nodeAddCommand } from './commands/node-add.ts'
import { nodeEditCommand } from './commands/node-edit.ts'
import { nodeDisableCommand, nodeEnableCommand } from './commands/node-enable.ts'
import { nodeListCommand } from './commands/node-list.ts'
import { nodeRemoveCommand } from './commands/node-remove.ts'
import { nodeShowCommand } from './commands/node-show.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { stopCommand } from './commands/stop.ts'
import { tailCommand } from './commands/tail.ts'
import { groupCommand } from './leaf-command.ts'
import { ownCommand } from './own-command.ts'
import { VERSION } from './version.ts'

export function createProgram(io: CliIo): Command {
  const program = groupCommand(io, '')
    .name(ownCommand(io.environment))
    .description('A local proxy for AI command-line tools that fails over between API nodes inside the same request.')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText('after', FOOTER)
  const node = groupCommand(io, 'node').description('The upstream endpoints and their keys.')
  for (const create of nodeCommands) node.addCommand(create(io))
  const key = groupCommand(io, 'key').description('The local keys that tools use to talk to Switchyard.')
  for (const create of keyCommands) key.addCommand(create(io))
  program.addCommand(serveCommand(io)).addCommand(stopCommand(io)).addCommand(node).addCommand(key)
  for (const create of otherCommands) program.addCommand(create(io))
  return program
}

const nodeCommands = [
  nodeAddCommand,
  nodeListCommand,
  nodeShowCommand,
  nodeEditCommand,
  nodeRemoveCommand,
  nodeEnableCommand,
  nodeDisableCommand,
]
const keyCommands = [keyCreateCommand, keyListCommand, keyRevokeCommand]
const otherCommands = [statusCommand, explainCommand, tailCommand, demoCommand]

const FOOTER = `
Every command takes --json and finds the daemon through --data-dir or
SWITCHYARD_DATA_DIR. With --json, results are JSON on stdout and an error is one
line {"error":{"code","message"}} on stderr.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`
