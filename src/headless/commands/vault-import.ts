// `vault import`: opens a locked or damaged vault with an export.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { failure } from '../cli-error.ts'
import { systemCode } from '../control-failure.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addPassphraseOptions, readPassphrase } from '../read-passphrase.ts'

export function vaultImportCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault import',
    summary: shell.text.say('vault-import.summary'),
    examples: ['vault import vault-export.json', 'vault import vault-export.json --passphrase-env PHRASE'],
    configure: (command) => {
      command.argument('<file>', shell.text.say('vault-import.argument'))
      addPassphraseOptions(command, shell.text)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const document = await read(resolve(call.args[0] ?? ''))
  await call.control(({ client }) => client.vault.status())
  const passphrase = await readPassphrase(call, 'vault-import.question')
  const vault = await call.control(({ client }) => client.vault.import({ document, passphrase }))
  if (call.isJson) return call.json(vault)
  call.line(call.text.say('vault-import.done', { protect: call.command('vault protect') }))
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw failure('NOT_READ', 'vault-import.not-read', { file, reason: systemCode(error) ?? 'unknown reason' })
  }
}
