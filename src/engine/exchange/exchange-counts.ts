// Counts since start, for `status`.
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import type { EngineCounts } from '../engine-door.ts'

export type ExchangeCounts = {
  readonly settled: (record: ExchangeRecord, hadFailedAttempt: boolean) => void
  readonly read: () => Omit<EngineCounts, 'inFlight'>
}

export function createExchangeCounts(): ExchangeCounts {
  let total = 0
  let succeeded = 0
  let failed = 0
  let withFailedAttempt = 0
  return {
    settled: ({ outcome }, hadFailedAttempt) => {
      total++
      if (outcome === 'success') succeeded++
      if (outcome === 'failed' || outcome === 'truncated') failed++
      if (hadFailedAttempt) withFailedAttempt++
    },
    read: () => ({ total, succeeded, failed, withFailedAttempt }),
  }
}
