// What a proxy adds to a request at a fixed rate: its latency less that of a direct request, in the same round.
import { atRate } from './load.ts'
import { type Party, startParties } from './parties.ts'
import type { BenchSize } from './size.ts'
import { median, quantile } from './statistics.ts'
import type { Workload } from './workloads.ts'

export type Quantiles = { readonly p50: number; readonly p99: number }

export type LatencyResult = {
  readonly workload: string
  readonly directMs: Quantiles
  readonly bareAddedMs: Quantiles
  readonly oursAddedMs: Quantiles
  readonly failures: number
}

export async function measureLatency(size: BenchSize): Promise<readonly LatencyResult[]> {
  const parties = await startParties()
  try {
    const results: LatencyResult[] = []
    for (const workload of size.workloads) {
      for (const party of [parties.bare, parties.ours]) await measureOnce(workload, party, size)
      const rounds: Round[] = []
      for (let round = 0; round < size.rounds; round++) {
        rounds.push({
          direct: await measureOnce(workload, parties.direct, size),
          bare: await measureOnce(workload, parties.bare, size),
          ours: await measureOnce(workload, parties.ours, size),
        })
      }
      results.push(resultOf(workload.name, rounds))
    }
    return results
  } finally {
    await parties.stop()
  }
}

type Measured = Quantiles & { readonly failures: number }
type Round = { readonly direct: Measured; readonly bare: Measured; readonly ours: Measured }

async function measureOnce(workload: Workload, party: Party, size: BenchSize): Promise<Measured> {
  const { latenciesMs, failures } = await atRate(
    { target: party, ...workload },
    { perSecond: size.perSecond, seconds: size.latencySeconds },
  )
  return { p50: quantile(latenciesMs, 0.5), p99: quantile(latenciesMs, 0.99), failures }
}

function resultOf(workload: string, rounds: readonly Round[]): LatencyResult {
  const added = (who: 'bare' | 'ours'): Quantiles => ({
    p50: median(rounds.map((round) => round[who].p50 - round.direct.p50)),
    p99: median(rounds.map((round) => round[who].p99 - round.direct.p99)),
  })
  return {
    workload,
    directMs: {
      p50: median(rounds.map(({ direct }) => direct.p50)),
      p99: median(rounds.map(({ direct }) => direct.p99)),
    },
    bareAddedMs: added('bare'),
    oursAddedMs: added('ours'),
    failures: rounds.reduce((sum, { direct, bare, ours }) => sum + direct.failures + bare.failures + ours.failures, 0),
  }
}
