// Everything the product asks of its database, behind one narrow interface. The implementation runs on worker threads.
import type { PersistedBreaker } from '../shared/model/breaker.ts'
import type { HashedClientKey } from '../shared/model/client-key.ts'
import type { Decision } from '../shared/model/decision.ts'
import type { ExchangeRecord } from '../shared/model/exchange.ts'
import type { Node, NodeKey } from '../shared/model/node.ts'
import type { Pool } from '../shared/model/pool.ts'

/** A node key as it lies on disk: `sealed` is the vault's ciphertext. */
export type SealedKey = NodeKey & { readonly sealed: Uint8Array }

export type StoredRegistry = {
  readonly nodes: readonly Node[]
  /** In the order they are tried. */
  readonly keys: readonly SealedKey[]
  readonly pools: readonly Pool[]
  readonly clientKeys: readonly HashedClientKey[]
}

/** One commit of the ledger; idempotent by the ids inside, so that a batch may be sent again. */
export type LedgerBatch = {
  readonly exchanges: readonly ExchangeRecord[]
  readonly decisions: readonly Decision[]
}

/**
 * Every promise settles after its commit returned ("acknowledged").
 * Rejects with a StorageError: `duplicate-name`, `not-found`, `busy`, `full`, `read-only`, `corrupt`, `newer`, `closed`, `failed`.
 */
export type Storage = {
  readonly loadRegistry: () => Promise<StoredRegistry>
  /** The nodes of one pool and their keys, read past every cache. */
  readonly loadPool: (pool: string) => Promise<Pick<StoredRegistry, 'nodes' | 'keys'>>

  /** Creates the pools it names that do not exist yet. */
  readonly insertNode: (node: Node, keys: readonly SealedKey[]) => Promise<void>
  /** Replaces the node of that id; `keys` replaces all its keys, null keeps them. Creates missing pools. */
  readonly updateNode: (node: Node, keys: readonly SealedKey[] | null) => Promise<void>
  readonly removeNode: (nodeId: string) => Promise<void>

  readonly insertClientKey: (key: HashedClientKey) => Promise<void>
  readonly removeClientKey: (id: string) => Promise<void>

  readonly loadSettings: () => Promise<Readonly<Record<string, unknown>>>
  readonly saveSetting: (name: string, value: unknown) => Promise<void>

  readonly loadBreakers: () => Promise<readonly PersistedBreaker[]>
  /** Breakers of nodes that no longer exist are ignored. */
  readonly saveBreakers: (breakers: readonly PersistedBreaker[]) => Promise<void>

  readonly writeLedger: (batch: LedgerBatch) => Promise<void>
  /** Newest first, with their attempts. */
  readonly recentExchanges: (limit: number) => Promise<readonly ExchangeRecord[]>
  readonly recentDecisions: (limit: number) => Promise<readonly Decision[]>

  /** Checkpoints and closes both connections; later calls reject with `closed`. */
  readonly close: () => Promise<void>
}

export type StorageErrorCode =
  | 'duplicate-name'
  | 'not-found'
  | 'busy'
  | 'full'
  | 'read-only'
  | 'corrupt'
  | 'newer'
  | 'closed'
  | 'failed'

export class StorageError extends Error {
  readonly code: StorageErrorCode
  constructor(code: StorageErrorCode, message: string) {
    super(message)
    this.name = 'StorageError'
    this.code = code
  }
}
