// The vault: what protects the node keys on disk.
import { z } from 'zod'
import { vaultStatusSchema } from '../model/vault.ts'
import { base } from './base.ts'

const passphrase = z.string().min(1).max(1024)
/** For a new one. Scrypt makes guessing slow, not impossible. */
const newPassphrase = z.string().min(8, 'a passphrase has at least 8 characters').max(1024)

export const vaultContract = {
  status: base
    .route({
      method: 'GET',
      path: '/vault',
      summary: 'Show what protects the secrets on disk, and whether they can be opened.',
      tags: ['Vault'],
    })
    .output(vaultStatusSchema),
  /** A wrong passphrase is REFUSED and changes nothing. */
  unlock: base
    .route({
      method: 'POST',
      path: '/vault/unlock',
      summary: 'Open a vault that waits for its passphrase.',
      tags: ['Vault'],
    })
    .input(z.strictObject({ passphrase }))
    .output(vaultStatusSchema),
  /** A new data key; everything is sealed anew in one transaction. */
  rotate: base
    .route({
      method: 'POST',
      path: '/vault/rotate',
      summary: 'Make a new data key and seal everything anew.',
      tags: ['Vault'],
    })
    .output(z.strictObject({ resealed: z.int().min(0), vault: vaultStatusSchema })),
  /** Wraps the data key another way. */
  protect: base
    .route({ method: 'POST', path: '/vault/protection', summary: 'Protect the data key another way.', tags: ['Vault'] })
    .input(
      z.discriminatedUnion('protection', [
        z.strictObject({ protection: z.literal('key-file') }),
        z.strictObject({ protection: z.literal('passphrase'), passphrase: newPassphrase }),
        z.strictObject({ protection: z.literal('systemd-credential') }),
      ]),
    )
    .output(vaultStatusSchema),
  /** The data key, wrapped by a passphrase: with it and the database another machine opens the vault. */
  export: base
    .route({
      method: 'POST',
      path: '/vault/export',
      summary: 'Get the data key under a passphrase, for another machine.',
      tags: ['Vault'],
    })
    .input(z.strictObject({ passphrase: newPassphrase }))
    .output(z.strictObject({ document: z.string() })),
  /** Opens a vault that is locked or damaged here by what `export` wrote; refused unless it opens the keys in the database. */
  import: base
    .route({
      method: 'POST',
      path: '/vault/import',
      summary: 'Open the vault by what an export wrote.',
      tags: ['Vault'],
    })
    .input(
      z.strictObject({
        document: z
          .string()
          .min(1)
          .max(64 * 1024),
        passphrase,
      }),
    )
    .output(vaultStatusSchema),
}
