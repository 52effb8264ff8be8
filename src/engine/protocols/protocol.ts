// The one interface behind which each wire protocol hides: what it serves, where content begins, how a stream ends,
// what it cost, how an error looks. The spine knows nothing else of a protocol.

import type { TokenUsage } from '../../shared/model/exchange.ts'
import type { Protocol } from '../../shared/model/protocol.ts'
import type { ProxyError } from '../proxy-error.ts'

/** What a request asks for, by its method and path. */
export type Operation =
  /** Costs tokens; tried on several nodes. */
  | { readonly kind: 'generate'; readonly name: string }
  | { readonly kind: 'count-tokens'; readonly name: string }
  | { readonly kind: 'list-models'; readonly name: string }

/** What Switchyard needs to know of a request body; the body itself stays as it came. */
export type RequestFacts = {
  readonly model: string
  readonly stream: boolean
  /** From the body; a header of the protocol may say it first. */
  readonly sessionId: string | null
}
export type BodyFacts =
  | { readonly ok: true; readonly facts: RequestFacts }
  | { readonly ok: false; readonly message: string }

/** One server-sent event. `name` is empty when the stream gave none. */
export type StreamEvent = { readonly name: string; readonly data: string }

/**
 * What an event means to the commit gate, the timers and the meter:
 * `content` commits; `block-opened` starts the 10 s commit timer (`thinking`: silence is life); `end` is the final event.
 */
export type EventMeaning =
  | { readonly kind: 'ping' }
  | { readonly kind: 'preamble' }
  | { readonly kind: 'block-opened'; readonly thinking: boolean }
  | { readonly kind: 'block-closed' }
  | { readonly kind: 'content' }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly errorType: string; readonly message: string }
  | { readonly kind: 'malformed' }

/** Reads one streamed answer; stateful, one per attempt. */
export type StreamReader = {
  readonly read: (event: StreamEvent) => EventMeaning
  /** The client has all it needs: the answer counts as complete however the connection ends now. */
  readonly finished: () => boolean
  /** The final event came: nothing is missing, and the client's connection may end cleanly. */
  readonly ended: () => boolean
  /** Once finished: the reported usage. Before: the last reported numbers with an estimated output; null if nothing was reported. */
  readonly usage: () => TokenUsage | null
}

/** A whole, non-streaming answer. */
export type WholeAnswer =
  | { readonly kind: 'complete'; readonly usage: TokenUsage | null }
  | { readonly kind: 'error'; readonly errorType: string; readonly message: string }
  | { readonly kind: 'malformed' }

export type ProtocolModule = {
  readonly id: Protocol
  /** Null: not a path of this protocol. `path` has no query. */
  readonly operationOf: (method: string, path: string) => Operation | null
  readonly factsOf: (body: Buffer) => BodyFacts
  /** The session as a header names it; header names are lower-case. */
  readonly sessionHeader: string
  /** Adds what follows a node's base URL: the client's path for Anthropic. `path` includes the query. */
  readonly upstreamPath: (path: string) => string
  readonly withModel: (body: Buffer, model: string) => Buffer
  readonly createStreamReader: () => StreamReader
  readonly readWhole: (body: Buffer) => WholeAnswer
  /** Bytes to send between events while the node is silent; null when the protocol's clients break on them. */
  readonly ping: string | null
  readonly errorBody: (error: ProxyError) => string
  /** Tokens of a request, counted without a node: better a little too many, for a tool compacts by it. */
  readonly estimateTokens: (body: Buffer) => number
  readonly countTokensBody: (tokens: number) => string
  readonly modelsBody: (models: readonly string[]) => string
  /** Null unless this protocol has something to strip: see classify/rectify-signature. */
  readonly rectify: ((body: Buffer) => Buffer | null) | null
}
