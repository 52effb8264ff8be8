// The results as rows of text: what the tables print.
import type { ChoosingResult } from './measure-choosing.ts'
import type { LatencyResult } from './measure-latency.ts'
import type { StreamsResult } from './measure-streams.ts'
import type { ThroughputResult } from './measure-throughput.ts'

export type Row = Readonly<Record<string, string>>

export function throughputRows(results: readonly ThroughputResult[]): readonly Row[] {
  return results.map(({ workload, bare, ours, cpuRatio, cpuRatioRange, perSecondRatio }) => ({
    workload,
    'CPU ours/bare': times(cpuRatio),
    'lowest–highest': `${cpuRatioRange[0].toFixed(2)}–${cpuRatioRange[1].toFixed(2)}`,
    'requests/s ours/bare': times(perSecondRatio),
    'µs bare': bare.cpuUsPerRequest.toFixed(0),
    'µs ours': ours.cpuUsPerRequest.toFixed(0),
    'requests/s bare': bare.perSecond.toFixed(0),
    'requests/s ours': ours.perSecond.toFixed(0),
    'µs load generator': ours.clientCpuUsPerRequest.toFixed(0),
    failed: String(bare.failures + ours.failures),
  }))
}

export function latencyRows(results: readonly LatencyResult[]): readonly Row[] {
  return results.map(({ workload, directMs, bareAddedMs, oursAddedMs, failures }) => ({
    workload,
    'p50 ours': added(oursAddedMs.p50),
    'p99 ours': added(oursAddedMs.p99),
    'p50 bare': added(bareAddedMs.p50),
    'p99 bare': added(bareAddedMs.p99),
    'p50 ours/bare': times(oursAddedMs.p50 / bareAddedMs.p50),
    'direct p50': ms(directMs.p50),
    'direct p99': ms(directMs.p99),
    failed: String(failures),
  }))
}

export function choosingRows(results: readonly ChoosingResult[]): readonly Row[] {
  return results.map(({ from, nodes, microseconds, lowest, highest }) => ({
    from,
    candidates: String(nodes),
    'µs a choice': microseconds.toFixed(1),
    'lowest–highest': `${lowest.toFixed(1)}–${highest.toFixed(1)}`,
  }))
}

export function streamRows(results: readonly StreamsResult[]): readonly Row[] {
  return results.map(({ count, direct, bare, ours, cpuRatio }) => ({
    streams: String(count),
    'broken ours': `${ours.broken} of ${ours.streams}`,
    'broken bare': `${bare.broken} of ${bare.streams}`,
    'CPU ours/bare': times(cpuRatio),
    'core bare': percent(bare.cpuSharePercent),
    'core ours': percent(ours.cpuSharePercent),
    'peak memory bare': `${bare.peakMb.toFixed(0)} MB`,
    'peak memory ours': `${ours.peakMb.toFixed(0)} MB`,
    'event p99 direct': ms(direct.delayP99Ms),
    'event p99 bare': ms(bare.delayP99Ms),
    'event p99 ours': ms(ours.delayP99Ms),
  }))
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function added(value: number): string {
  return `${value < 0 ? '' : '+'}${ms(value)}`
}

function percent(value: number): string {
  return `${value.toFixed(0)} %`
}
