// A lease: one request's place on one node. Acquired by the selection, settled exactly once by the attempt.
import type { Node } from '../../shared/model/node.ts'
import type { BreakerReport, SetAside } from '../classify/verdict.ts'
import type { OpenKey } from '../ports.ts'
import type { NodeWay } from '../upstream/node-way.ts'

/** Monotonic deadline with its reason, a sentence part for people: "answered 429". */
export type Aside = { readonly untilMs: number; readonly reason: string }

/** What an attempt may do to the node it has a lease on. */
export type LeasedNode = {
  readonly node: Node
  /** A connect has been unanswered for a second; the node is passed over until it settles. Returns its end, idempotent. */
  readonly connectUnanswered: () => () => void
}

export type Lease = {
  readonly node: LeasedNode
  /** Null for a node that needs none. */
  readonly key: OpenKey | null
  /** The node's when the lease was taken: its user may send it elsewhere since, and the key was typed for this one. */
  readonly way: NodeWay
  /** The single probe of a half-open breaker. */
  readonly probe: boolean
  /** The first content came: the success of a half-open probe. */
  readonly firstContent: () => void
  /** Idempotent: the first call counts. `none` releases, neither success nor failure. */
  readonly settle: (report: BreakerReport) => void
  /** What a verdict sets aside, `model` as sent; the deadline, so that it can be told. Null: the node has moved, this is about where it was. */
  readonly setAside: (aside: SetAside, about: { readonly model: string; readonly reason: string }) => Aside | null
}
