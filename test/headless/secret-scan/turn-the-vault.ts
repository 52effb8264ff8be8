// The part of the run that turns the vault over: export, rotation, a passphrase, locked, unlocked, back to a key file.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { SecretScene } from './scene.ts'

export type VaultFiles = {
  /** Beside the data directory: for an export, and for the passphrase of a start. */
  readonly aside: string
  readonly dataDirectory: string
}

export async function turnTheVault(scene: SecretScene, { aside, dataDirectory }: VaultFiles): Promise<void> {
  const { cli, api, secret, scanner } = scene
  const exported = secret('passphrase of the export')
  const chosen = secret('passphrase of the vault')
  const rememberDataKey = async (name: string): Promise<void> => {
    scanner.add(name, await readFile(join(dataDirectory, 'vault.key')))
  }
  await rememberDataKey('first data key')

  const file = join(aside, 'vault-export.json')
  await cli(['vault', 'export', '--output', file, '--passphrase-env', 'PHRASE'], { env: { PHRASE: exported } })
  scene.keep('the file of vault export', await readFile(file, 'utf8'))
  await cli(['vault', 'export', '--passphrase-stdin', '--json'], { stdin: exported })
  await api('POST', '/vault/export', { passphrase: exported })
  await cli(['vault', 'export'], { typed: [exported, exported] })

  await cli(['vault', 'rotate', '--yes'])
  await rememberDataKey('second data key')
  await api('POST', '/vault/rotate')
  await rememberDataKey('third data key')

  await cli(['vault', 'protect', 'passphrase'], { typed: [chosen, chosen] })
  await scene.restart()
  await cli(['vault', 'status'])
  await cli(['vault', 'unlock', '--passphrase-stdin'], { stdin: secret('wrong passphrase'), code: 1 })
  await cli(['vault', 'import', file, '--passphrase-env', 'PHRASE'], { env: { PHRASE: exported }, code: null })
  await cli(['vault', 'unlock', '--passphrase-env', 'PHRASE'], { env: { PHRASE: chosen } })
  await cli(['vault', 'rotate', '--yes', '--json'])

  const passphraseFile = join(aside, 'passphrase')
  await writeFile(passphraseFile, `${chosen}\n`, { mode: 0o600 })
  await scene.restart(['--vault-passphrase-file', passphraseFile])
  const { json } = await api('GET', '/vault')
  const { state } = z.looseObject({ state: z.string() }).parse(json)
  if (state !== 'open') throw new Error(`the vault is ${state} after a start with its passphrase`)
  await cli(['vault', 'protect', 'key-file', '--json'])
  await rememberDataKey('fourth data key')
}
