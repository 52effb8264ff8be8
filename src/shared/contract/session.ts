// Signing in to the control plane over HTTP: a browser trades a one-time code for a token. IPC needs none of this.
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { spokenSchema } from '../text/spoken.ts'
import { contract } from './contract.ts'

const session = oc.errors({
  /** No such code: mistyped, used before, or too old. */
  REFUSED: { status: 422, data: spokenSchema.optional() },
})

export const sessionContract = {
  createCode: session
    .route({
      method: 'POST',
      path: '/session/codes',
      successStatus: 201,
      summary: 'Make a one-time sign-in code, and the link that carries it.',
      tags: ['Session'],
    })
    .output(
      z.strictObject({
        code: z.string(),
        /** Wall clock. */
        expiresAtMs: z.int(),
        /** The code stands in the fragment, which no browser sends to a server. */
        url: z.string(),
      }),
    ),
  /** Needs no token: the code is the proof, once. */
  signIn: session
    .route({
      method: 'POST',
      path: '/session',
      successStatus: 201,
      summary: 'Trade a sign-in code for a session token.',
      tags: ['Session'],
    })
    .input(z.strictObject({ code: z.string().min(1).max(200) }))
    .output(
      z.strictObject({
        token: z.string(),
        /** Wall clock. */
        expiresAtMs: z.int(),
      }),
    ),
  /** Of the session whose token comes with the request. */
  signOut: session
    .route({ method: 'DELETE', path: '/session', summary: 'Sign out: the session token ends.', tags: ['Session'] })
    .output(z.strictObject({ signedOut: z.literal(true) })),
}

/** Everything the control port serves under /admin/api. */
export const httpContract = { ...contract, session: sessionContract }
export type HttpContract = typeof httpContract
