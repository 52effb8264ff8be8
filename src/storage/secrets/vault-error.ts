// What can go wrong with the vault, as stable codes.

/**
 * `key-file-missing`, `key-file-invalid`, `key-file-unusable`: the vault cannot be opened.
 * `unknown-format`, `not-readable`: one sealed secret cannot be opened; the others may well be.
 */
export type VaultErrorCode =
  | 'key-file-missing'
  | 'key-file-invalid'
  | 'key-file-unusable'
  | 'unknown-format'
  | 'not-readable'

export class VaultError extends Error {
  readonly code: VaultErrorCode
  constructor(code: VaultErrorCode, message: string) {
    super(message)
    this.name = 'VaultError'
    this.code = code
  }
}
