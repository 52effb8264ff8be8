// Requests a second at saturation, and the CPU each costs.
import { type LoadResult, saturate } from './load.ts'
import { type Party, startParties } from './parties.ts'
import { cpuMsOf } from './process-usage.ts'
import type { BenchSize } from './size.ts'
import { median } from './statistics.ts'
import type { Workload } from './workloads.ts'

export type ThroughputFigures = {
  readonly cpuUsPerRequest: number
  readonly perSecond: number
  readonly failures: number
  /** Of the load generator, per request: if it comes near the proxy's, the generator was measured. */
  readonly clientCpuUsPerRequest: number
}

export type ThroughputResult = {
  readonly workload: string
  readonly bare: ThroughputFigures
  readonly ours: ThroughputFigures
  /** Medians of the rounds' own ratios. */
  readonly cpuRatio: number
  readonly perSecondRatio: number
  /** Lowest and highest round: how far to trust the median. */
  readonly cpuRatioRange: readonly [number, number]
}

const CONNECTIONS = 32

export async function measureThroughput(size: BenchSize): Promise<readonly ThroughputResult[]> {
  const parties = await startParties()
  try {
    const results: ThroughputResult[] = []
    for (const workload of size.workloads)
      results.push(await measureWorkload(workload, [parties.bare, parties.ours], size))
    return results
  } finally {
    await parties.stop()
  }
}

async function measureWorkload(
  workload: Workload,
  [bareParty, oursParty]: readonly [Party, Party],
  size: BenchSize,
): Promise<ThroughputResult> {
  for (const party of [bareParty, oursParty]) await measureOnce(workload, party, size.warmUpSeconds)
  const bare: ThroughputFigures[] = []
  const ours: ThroughputFigures[] = []
  for (let round = 0; round < size.rounds; round++) {
    bare.push(await measureOnce(workload, bareParty, size.throughputSeconds))
    ours.push(await measureOnce(workload, oursParty, size.throughputSeconds))
  }
  const cpuRatios = ours.map((one, at) => one.cpuUsPerRequest / (bare[at]?.cpuUsPerRequest ?? Number.NaN))
  const perSecondRatios = ours.map((one, at) => one.perSecond / (bare[at]?.perSecond ?? Number.NaN))
  return {
    workload: workload.name,
    bare: medianOf(bare),
    ours: medianOf(ours),
    cpuRatio: median(cpuRatios),
    perSecondRatio: median(perSecondRatios),
    cpuRatioRange: [Math.min(...cpuRatios), Math.max(...cpuRatios)],
  }
}

async function measureOnce(workload: Workload, party: Party, seconds: number): Promise<ThroughputFigures> {
  const before = await cpuMsOf(party.pid)
  const result = await saturate({ target: party, ...workload }, { connections: CONNECTIONS, seconds })
  return figuresOf(result, (await cpuMsOf(party.pid)) - before)
}

function figuresOf(result: LoadResult, cpuMs: number): ThroughputFigures {
  return {
    cpuUsPerRequest: (cpuMs * 1000) / result.requests,
    perSecond: result.requests / result.seconds,
    failures: result.failures,
    clientCpuUsPerRequest: (result.clientCpuMs * 1000) / result.requests,
  }
}

function medianOf(rounds: readonly ThroughputFigures[]): ThroughputFigures {
  const of = (field: keyof ThroughputFigures): number => median(rounds.map((round) => round[field]))
  return {
    cpuUsPerRequest: of('cpuUsPerRequest'),
    perSecond: of('perSecond'),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
    clientCpuUsPerRequest: of('clientCpuUsPerRequest'),
  }
}
