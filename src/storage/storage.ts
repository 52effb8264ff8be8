// Everything the product asks of its database, behind one narrow interface. The implementation runs on worker threads.
import type { PersistedBreaker } from '../shared/model/breaker.ts'
import type { HashedClientKey } from '../shared/model/client-key.ts'
import type { Decision } from '../shared/model/decision.ts'
import type { ExchangeRecord } from '../shared/model/exchange.ts'
import type { Node, NodeKey } from '../shared/model/node.ts'
import type { Pool } from '../shared/model/pool.ts'
import type { Settings } from '../shared/settings/settings.ts'

/** A node key as it lies on disk: `sealed` is the vault's ciphertext. */
export type SealedKey = NodeKey & { readonly sealed: Uint8Array }

/** A secret that is no node key: the password at a proxy. The owner is the vault's additional data; a node key's is its node's id. */
export type SealedSecret = { readonly owner: string; readonly sealed: Uint8Array }

/** The secret of a node's own proxy. */
export function proxySecretOwner(nodeId: string): string {
  return `proxy:${nodeId}`
}

/**
 * The secret of the proxy for all nodes. Its address and user are in it: whatever names another proxy, be it a setting or
 * the environment of the next start, the password is not found for that one.
 */
export function globalProxySecretOwner(proxy: Pick<Settings, 'globalProxyUrl' | 'globalProxyUser'>): string {
  return `global-proxy:${proxy.globalProxyUrl} ${proxy.globalProxyUser}`
}

export type StoredRegistry = {
  readonly nodes: readonly Node[]
  /** In the order they are tried. */
  readonly keys: readonly SealedKey[]
  readonly secrets: readonly SealedSecret[]
  readonly pools: readonly Pool[]
  readonly clientKeys: readonly HashedClientKey[]
}

export type SealedReplacement = {
  readonly keyId: string
  readonly keys: readonly { readonly id: string; readonly sealed: Uint8Array }[]
  readonly secrets: readonly SealedSecret[]
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
  readonly loadPool: (pool: string) => Promise<Pick<StoredRegistry, 'nodes' | 'keys' | 'secrets'>>

  /** Creates the pools it names that do not exist yet. `proxyPassword`: sealed; in the same transaction. */
  readonly insertNode: (node: Node, keys: readonly SealedKey[], proxyPassword?: Uint8Array | null) => Promise<void>
  /**
   * Replaces the node of that id; `keys` replaces all its keys, null keeps them. Creates missing pools. A key of an id
   * that is there keeps its secret, whatever comes along: only `replaceSealed` seals one anew.
   * `proxyPassword` replaces the sealed one in the same transaction, null removes it, left out it stays.
   */
  readonly updateNode: (
    node: Node,
    keys: readonly SealedKey[] | null,
    proxyPassword?: Uint8Array | null,
  ) => Promise<void>
  /** Its keys and its proxy's secret go with it. */
  readonly removeNode: (nodeId: string) => Promise<void>

  readonly insertPool: (pool: Pool) => Promise<void>
  /** Rejects with `not-found`. Who may remove which pool is the caller's business. */
  readonly removePool: (name: string) => Promise<void>

  /** Null removes it. */
  readonly saveSecret: (owner: string, sealed: Uint8Array | null) => Promise<void>
  /** The data key that everything is sealed with; null before anything was. */
  readonly loadVaultKeyId: () => Promise<string | null>
  /** In one transaction: every sealed value anew (node keys by id, secrets by owner), and the id of the data key. */
  readonly replaceSealed: (replacement: SealedReplacement) => Promise<void>

  readonly insertClientKey: (key: HashedClientKey) => Promise<void>
  readonly updateClientKey: (key: HashedClientKey) => Promise<void>
  readonly removeClientKey: (id: string) => Promise<void>

  readonly loadSettings: () => Promise<Readonly<Record<string, unknown>>>
  /** All or none; a value of undefined goes back to its default. The secrets of these owners go with the old values. */
  readonly saveSettings: (
    values: Readonly<Record<string, unknown>>,
    removedSecrets?: readonly string[],
  ) => Promise<void>

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
