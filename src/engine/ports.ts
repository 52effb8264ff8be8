// What the engine asks of the outside: time, chance, log, records, registry. The host implements them, tests hold them.
import type { PersistedBreaker } from '../shared/model/breaker.ts'
import type { HashedClientKey } from '../shared/model/client-key.ts'
import type { Decision } from '../shared/model/decision.ts'
import type { ExchangeRecord } from '../shared/model/exchange.ts'
import type { Node } from '../shared/model/node.ts'
import type { Pool } from '../shared/model/pool.ts'

/** Windows and deadlines use the monotonic clock; only what people read uses the wall clock. */
export type Clock = {
  readonly monotonicMs: () => number
  readonly wallMs: () => number
  /** Fires once after `delayMs` unless cancelled. Whoever starts it cancels it. */
  readonly startTimer: (delayMs: number, fire: () => void) => Timer
}
export type Timer = {
  /** Idempotent; also after it fired. */
  readonly cancel: () => void
  /** Starts the full delay again, also after it fired. */
  readonly restart: () => void
}

/** 0 ≤ x < 1. */
export type Random = () => number

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Stage of the work, printed as `[tag]`. */
export type LogTag =
  | 'retry'
  | 'breaker'
  | 'CacheRetry'
  | 'CacheFallback'
  | 'Distributor'
  | 'upstream'
  | 'listener'
  | 'stop'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>
/** The receiver redacts; callers still never pass secrets. */
export type Log = (level: LogLevel, tag: LogTag, message: string, fields?: LogFields) => void

/** Takes what happened and returns at once; must not throw. Called once per exchange, after its answer ended. */
export type LedgerSink = {
  readonly recordExchange: (record: ExchangeRecord) => void
  readonly recordDecision: (decision: Decision) => void
  /** The breaker of a node changed in a way that should survive a restart. */
  readonly saveBreaker: (breaker: PersistedBreaker) => void
}

/** A node key with its secret; lives in memory only. */
export type OpenKey = { readonly id: string; readonly label: string; readonly secret: string }
/** A node with its usable keys in the order they are tried. Simulated nodes have none. */
export type KeyedNode = {
  readonly node: Node
  readonly keys: readonly OpenKey[]
  /** It has keys and none of them may be used: all are disabled, or the vault cannot open them. It must not be asked without one. */
  readonly keysWithheld: boolean
  /** Of the node's own proxy; null: none. */
  readonly proxyPassword: string | null
}

/** The way to an origin through a proxy. */
export type ProxyRoute = {
  readonly kind: 'http' | 'https' | 'socks5'
  readonly host: string
  readonly port: number
  readonly username: string | null
  readonly password: string | null
}
/**
 * What the settings, the environment or the system say of an origin; null: straight. Asked for every call, so that a change
 * counts for the next; it gives the same object as long as nothing has changed, for sockets are kept by it.
 */
export type GlobalProxy = (origin: URL) => ProxyRoute | null

export type RegistrySnapshot = {
  readonly nodes: readonly KeyedNode[]
  readonly pools: readonly Pool[]
  readonly clientKeys: readonly HashedClientKey[]
}
/** The database as the registry sees it. Both may reject (locked, gone): the registry then keeps what it has. */
export type RegistrySource = {
  readonly load: () => Promise<RegistrySnapshot>
  /** Past every cache: the nodes of one pool, asked of the database itself. */
  readonly loadPool: (pool: string) => Promise<readonly KeyedNode[]>
}

export type EnginePorts = {
  readonly clock: Clock
  readonly random: Random
  readonly newId: (prefix: string) => string
  readonly log: Log
  readonly ledger: LedgerSink
  readonly registry: RegistrySource
  /** Removes secrets from text of upstreams before it is kept or shown. */
  readonly redact: (text: string) => string
}
