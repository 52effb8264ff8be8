// The vault: its status, unlock, a new data key, another protection, export and import.
import type { VaultStatus } from '../../shared/model/vault.ts'
import type { Vault } from '../../storage/secrets/vault.ts'
import type { LoadedRegistry } from '../registry-source.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { createPassphraseGuard } from './passphrase-guard.ts'

export type VaultControl = {
  readonly status: () => VaultStatus
  readonly unlock: (passphrase: string, signal: AbortSignal | undefined) => Promise<VaultStatus>
  readonly rotate: () => Promise<{ readonly resealed: number; readonly vault: VaultStatus }>
  readonly protect: (wanted: Parameters<Vault['protect']>[0]) => Promise<VaultStatus>
  readonly exportAs: (passphrase: string) => Promise<{ readonly document: string }>
  readonly importFrom: (document: string, passphrase: string) => Promise<VaultStatus>
}

export type VaultServices = Pick<ControlServices, 'vault' | 'registry' | 'changes'> & {
  readonly clock: Pick<ControlServices['clock'], 'monotonicMs' | 'startTimer'>
}

export function createVaultControl({ vault, registry, changes, clock }: VaultServices): VaultControl {
  const guard = createPassphraseGuard(clock)
  const status = (): VaultStatus => describeVault(vault, registry.latest())
  const announce = (text: string): Promise<void> => changes.announce({ kind: 'vault-changed', nodeId: null, text })
  /** Of what changes nothing in the database, nor anything the engine works by. */
  const record = (text: string): void => changes.record({ kind: 'vault-changed', nodeId: null, text })

  async function unlock(passphrase: string, signal: AbortSignal | undefined): Promise<VaultStatus> {
    if (vault.standing().state === 'open') return status()
    // Not as a change: whoever guesses must not hold up those who change something.
    const attempt = await guard.attempt(() => vault.unlock(passphrase), signal)
    if (!attempt.ok) throw new ControlError('REFUSED', 'vault-unlock-wait', { seconds: attempt.retryAfterSeconds })
    await announce('The vault was unlocked.')
    return status()
  }

  async function rotate(): Promise<{ readonly resealed: number; readonly vault: VaultStatus }> {
    const resealed = await vault.rotate()
    await announce(`The vault has a new data key; ${resealed} secrets were sealed anew.`)
    return { resealed, vault: status() }
  }

  async function protect(wanted: Parameters<Vault['protect']>[0]): Promise<VaultStatus> {
    await vault.protect(wanted)
    record(`The vault is protected by ${nouns[wanted.protection]} now.`)
    return status()
  }

  async function exportAs(passphrase: string): Promise<{ readonly document: string }> {
    const document = await vault.exportAs(passphrase)
    record('The data key of the vault was exported under a passphrase.')
    return { document }
  }

  async function importFrom(document: string, passphrase: string): Promise<VaultStatus> {
    await vault.importFrom(document, passphrase)
    await announce('The vault was opened by an export; a key file protects it now.')
    return status()
  }

  return {
    status,
    unlock,
    rotate: () => changes.run(rotate),
    protect: (wanted) => changes.run(() => protect(wanted)),
    // Not as a change: those wait for a database that can be read, and a way out must not.
    exportAs,
    importFrom: (document, passphrase) => changes.run(() => importFrom(document, passphrase)),
  }
}

const nouns = {
  'key-file': 'a key file',
  passphrase: 'a passphrase',
  'systemd-credential': 'a systemd credential',
} as const

export function describeVault(vault: Pick<Vault, 'standing'>, { stored }: LoadedRegistry): VaultStatus {
  const { protection, state, why } = vault.standing()
  return { protection, state, message: why, sealed: stored.keys.length + stored.secrets.length }
}
