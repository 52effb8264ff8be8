// What runAttempts is given: the request as it shall be sent, and the room it works in.

import type { ClientKey } from '../../shared/model/client-key.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { FailedNodesMemory } from '../balancing/failed-nodes-memory.ts'
import type { Decisions } from '../decisions.ts'
import type { EngineEvents } from '../events.ts'
import type { Cancellation } from '../exchange/cancellation.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import type { Clock, Log, Random } from '../ports.ts'
import type { ProtocolModule, RequestFacts } from '../protocols/protocol.ts'
import type { FoundIn } from '../routing/find-nodes.ts'
import type { Upstreams } from '../upstream/upstreams.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { SignatureMemory } from './signature-memory.ts'

export type AttemptJob = {
  readonly exchangeId: string
  readonly protocol: ProtocolModule
  readonly method: string
  /** Without the query's `key`. */
  readonly pathAndQuery: string
  /** Name and value in turn, as the client sent them. */
  readonly clientRawHeaders: readonly string[]
  readonly body: Buffer
  /** The body's content-encoding was taken off to read it. */
  readonly bodyDecoded: boolean
  readonly facts: RequestFacts
  readonly sessionId: string | null
  /** Whose request it is: its pools and its pin say which nodes there are. */
  readonly clientKey: ClientKey
  /** Where its nodes were found, for the log. */
  readonly foundIn: FoundIn
  /** Asked again for every attempt: nodes come and go while an exchange lives. */
  readonly nodes: () => readonly LiveNode[]
  /** Monotonic. */
  readonly startedMs: number
  /** The loop header's value. */
  readonly via: string
  readonly cancellation: Cancellation
}

export type AttemptRoom = {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly redact: (text: string) => string
  readonly settings: () => Settings
  readonly upstreams: Upstreams
  readonly retryBudget: RetryBudget
  readonly failedNodes: FailedNodesMemory
  readonly signatures: SignatureMemory
  readonly decisions: Decisions
  readonly events: EngineEvents
}
