// What all procedures share: the typed errors, and how a thing is named.
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { spokenSchema } from '../text/spoken.ts'

const data = spokenSchema.optional()

/** Typed errors. `message` is the English sentence for people, `data` says the same with a code; the error's code is stable. */
export const base = oc.errors({
  NOT_FOUND: { status: 404, data },
  DUPLICATE_NAME: { status: 409, data },
  /** The input has the right shape and is refused all the same: a base URL, a setting that is locked. */
  REFUSED: { status: 422, data },
  /** Node keys cannot be sealed or opened before the vault is unlocked. */
  VAULT_LOCKED: { status: 423, data },
  /** The database cannot take the change now. */
  STORAGE_UNAVAILABLE: { status: 503, data },
})

/** A thing is named by its id or by its name. */
export const ref = z.string().min(1).max(200)
export const reference = z.strictObject({ ref })

/** A secret: printable, no spaces, so that it fits a header. */
export const secretSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,4096}$/, 'a key is 1 to 4096 printable characters without spaces')
