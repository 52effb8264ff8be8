// Sign-in to the control port: one-time codes and the sessions they open. All in memory: they end with the daemon.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { CLIENT_KEY_PREFIX } from '../shared/model/client-key.ts'

/** security.md: single use, ten minutes. */
const CODE_LIFE_MS = 10 * 60_000
/** More links than anybody opens at once; the oldest gives way. */
const CODES_MAX = 20
/** A working day with its evening. A tab that outlives it needs a new link. */
const SESSION_LIFE_MS = 24 * 60 * 60_000
const SESSIONS_MAX = 100
/** 256 bits: guessing one is hopeless, and slowed all the same. */
const SECRET_BYTES = 32
/** Known to the redactor by their shape (shared/redact.ts), so that neither can stand in a log. */
const CODE_PREFIX = `${CLIENT_KEY_PREFIX}code-`
const SESSION_PREFIX = `${CLIENT_KEY_PREFIX}session-`

const WRONG_FREE_PER_MINUTE = 20
const MINUTE_MS = 60_000

export type Issued = { readonly secret: string; readonly expiresAtMs: number }

export type AdminSessions = {
  readonly issueCode: () => Issued
  /** The code is spent, whoever asks. Null: no such code, or not any more. */
  readonly signIn: (code: string) => Issued | null
  readonly isSession: (token: string) => boolean
  /** False: no such session. */
  readonly signOut: (token: string) => boolean
  /** Called for every wrong code; true when its answer should be held back (security.md: after 20 a minute). */
  readonly countWrongCode: () => boolean
}

export function createAdminSessions(wallMs: () => number = Date.now): AdminSessions {
  const codes = createSecrets({ prefix: CODE_PREFIX, lifeMs: CODE_LIFE_MS, max: CODES_MAX, wallMs })
  const sessions = createSecrets({ prefix: SESSION_PREFIX, lifeMs: SESSION_LIFE_MS, max: SESSIONS_MAX, wallMs })
  let minuteStartMs = Number.NEGATIVE_INFINITY
  let wrongCodes = 0
  return {
    issueCode: codes.issue,
    signIn: (code) => (codes.remove(code) ? sessions.issue() : null),
    isSession: sessions.has,
    signOut: sessions.remove,
    countWrongCode: () => {
      if (wallMs() - minuteStartMs >= MINUTE_MS) {
        minuteStartMs = wallMs()
        wrongCodes = 0
      }
      wrongCodes += 1
      return wrongCodes > WRONG_FREE_PER_MINUTE
    },
  }
}

type Secrets = {
  readonly issue: () => Issued
  readonly has: (secret: string) => boolean
  readonly remove: (secret: string) => boolean
}
type SecretsOptions = {
  readonly prefix: string
  readonly lifeMs: number
  readonly max: number
  readonly wallMs: () => number
}

/** Keeps digests only: what is in memory opens nothing. */
function createSecrets({ prefix, lifeMs, max, wallMs }: SecretsOptions): Secrets {
  let issued: readonly { readonly digest: Buffer; readonly expiresAtMs: number }[] = []
  const valid = () => issued.filter(({ expiresAtMs }) => wallMs() < expiresAtMs)
  // Every one is compared, whatever was found: the time it takes says nothing.
  const matching = (secret: string) => {
    const presented = digestOf(secret)
    return valid().filter(({ digest }) => timingSafeEqual(digest, presented))
  }
  return {
    issue: () => {
      const secret = prefix + randomBytes(SECRET_BYTES).toString('base64url')
      const expiresAtMs = wallMs() + lifeMs
      issued = [...valid(), { digest: digestOf(secret), expiresAtMs }].slice(-max)
      return { secret, expiresAtMs }
    },
    has: (secret) => matching(secret).length > 0,
    remove: (secret) => {
      const found = matching(secret)
      issued = valid().filter((one) => !found.includes(one))
      return found.length > 0
    },
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
