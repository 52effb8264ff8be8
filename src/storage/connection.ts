// Which calls go to which connection, and the messages they travel in between the main thread and a storage worker.
import type { Storage, StorageErrorCode } from './storage.ts'

/**
 * Registry loads go to the reader too. In WAL mode a read transaction sees every commit that returned before it began
 * (sqlite.org/isolation.html), and every write promise settles after its commit, so an awaited write is never missed;
 * on the writer they would wait behind ledger commits and, when the database is locked, behind its busy timeout.
 */
export type ReadMethod =
  | 'loadRegistry'
  | 'loadPool'
  | 'loadVaultKeyId'
  | 'loadSettings'
  | 'loadBreakers'
  | 'recentExchanges'
  | 'recentDecisions'
export type WriteMethod = Exclude<keyof Storage, ReadMethod | 'close'>

/** The calls of one connection as the worker runs them: the same signatures, synchronous. */
export type Calls<Method extends keyof Storage> = {
  readonly [M in Method]: (...args: Parameters<Storage[M]>) => Awaited<ReturnType<Storage[M]>>
}

/** One connection as the main thread sees it. Everything rejects with a StorageError only. */
export type Connection<Method extends keyof Storage> = {
  /** Opens (and on the writer migrates) now instead of at the first call. */
  readonly open: () => Promise<void>
  readonly call: <M extends Method>(method: M, ...args: Parameters<Storage[M]>) => ReturnType<Storage[M]>
  /** What was called before is finished first. Idempotent. */
  readonly close: () => Promise<void>
}

export type Request = { readonly id: number; readonly method: string; readonly args: readonly unknown[] }

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: StorageErrorCode; readonly message: string }
