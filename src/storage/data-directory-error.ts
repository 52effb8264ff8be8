// Why the data directory cannot be used: a stable code and a sentence for the user.

export type DataDirectoryErrorCode = 'not-a-directory' | 'foreign-link' | 'not-private' | 'unwritable'

export class DataDirectoryError extends Error {
  readonly code: DataDirectoryErrorCode
  constructor(code: DataDirectoryErrorCode, message: string) {
    super(message)
    this.name = 'DataDirectoryError'
    this.code = code
  }
}
