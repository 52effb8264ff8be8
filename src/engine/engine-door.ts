// The door of the engine: what a host may ask of it. createEngine (engine.ts) makes one.
import type { Explanation } from '../shared/contract/explanation.ts'
import type { PersistedBreaker } from '../shared/model/breaker.ts'
import type { NodeView } from '../shared/model/node-status.ts'
import type { Settings } from '../shared/settings/settings.ts'
import type { EngineEvents } from './events.ts'
import type { EnginePorts } from './ports.ts'

export type EngineOptions = {
  readonly ports: EnginePorts
  /** Asked at every use, so that a changed setting counts for the next request. */
  readonly settings: () => Settings
  /** Unique per running daemon; travels in the loop header. */
  readonly instanceId: string
  readonly version: string
  /** Breakers as the last run left them. */
  readonly breakers: readonly PersistedBreaker[]
  /** Ports of ours that no node may point at, beside the proxy's own. */
  readonly ownPorts: () => readonly number[]
}

/** What only the engine knows of a node. Deadlines are wall clock. */
export type LiveNode = Pick<
  NodeView,
  'status' | 'breaker' | 'unavailableUntilMs' | 'unavailableReason' | 'inFlight'
> & {
  readonly nodeId: string
  readonly keys: readonly {
    readonly id: string
    readonly asideUntilMs: number | null
    readonly asideReason: string | null
  }[]
}

export type EngineCounts = {
  readonly inFlight: number
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly withFailedAttempt: number
}

export type Engine = {
  /** Loads the registry and binds. Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. Port 0 picks one. */
  readonly listen: (options: { readonly host: string; readonly port: number }) => Promise<{ readonly port: number }>
  /** After every change of nodes, pools or client keys: resolves when the change is in force. */
  readonly refreshRegistry: () => Promise<void>
  readonly liveNodes: () => readonly LiveNode[]
  readonly explain: (query: { readonly pool: string; readonly model: string }) => Explanation
  readonly counts: () => EngineCounts
  readonly events: EngineEvents
  /** No new requests; running ones get `timeoutMs`, then are broken off the way a tool can retry. Resolves when all is closed. Idempotent. */
  readonly stop: (timeoutMs: number) => Promise<void>
}
