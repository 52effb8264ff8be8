// `vault status`: what protects the stored keys, and whether they can be opened.
import type { Command } from 'commander'
import { leafCommand, type Shell } from '../leaf-command.ts'
import { printVault } from '../vault-words.ts'

export function vaultStatusCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault status',
    summary: shell.text.say('vault-status.summary'),
    examples: ['vault status', 'vault status --json'],
    run: async (call) => {
      const vault = await call.control(({ client }) => client.vault.status())
      if (call.isJson) return call.json(vault)
      printVault(call, vault)
    },
  })
}
