// The one interface behind which each wire protocol hides: what it serves, where content begins, how a stream ends,
// what it cost, how an error looks. The spine knows nothing else of a protocol.

import type { IncomingHttpHeaders } from 'node:http'
import type { TokenUsage } from '../../shared/model/exchange.ts'
import type { Protocol } from '../../shared/model/protocol.ts'
import type { ProxyError } from '../proxy-error.ts'

/** What a request asks for, by its method and path. */
export type Operation =
  /** Costs tokens; tried on several nodes. */
  | { readonly kind: 'generate'; readonly name: string }
  | { readonly kind: 'count-tokens'; readonly name: string }
  | { readonly kind: 'list-models'; readonly name: string }

/** The head of a request as far as a protocol is told by it. */
export type RequestHead = {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** With its question mark; empty or left out: none. */
  readonly query?: string
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders
}

/** What a client sent and a node is sent: one protocol names its model in the body, another in the path. */
export type Asked = {
  /** Path and query, without the query's `key`. */
  readonly target: string
  readonly body: Buffer
}

/** What Switchyard needs to know of a request; the request itself stays as it came. */
export type RequestFacts = {
  readonly model: string
  readonly stream: boolean
  /** From the body; a header of the protocol may say it first. */
  readonly sessionId: string | null
}
export type FactsRead =
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
  /** A comment line, which no reader sees: life like a ping, but no event. */
  | { readonly kind: 'comment' }
  | { readonly kind: 'preamble' }
  | { readonly kind: 'block-opened'; readonly thinking: boolean }
  | { readonly kind: 'block-closed' }
  | { readonly kind: 'content' }
  | { readonly kind: 'end' }
  | ErrorSaid
  | { readonly kind: 'malformed' }

/** Type and message as the node wrote them; empty when absent. */
export type ErrorSaid = { readonly kind: 'error'; readonly errorType: string; readonly message: string }

/** Reads one streamed answer; stateful, one per attempt. */
export type StreamReader = {
  readonly read: (event: StreamEvent) => EventMeaning
  /** The client has all it needs: the answer counts as complete however the connection ends now. */
  readonly finished: () => boolean
  /** The final event came: nothing is missing, and the client's connection may end cleanly. */
  readonly ended: () => boolean
  /**
   * Once finished: the reported usage. Before, or where none is reported: the last numbers with an estimated output, flagged;
   * null when there is nothing to go by.
   */
  readonly usage: () => TokenUsage | null
}

/** A whole, non-streaming answer. */
export type WholeAnswer =
  | { readonly kind: 'complete'; readonly usage: TokenUsage | null }
  | ErrorSaid
  | { readonly kind: 'malformed' }

export type ProtocolModule = {
  readonly id: Protocol
  /** Null: not served by this protocol. */
  readonly operationOf: (head: RequestHead) => Operation | null
  /** Whether a request that nobody serves would be this protocol's, so that its 404 wears the right envelope. */
  readonly claims: (head: RequestHead) => boolean
  /** What it serves, for that 404: "POST /v1/messages". */
  readonly served: readonly string[]
  readonly factsOf: (asked: Asked) => FactsRead
  /** Headers that may name the session, the first that is there counts; lower-case. */
  readonly sessionHeaders: readonly string[]
  /** What follows a node's base URL: the client's whole target for Anthropic and Gemini, without `/v1` for OpenAI. */
  readonly upstreamTarget: (target: string) => string
  readonly withModel: (asked: Asked, model: string) => Asked
  readonly createStreamReader: () => StreamReader
  readonly readWhole: (body: Buffer) => WholeAnswer
  /** Bytes to send between events while the node is silent; null when the protocol's clients break on them. */
  readonly ping: string | null
  readonly errorBody: (error: ProxyError) => string
  /** Tokens of a request, counted without a node: better a little too many, for a tool compacts by it. */
  readonly estimateTokens: (body: Buffer) => number
  readonly countTokensBody: (tokens: number) => string
  /** Is this a node's answer to count-tokens? Anything else is answered by the estimate. */
  readonly isTokenCount: (body: Buffer) => boolean
  readonly modelsBody: (models: readonly string[]) => string
  /** Requests with which a node is tested; targets as they follow the base URL. */
  readonly test: {
    readonly listModels: string
    /** Names in a node's answer to `listModels`; null: it is not one. */
    readonly modelsOf: (body: Buffer) => readonly string[] | null
    /** A streamed request for one token. */
    readonly oneToken: (model: string) => Asked
    /** Headers the protocol asks for beside the credential: name and value in turn. */
    readonly headers: readonly string[]
  }
  /** Null unless this protocol has something to strip: see classify/rectify-*.ts. */
  readonly rectify: ((body: Buffer) => Buffer | null) | null
}
