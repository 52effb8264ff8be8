// `node bench/failover.ts`: what a failover adds to a request. --quick for a short run, --json FILE.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { machineLine } from './machine-line.ts'
import { type FailoverResult, type FailoverSize, faults, measureFailover } from './measure-failover.ts'
import { printTable } from './print-table.ts'
import type { Row } from './result-rows.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } })
// A second daemon and a second node share the cores: a rate at which nobody waits for a core.
const size: Omit<FailoverSize, 'stream'> = values.quick
  ? { rounds: 3, seconds: 1, perSecond: 200 }
  : { rounds: 5, seconds: 2, perSecond: 200 }

console.log(`${machineLine()}; ${size.perSecond} requests a second of 1 KB, median of ${size.rounds} rounds`)
const results: (FailoverResult & { readonly stream: boolean })[] = []
for (const stream of [false, true]) {
  for (const fault of faults) results.push({ stream, ...(await measureFailover(fault, { ...size, stream })) })
}
printTable('Added by a failover to the same request without one', results.map(rowOf))
if (values.json !== undefined) {
  const result = { date: new Date().toISOString(), machine: machineLine(), size, results }
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}

function rowOf(result: FailoverResult & { readonly stream: boolean }): Row {
  const ms = (value: number): string => `${value.toFixed(2)} ms`
  return {
    'first node': result.fault,
    answer: result.stream ? 'SSE' : '1 KB JSON',
    'p50 added': ms(result.addedP50Ms),
    'p99 added': ms(result.addedP99Ms),
    slowest: ms(result.slowestMs),
    'slowest without': ms(result.slowestWithoutMs),
    requests: String(result.requests),
    failed: String(result.failures),
  }
}
