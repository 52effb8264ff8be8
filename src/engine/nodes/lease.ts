// A lease: one request's place on one node. Acquired by the selection, settled exactly once by the attempt.
import type { BreakerReport } from '../classify/verdict.ts'
import type { OpenKey } from '../ports.ts'
import type { LiveNode } from './live-node.ts'

export type Lease = {
  readonly node: LiveNode
  /** Null for a node that needs none. */
  readonly key: OpenKey | null
  /** The single probe of a half-open breaker. */
  readonly probe: boolean
  /** The first content came: the success of a half-open probe. */
  readonly firstContent: () => void
  /** Idempotent: the first call counts. `none` releases, neither success nor failure. */
  readonly settle: (report: BreakerReport) => void
}
