// `vault protect`: another protection for the same data key.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addPassphraseOptions, readNewPassphrase, saysPassphrase } from '../read-passphrase.ts'

/** The desktop's keychain is not to be had here. */
const protections = ['key-file', 'passphrase', 'systemd-credential'] as const

export function vaultProtectCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault protect',
    summary: shell.text.say('vault-protect.summary'),
    examples: ['vault protect passphrase', 'vault protect systemd-credential', 'vault protect key-file'],
    configure: (command) => {
      command.argument('<protection>', shell.text.say('vault-protect.argument'))
      addPassphraseOptions(command, shell.text)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const protection = protections.find((name) => name === call.args[0])
  if (protection === undefined) throw usageError('vault-protect.unknown', { protections: protections.join(', ') })
  if (protection !== 'passphrase' && saysPassphrase(call)) throw usageError('vault-protect.passphrase-unused')
  const wanted =
    protection === 'passphrase'
      ? { protection, passphrase: await readNewPassphrase(call, 'passphrase.new-question') }
      : { protection }
  const vault = await call.control(({ client }) => client.vault.protect(wanted))
  if (call.isJson) return call.json(vault)
  call.line(call.text.say(`vault-protect.${protection}`, { unlock: call.command('vault unlock') }))
}
