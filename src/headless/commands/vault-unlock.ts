// `vault unlock`: opens a locked vault with its passphrase.
import type { Command } from 'commander'
import { failureSaid } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addPassphraseOptions, readPassphrase } from '../read-passphrase.ts'

export function vaultUnlockCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault unlock',
    summary: shell.text.say('vault-unlock.summary'),
    examples: ['vault unlock', 'vault unlock --passphrase-stdin < passphrase-file'],
    configure: (command) => addPassphraseOptions(command, shell.text),
    run,
  })
}

async function run(call: Call): Promise<void> {
  // Nobody types a passphrase only to hear that it is not one that is missing.
  const before = await call.control(({ client }) => client.vault.status())
  if (before.message !== null && (before.state === 'damaged' || before.protection !== 'passphrase')) {
    throw failureSaid('VAULT_LOCKED', { spoken: before.message })
  }
  if (before.state === 'open') {
    return call.isJson ? call.json(before) : call.line(call.text.say('vault-unlock.already'))
  }
  const passphrase = await readPassphrase(call, 'vault-unlock.question')
  const vault = await call.control(({ client }) => client.vault.unlock({ passphrase }))
  if (call.isJson) return call.json(vault)
  call.line(call.text.say('vault-unlock.done'))
}
