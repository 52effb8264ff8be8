// Why the data directory cannot be used: a stable code and a sentence for the user, that every language has.
import type { Spoken } from '../shared/text/spoken.ts'

export type DataDirectoryErrorCode = 'not-a-directory' | 'foreign-link' | 'not-private' | 'unwritable'

export class DataDirectoryError extends Error {
  readonly code: DataDirectoryErrorCode
  readonly spoken: Spoken
  constructor(code: DataDirectoryErrorCode, spoken: Spoken) {
    super(spoken.text)
    this.name = 'DataDirectoryError'
    this.code = code
    this.spoken = spoken
  }
}
