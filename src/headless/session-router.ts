// Sign-in as procedures of the control port.
import { setTimeout as delay } from 'node:timers/promises'
import { implement, ORPCError } from '@orpc/server'
import { sessionContract } from '../shared/contract/session.ts'
import { type SentenceCode, speak } from '../shared/text/speak.ts'
import type { AdminSessions } from './admin-session.ts'

/** What the bridge knows of a request: its bearer token, null when it showed none. */
export type RequestContext = { readonly token: string | null }

export type SessionRouterOptions = {
  readonly sessions: AdminSessions
  /** Of the control port. */
  readonly url: () => string
  readonly slowedByMs?: number
}

const SLOWED_BY_MS = 1_000

export function createSessionRouter({ sessions, url, slowedByMs = SLOWED_BY_MS }: SessionRouterOptions) {
  const os = implement(sessionContract).$context<RequestContext>()
  return os.router({
    createCode: os.createCode.handler(() => {
      const { secret, expiresAtMs } = sessions.issueCode()
      return { code: secret, expiresAtMs, url: `${url()}/#code=${secret}` }
    }),
    signIn: os.signIn.handler(async ({ input }) => {
      const session = sessions.signIn(input.code)
      if (session !== null) return { token: session.secret, expiresAtMs: session.expiresAtMs }
      // A timer of its own: at most 256 sockets wait in it, and a right code never does.
      if (sessions.countWrongCode()) await delay(slowedByMs)
      throw refused('sign-in-code-refused')
    }),
    signOut: os.signOut.handler(({ context }) => {
      if (context.token !== null && sessions.signOut(context.token)) return { signedOut: true as const }
      throw refused('sign-out-no-session')
    }),
  })
}

function refused(code: SentenceCode): ORPCError<'REFUSED', unknown> {
  const data = speak(code)
  return new ORPCError<'REFUSED', unknown>('REFUSED', { status: 422, message: data.text, data })
}
