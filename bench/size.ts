// How long the benchmarks run, and what they send.
import type { ChoosingSize } from './measure-choosing.ts'
import { type Workload, workloads } from './workloads.ts'

export type BenchSize = {
  readonly workloads: readonly Workload[]
  readonly rounds: number
  /** Of one measurement as fast as it goes. */
  readonly throughputSeconds: number
  readonly warmUpSeconds: number
  /** Of one measurement at a fixed rate. */
  readonly latencySeconds: number
  readonly perSecond: number
  readonly choosing: ChoosingSize
  readonly streams: {
    readonly counts: readonly number[]
    readonly everyMs: number
    readonly seconds: number
    readonly rounds: number
  }
}

/** 15 events a second: the middle of what models write. */
const EVENT_EVERY_MS = 66

export const fullSize: BenchSize = {
  workloads,
  rounds: 5,
  throughputSeconds: 2,
  warmUpSeconds: 2,
  latencySeconds: 2.5,
  perSecond: 500,
  choosing: { rounds: 5, choicesPerRound: 50_000 },
  streams: { counts: [300, 1000], everyMs: EVENT_EVERY_MS, seconds: 8, rounds: 3 },
}

export const quickSize: BenchSize = {
  workloads: workloads.filter(({ inQuickRuns }) => inQuickRuns),
  rounds: 3,
  throughputSeconds: 0.5,
  warmUpSeconds: 0.7,
  latencySeconds: 0.4,
  perSecond: 500,
  choosing: { rounds: 3, choicesPerRound: 10_000 },
  streams: { counts: [300, 1000], everyMs: EVENT_EVERY_MS, seconds: 2, rounds: 1 },
}
