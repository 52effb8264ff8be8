// The figures of a demo run, from the exchange records, and the lines they are shown in.
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import type { TrafficCounts } from './demo-traffic.ts'

export type DemoFigures = {
  readonly requests: number
  /** Seen by the client, for good. */
  readonly failures: number
  /** Streams cut after their first words and sent again by the client. */
  readonly resent: number
  /** Seen by nobody but the proxy. */
  readonly failedAttempts: number
  /** Time from arrival until the node that answered was asked; null when there was no such exchange. */
  readonly undisturbed: Percentiles | null
  readonly failedOver: Percentiles | null
}
export type Percentiles = { readonly p50Ms: number; readonly p99Ms: number }

export function demoFigures(counts: TrafficCounts, records: readonly ExchangeRecord[]): DemoFigures {
  const failedAttempts = records.flatMap((record) => record.attempts.filter(hasFailed)).length
  const succeeded = records.filter((record) => record.outcome === 'success')
  return {
    requests: counts.requests,
    failures: counts.failed,
    resent: counts.resent,
    failedAttempts,
    undisturbed: percentiles(succeeded.filter((record) => !record.attempts.some(hasFailed))),
    failedOver: percentiles(succeeded.filter((record) => record.attempts.some(hasFailed))),
  }
}

export function figuresLine(figures: DemoFigures): Spoken {
  const { requests, failures, failedAttempts, undisturbed, failedOver } = figures
  const counted = { requests, failures, failedAttempts }
  if (undisturbed === null || failedOver === null) return speak('demo-figures', counted)
  // What a failover adds to what every request costs anyway.
  const p50Ms = Math.max(0, failedOver.p50Ms - undisturbed.p50Ms).toFixed(1)
  const p99Ms = Math.max(0, failedOver.p99Ms - undisturbed.p50Ms).toFixed(1)
  return speak('demo-figures-latency', { ...counted, p50Ms, p99Ms })
}

/** They are no failures, for the tool repeats them, but hiding them would be a lie. Null when there were none. */
export function resentLine({ resent }: DemoFigures): Spoken | null {
  return resent === 0 ? null : speak('demo-resent', { resent })
}

export function secondLine(number: number, counts: TrafficCounts, records: readonly ExchangeRecord[]): Spoken {
  const second = String(number).padStart(3)
  const { failed } = counts
  const byNode = new Map<string, number>()
  for (const { nodeName } of records) if (nodeName !== null) byNode.set(nodeName, (byNode.get(nodeName) ?? 0) + 1)
  if (byNode.size === 0) return speak('demo-second-nobody', { second, failed })
  const answers = [...byNode]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
  const moved = records.filter((record) => record.outcome === 'success' && record.attempts.some(hasFailed)).length
  return moved === 0
    ? speak('demo-second', { second, answers, failed })
    : speak('demo-second-moved', { second, answers, moved, failed })
}

function hasFailed({ outcome }: { readonly outcome: string }): boolean {
  return outcome !== 'success' && outcome !== 'passed-over' && outcome !== 'cancelled'
}

function percentiles(records: readonly ExchangeRecord[]): Percentiles | null {
  const sorted = records.map(untilAskedMs).toSorted((a, b) => a - b)
  const at = (share: number): number | undefined => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  const p50Ms = at(0.5)
  const p99Ms = at(0.99)
  return p50Ms === undefined || p99Ms === undefined ? null : { p50Ms, p99Ms }
}

/** From the same two marks of exchange and attempt, so that the node's own time drops out. */
function untilAskedMs({ firstContentMs, totalMs, attempts }: ExchangeRecord): number {
  const last = attempts.at(-1)
  const ofNodeMs = last?.firstContentMs ?? last?.totalMs ?? 0
  return Math.max(0, (firstContentMs ?? totalMs) - ofNodeMs)
}
