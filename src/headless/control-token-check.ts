// Does a request carry the control token, or the token of a session?
import { createHash, timingSafeEqual } from 'node:crypto'
import type { AdminSessions } from './admin-session.ts'

export type ControlTokenCheck = (token: string | null) => boolean

/** Digests have one length, so that neither length nor content of the token shows in the time it takes. */
export function createControlTokenCheck(token: string, sessions: Pick<AdminSessions, 'isSession'>): ControlTokenCheck {
  const expected = digest(token)
  return (presented) => {
    if (presented === null) return false
    return timingSafeEqual(digest(presented), expected) || sessions.isSession(presented)
  }
}

export function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,1024})$/i.exec(authorization ?? '')?.[1] ?? null
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
