// The program with all its commands.
import type { Command } from 'commander'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { historyCommand } from './commands/history.ts'
import { keyCreateCommand } from './commands/key-create.ts'
import { keyDisableCommand, keyEditCommand, keyEnableCommand } from './commands/key-edit.ts'
import { keyListCommand } from './commands/key-list.ts'
import { keyRevokeCommand } from './commands/key-revoke.ts'
import { nodeAddCommand } from './commands/node-add.ts'
import { nodeEditCommand } from './commands/node-edit.ts'
import { nodeDisableCommand, nodeEnableCommand } from './commands/node-enable.ts'
import { nodeIsolateCommand, nodeResetCommand } from './commands/node-isolate.ts'
import { nodeKeyAddCommand, nodeKeyEditCommand, nodeKeyListCommand, nodeKeyRemoveCommand } from './commands/node-key.ts'
import { nodeListCommand } from './commands/node-list.ts'
import { nodePresetsCommand } from './commands/node-presets.ts'
import { nodeRemoveCommand } from './commands/node-remove.ts'
import { nodeShowCommand } from './commands/node-show.ts'
import { nodeTestCommand } from './commands/node-test.ts'
import { openCommand } from './commands/open.ts'
import { poolCreateCommand, poolListCommand, poolRemoveCommand, poolShowCommand } from './commands/pool.ts'
import { serveCommand } from './commands/serve.ts'
import {
  settingsGetCommand,
  settingsListCommand,
  settingsProxyPasswordCommand,
  settingsResetCommand,
  settingsSetCommand,
} from './commands/settings.ts'
import { statusCommand } from './commands/status.ts'
import { stopCommand } from './commands/stop.ts'
import { tailCommand } from './commands/tail.ts'
import { vaultExportCommand } from './commands/vault-export.ts'
import { vaultImportCommand } from './commands/vault-import.ts'
import { vaultProtectCommand } from './commands/vault-protect.ts'
import { vaultRotateCommand } from './commands/vault-rotate.ts'
import { vaultStatusCommand } from './commands/vault-status.ts'
import { vaultUnlockCommand } from './commands/vault-unlock.ts'
import { helpWidth } from './help.ts'
import { groupCommand, type Shell } from './leaf-command.ts'
import { ownCommand } from './own-command.ts'
import { wrapText } from './terminal/wrap-text.ts'
import type { TextKey } from './text/catalogue.ts'
import { VERSION } from './version.ts'

export function createProgram(shell: Shell): Command {
  const { io, text } = shell
  const program = groupCommand(shell, '')
    .name(ownCommand(io.environment))
    .description(text.say('program.summary'))
    .version(VERSION, '-V, --version', text.say('option.version'))
    .addHelpText('after', () => `\n${wrapText(text.say('program.footer'), helpWidth(io)).join('\n')}`)
  program.addCommand(serveCommand(shell)).addCommand(stopCommand(shell))
  const node = group(shell, { path: 'node', summary: 'node.summary' }, nodeCommands)
  node.addCommand(group(shell, { path: 'node key', summary: 'node-key.summary' }, nodeKeyCommands))
  program.addCommand(node)
  program.addCommand(group(shell, { path: 'pool', summary: 'pool.summary' }, poolCommands))
  program.addCommand(group(shell, { path: 'key', summary: 'key.summary' }, keyCommands))
  program.addCommand(group(shell, { path: 'settings', summary: 'settings.summary' }, settingsCommands))
  program.addCommand(group(shell, { path: 'vault', summary: 'vault.summary' }, vaultCommands))
  for (const create of otherCommands) program.addCommand(create(shell))
  program.addCommand(
    completeCommand(shell, () => program),
    { hidden: true },
  )
  return program
}

type Group = { readonly path: string; readonly summary: TextKey }

function group(shell: Shell, { path, summary }: Group, commands: readonly ((shell: Shell) => Command)[]): Command {
  const command = groupCommand(shell, path).description(shell.text.say(summary))
  for (const create of commands) command.addCommand(create(shell))
  return command
}

const nodeCommands = [
  nodeAddCommand,
  nodeListCommand,
  nodeShowCommand,
  nodeEditCommand,
  nodeTestCommand,
  nodeEnableCommand,
  nodeDisableCommand,
  nodeIsolateCommand,
  nodeResetCommand,
  nodeRemoveCommand,
  nodePresetsCommand,
]
const nodeKeyCommands = [nodeKeyListCommand, nodeKeyAddCommand, nodeKeyEditCommand, nodeKeyRemoveCommand]
const poolCommands = [poolListCommand, poolShowCommand, poolCreateCommand, poolRemoveCommand]
const keyCommands = [
  keyCreateCommand,
  keyListCommand,
  keyEditCommand,
  keyEnableCommand,
  keyDisableCommand,
  keyRevokeCommand,
]
const settingsCommands = [
  settingsListCommand,
  settingsGetCommand,
  settingsSetCommand,
  settingsResetCommand,
  settingsProxyPasswordCommand,
]
const vaultCommands = [
  vaultStatusCommand,
  vaultUnlockCommand,
  vaultRotateCommand,
  vaultProtectCommand,
  vaultExportCommand,
  vaultImportCommand,
]
const otherCommands = [
  statusCommand,
  explainCommand,
  tailCommand,
  historyCommand,
  openCommand,
  demoCommand,
  completionCommand,
]
