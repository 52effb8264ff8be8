// What a node's answer is, once it may go to the client.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import type { StreamReader } from '../protocols/protocol.ts'
import type { EventTap } from '../streaming/event-tap.ts'
import type { Attempt } from './attempt.ts'

/** Beyond this nothing is retried: the client may have seen bytes. */
export type CommittedAnswer = {
  readonly attempt: Attempt
  readonly status: number
  readonly rawHeaders: readonly string[]
  /** What came before the commit, to be sent first. */
  readonly held: readonly Buffer[]
  readonly rest: RestOfAnswer
}

export type RestOfAnswer =
  /** `held` is everything. */
  | { readonly kind: 'nothing'; readonly usage: TokenUsage | null }
  | { readonly kind: 'events'; readonly tap: EventTap; readonly reader: StreamReader; readonly thinking: boolean }
  /** A body too large to hold, or one we cannot read. */
  | { readonly kind: 'bytes' }

/** A node's own error answer, read whole, so that it can be passed on word for word. */
export type ErrorAnswer = {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}
