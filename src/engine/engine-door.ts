// The door of the engine: what a host may ask of it. createEngine (engine.ts) makes one.
import type { Explanation } from '../shared/contract/explanation.ts'
import type { PersistedBreaker } from '../shared/model/breaker.ts'
import type { PinnedNode } from '../shared/model/client-key.ts'
import type { NodeView } from '../shared/model/node-status.ts'
import type { NodeTest } from '../shared/model/node-test.ts'
import type { Protocol } from '../shared/model/protocol.ts'
import type { Settings } from '../shared/settings/settings.ts'
import type { EngineEvents } from './events.ts'
import type { EnginePorts, GlobalProxy, KeyedNode } from './ports.ts'

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
  /** For nodes whose proxy is `global`. Loopback is reached straight, whatever it says. */
  readonly globalProxy: GlobalProxy
}

export type ExplainQuery = {
  /** In order, as a client key names them. */
  readonly pools: readonly string[]
  readonly model: string
  readonly protocol: Protocol
  readonly pinned: PinnedNode | null
}

export type NodeTestOptions = {
  /** One streamed token, which costs money. */
  readonly generate: boolean
  /** Null: the first model the node maps or lists. */
  readonly model: string | null
  readonly signal: AbortSignal
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
    /** Null when usable. */
    readonly asideAs: 'throttled' | 'refused' | null
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
  readonly explain: (query: ExplainQuery) => Explanation
  /** By the user; false: no such node. Running requests may end. */
  readonly isolateNode: (nodeId: string) => boolean
  /** Breaker, isolation, cooldown, parking, keys set aside, model gaps: forgotten. False: no such node. */
  readonly resetNode: (nodeId: string) => boolean
  /** Connects, lists models, asks for one token if told to. Changes nothing of the node's state; the node need not be registered. */
  readonly testNode: (keyed: KeyedNode, options: NodeTestOptions) => Promise<NodeTest>
  readonly counts: () => EngineCounts
  readonly events: EngineEvents
  /** No new requests; running ones get `timeoutMs`, then are broken off the way a tool can retry. Resolves when all is closed. Idempotent. */
  readonly stop: (timeoutMs: number) => Promise<void>
}
