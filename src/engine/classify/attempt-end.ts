// How one try of a node ended, as the transport saw it. classifyEnd turns it into a verdict; nothing here decides.

/** `committed`: the client may have seen bytes of this answer. */
export type AttemptEnd =
  | { readonly kind: 'complete' }
  /** No connection: refused, TLS, unknown host, unreachable. Nothing was sent. `code` as Node or undici names it. */
  | { readonly kind: 'connect-failed'; readonly code: string; readonly detail: string }
  /** `proxy`: the URL of the one in between; null: there was none. */
  | { readonly kind: 'connect-timeout'; readonly proxy: string | null }
  /** The connection broke after the request was sent. */
  | {
      readonly kind: 'broken'
      readonly phase: 'before-head' | 'before-content' | 'after-commit'
      readonly code: string
    }
  | {
      readonly kind: 'timed-out'
      readonly timer: 'first-event' | 'silence' | 'whole-answer' | 'before-content-total'
      readonly committed: boolean
    }
  /** An answer that is not 2xx. `headers` have lower-case names; `body` is the text of at most the first 64 KiB. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly body: string
    }
  /** 2xx, and not an answer: see policies §3 "false success" and errors inside a 200 stream. */
  | {
      readonly kind: 'bad-answer'
      readonly problem: 'html' | 'empty' | 'malformed' | 'ended-early'
      readonly committed: boolean
    }
  /** 2xx, and the body or stream carries an error. `errorType`, `message` as the node wrote them, empty when absent; `body` is all it wrote of it. */
  | {
      readonly kind: 'error-in-answer'
      readonly body: string
      readonly errorType: string
      readonly message: string
      readonly committed: boolean
    }
  /** The client went away. */
  | { readonly kind: 'cancelled' }
  /** Another node connected first; nothing was sent here. */
  | { readonly kind: 'passed-over' }
