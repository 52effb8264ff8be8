// What can go wrong with the vault: a stable code, and a sentence for people that every language has.
import { type SentenceCode, speak } from '../../shared/text/speak.ts'
import type { Parameters, Spoken } from '../../shared/text/spoken.ts'

/**
 * `locked`, `damaged`: nothing can be sealed or opened before that is put right.
 * `unknown-format`, `not-readable`: one sealed secret cannot be opened; the others may well be.
 * `wrong-passphrase`, `refused`: what was asked for cannot be done, and nothing was changed.
 * `file-unusable`: a file of the vault cannot be written.
 */
export type VaultErrorCode =
  | 'locked'
  | 'damaged'
  | 'unknown-format'
  | 'not-readable'
  | 'wrong-passphrase'
  | 'refused'
  | 'file-unusable'

export class VaultError extends Error {
  readonly code: VaultErrorCode
  readonly spoken: Spoken
  constructor(code: VaultErrorCode, spoken: Spoken) {
    super(spoken.text)
    this.name = 'VaultError'
    this.code = code
    this.spoken = spoken
  }
}

export function vaultError(code: VaultErrorCode, sentence: SentenceCode, parameters: Parameters = {}): VaultError {
  return new VaultError(code, speak(sentence, parameters))
}
