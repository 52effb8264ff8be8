// Why a host could not start, or not end whole: a stable code and sentences for the user. Shells print the message and exit 1.

export type HostErrorCode =
  /** Another daemon holds the data directory. */
  | 'already-running'
  /** Environment values that no setting takes; one line each. */
  | 'bad-settings'
  | 'port-in-use'
  /** The system does not let this user have the port. */
  | 'port-refused'
  /** The data directory cannot be made, written or trusted. */
  | 'data-directory'
  /** The database cannot be opened: newer, corrupt, locked, read-only. */
  | 'database'
  /** The key file cannot be read, or is missing although keys were sealed with it. */
  | 'vault'
  /** The host has stopped, but the database did not take the last records. */
  | 'records-lost'

export class HostError extends Error {
  readonly code: HostErrorCode
  constructor(code: HostErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'HostError'
    this.code = code
  }
}

/** For sentences: the words of an error, or of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
