// What a vault is at a moment, and what its parts work with.
import type { VaultProtection } from '../../shared/model/vault.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import type { DataKey } from './data-key.ts'
import type { VaultDatabase } from './sealed-values.ts'
import type { VaultFiles } from './vault-files.ts'
import type { ScryptCost, Wrapper } from './wrapper.ts'

export type OpenState = {
  readonly state: 'open'
  /** What everything new is sealed with. */
  readonly key: DataKey
  /** The other key of a rotation that is not settled: what the first does not open, this one may. */
  readonly spare: DataKey | null
  /** Null: the data key lies in the key file as it is. */
  readonly wrapper: Wrapper | null
}
export type ClosedState = {
  readonly state: 'locked' | 'damaged'
  readonly protection: VaultProtection
  readonly why: Spoken
}
export type VaultState = OpenState | ClosedState

export type VaultRoom = {
  readonly files: VaultFiles
  readonly database: VaultDatabase
  /** What systemd handed over ($CREDENTIALS_DIRECTORY); null when there is none. */
  readonly credentialsDirectory: string | null
  readonly scryptCost: ScryptCost
}

export function protectionOf(state: VaultState): VaultProtection {
  return state.state === 'open' ? (state.wrapper?.protection ?? 'key-file') : state.protection
}
