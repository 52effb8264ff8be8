// The vault's passphrase of a start: from a file or the environment, and gone from there once it is read.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { failure, usageError } from './cli-error.ts'
import { systemCode } from './control-failure.ts'
import type { Call } from './leaf-command.ts'

export const PASSPHRASE_VARIABLE = 'SWITCHYARD_VAULT_PASSPHRASE'

const FILE_BYTES_MAX = 4096

/** Null when none is given: a vault behind one then starts locked. */
export async function takeServePassphrase(call: Call): Promise<string | null> {
  const file = call.options.text('vaultPassphraseFile')
  const variable = call.io.environment[PASSPHRASE_VARIABLE]?.trim() ?? ''
  // No child of ours inherits it. What the system shows of our start (/proc/PID/environ) stays; a file is better.
  delete process.env[PASSPHRASE_VARIABLE]
  if (file === undefined) return variable === '' ? null : variable
  if (variable !== '') throw usageError('serve.vault-passphrase-twice')
  return firstLine(resolve(file))
}

async function firstLine(file: string): Promise<string> {
  const content = await readFile(file).catch((error: unknown) => {
    const reason = systemCode(error) ?? 'unknown reason'
    throw failure('PASSPHRASE_UNREADABLE', 'serve.vault-passphrase-unreadable', { file, reason })
  })
  const line = content.length > FILE_BYTES_MAX ? '' : (content.toString('utf8').split(/\r?\n/, 1)[0]?.trim() ?? '')
  if (line === '') throw usageError('serve.vault-passphrase-empty', { file })
  return line
}
