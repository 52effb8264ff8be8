// Why a host could not start, or not end whole: a stable code and sentences for the user. Shells say them and exit 1.
import { type SentenceCode, speak } from '../shared/text/speak.ts'
import { type Parameters, type Spoken, spokenSchema } from '../shared/text/spoken.ts'
import type { StorageError } from '../storage/storage.ts'

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
  readonly spoken: Spoken
  /** What is wrong one by one, a line each. */
  readonly lines: readonly Spoken[]
  constructor(code: HostErrorCode, { spoken, lines = [], cause }: HostErrorWords) {
    super([spoken.text, ...lines.map((line) => `  ${line.text}`)].join('\n'), { cause })
    this.name = 'HostError'
    this.code = code
    this.spoken = spoken
    this.lines = lines
  }
}

export type HostErrorWords = {
  readonly spoken: Spoken
  readonly lines?: readonly Spoken[]
  readonly cause?: unknown
}

/** Without lines and cause. */
export function hostError(code: HostErrorCode, sentence: SentenceCode, parameters: Parameters = {}): HostError {
  return new HostError(code, { spoken: speak(sentence, parameters) })
}

/** What SQLite said, with its gist in every language. */
export function databaseError(error: StorageError): HostError {
  return new HostError('database', {
    spoken: speak(databaseSentence(error.code), { detail: error.message }),
    cause: error,
  })
}

function databaseSentence(code: StorageError['code']): SentenceCode {
  switch (code) {
    case 'newer':
    case 'busy':
    case 'full':
    case 'read-only':
    case 'corrupt':
      return `database-${code}`
    default:
      return 'database-failed'
  }
}

/** Of an error that brings its own sentence: those of the vault and the data directory. */
export function spokenOf(error: unknown): Spoken | null {
  if (!(error instanceof Error && 'spoken' in error)) return null
  const parsed = spokenSchema.safeParse(error.spoken)
  return parsed.success ? parsed.data : null
}

/** For sentences: the words of an error, or of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
