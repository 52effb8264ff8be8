// `vault export`: the data key under a passphrase, for another machine or for the safe.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createPrivateFile } from '../../storage/private-file.ts'
import { failure } from '../cli-error.ts'
import { systemCode } from '../control-failure.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addPassphraseOptions, readNewPassphrase } from '../read-passphrase.ts'

export function vaultExportCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault export',
    summary: shell.text.say('vault-export.summary'),
    examples: ['vault export --output vault-export.json', 'vault export --passphrase-env PHRASE > vault-export.json'],
    configure: (command) => {
      command.option('-o, --output <file>', shell.text.say('vault-export.output'))
      addPassphraseOptions(command, shell.text)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  // First, so that nobody types a passphrase only to hear that there is no daemon.
  await call.control(({ client }) => client.vault.status())
  const passphrase = await readNewPassphrase(call, 'vault-export.question')
  const { document } = await call.control(({ client }) => client.vault.export({ passphrase }))
  const output = call.options.text('output')
  if (output === undefined) return call.isJson ? call.json({ document }) : call.line(document.trimEnd())
  const file = resolve(output)
  await write(file, document)
  if (call.isJson) return call.json({ file })
  call.line(call.text.say('vault-export.done', { file }))
}

async function write(file: string, document: string): Promise<void> {
  try {
    await createPrivateFile(file, Buffer.from(document, 'utf8'))
  } catch (error) {
    throw failure('NOT_WRITTEN', 'vault-export.not-written', { file, reason: systemCode(error) ?? 'unknown reason' })
  }
}
