// Many SSE streams at once: do all of them end well, how late is an event, what do they cost.
import { requestBody } from './answers.ts'
import { type Party, startParties } from './parties.ts'
import { cpuMsOf, memoryOf } from './process-usage.ts'
import { runStreams, type StreamsRun } from './run-streams.ts'
import type { BenchSize } from './size.ts'
import { median } from './statistics.ts'

export type StreamFigures = {
  readonly streams: number
  readonly broken: number
  readonly events: number
  /** Share of one core, all threads. */
  readonly cpuSharePercent: number
  readonly cpuUsPerEvent: number
  readonly peakMb: number
  readonly delayP50Ms: number
  readonly delayP99Ms: number
}

export type StreamsResult = {
  readonly count: number
  readonly direct: StreamFigures
  readonly bare: StreamFigures
  readonly ours: StreamFigures
  /** Median of the rounds' own ratios. */
  readonly cpuRatio: number
}

export async function measureStreams(size: BenchSize): Promise<readonly StreamsResult[]> {
  const results: StreamsResult[] = []
  for (const count of size.streams.counts) {
    // New processes, so that the peak of memory is of these streams.
    const parties = await startParties()
    try {
      const rounds = { direct: [] as StreamFigures[], bare: [] as StreamFigures[], ours: [] as StreamFigures[] }
      for (let round = 0; round < size.streams.rounds; round++) {
        for (const who of ['direct', 'bare', 'ours'] as const)
          rounds[who].push(await measureOnce(parties[who], count, size))
      }
      const ratios = rounds.ours.map((ours, at) => ours.cpuUsPerEvent / (rounds.bare[at]?.cpuUsPerEvent ?? Number.NaN))
      results.push({
        count,
        direct: mergeRounds(rounds.direct),
        bare: mergeRounds(rounds.bare),
        ours: mergeRounds(rounds.ours),
        cpuRatio: median(ratios),
      })
    } finally {
      await parties.stop()
    }
  }
  return results
}

async function measureOnce(party: Party, count: number, { streams }: BenchSize): Promise<StreamFigures> {
  const before = await cpuMsOf(party.pid)
  const run = await runStreams({
    target: party,
    body: requestBody(1024, true),
    count,
    events: Math.round((streams.seconds * 1000) / streams.everyMs),
    everyMs: streams.everyMs,
  })
  const cpuMs = (await cpuMsOf(party.pid)) - before
  return figuresOf(run, { cpuMs, peakMb: (await memoryOf(party.pid)).peakMb })
}

function figuresOf(run: StreamsRun, { cpuMs, peakMb }: { cpuMs: number; peakMb: number }): StreamFigures {
  return {
    streams: run.streams,
    broken: run.broken,
    events: run.delays.count,
    cpuSharePercent: cpuMs / run.seconds / 10,
    cpuUsPerEvent: (cpuMs * 1000) / run.delays.count,
    peakMb,
    delayP50Ms: run.delays.quantileMs(0.5),
    delayP99Ms: run.delays.quantileMs(0.99),
  }
}

/** Broken ones are added up: one is one too many in any round. */
function mergeRounds(rounds: readonly StreamFigures[]): StreamFigures {
  const of = (field: keyof StreamFigures): number => median(rounds.map((round) => round[field]))
  const sum = (field: 'streams' | 'broken' | 'events'): number =>
    rounds.reduce((total, round) => total + round[field], 0)
  return {
    streams: sum('streams'),
    broken: sum('broken'),
    events: sum('events'),
    cpuSharePercent: of('cpuSharePercent'),
    cpuUsPerEvent: of('cpuUsPerEvent'),
    peakMb: Math.max(...rounds.map(({ peakMb }) => peakMb)),
    delayP50Ms: of('delayP50Ms'),
    delayP99Ms: of('delayP99Ms'),
  }
}
