// What an exchange works with: one set of things for all exchanges of an engine.
import type { AttemptRoom } from '../attempts/attempt-job.ts'
import type { Authentication } from '../auth/authenticate.ts'
import type { BufferedBytes } from '../listener/buffered-bytes.ts'
import type { LedgerSink } from '../ports.ts'
import type { Registry } from '../registry/registry.ts'
import type { ExchangeCounts } from './exchange-counts.ts'
import type { OpenExchanges } from './open-exchanges.ts'

export type ExchangeRoom = AttemptRoom &
  Authentication & {
    readonly newId: (prefix: string) => string
    readonly registry: Registry
    readonly bufferedBytes: BufferedBytes
    readonly ledger: LedgerSink
    readonly counts: ExchangeCounts
    readonly open: OpenExchanges
    readonly instanceId: string
  }
