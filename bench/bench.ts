// `npm run bench`: our daemon beside a bare node:http + undici pass-through, in front of the same upstream, in one run.
// Every figure is a ratio of the same run and the median of its rounds; --quick for less than a minute, --json FILE.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { machineLine } from './machine-line.ts'
import { measureChoosing } from './measure-choosing.ts'
import { measureLatency } from './measure-latency.ts'
import { measureStreams } from './measure-streams.ts'
import { measureThroughput } from './measure-throughput.ts'
import { printTable } from './print-table.ts'
import { choosingRows, latencyRows, streamRows, throughputRows } from './result-rows.ts'
import { fullSize, quickSize } from './size.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } })
const size = values.quick ? quickSize : fullSize

console.log(`${machineLine()}; load, upstream and proxies on the same machine; median of ${size.rounds} rounds`)

// First, while this process has done nothing else.
const choosing = await measureChoosing(size.choosing)
printTable('Choosing a node, 1,000 nodes in 100 pools', choosingRows(choosing))
const throughput = await measureThroughput(size)
printTable('As fast as it goes, 32 connections', throughputRows(throughput))
const latency = await measureLatency(size)
printTable(`At ${size.perSecond} requests a second, added to a direct request`, latencyRows(latency))
const streams = await measureStreams(size)
printTable(
  `Concurrent SSE streams, an event every ${size.streams.everyMs} ms each, ${size.streams.seconds} s`,
  streamRows(streams),
)

if (values.json !== undefined) {
  const result = {
    date: new Date().toISOString(),
    machine: machineLine(),
    quick: values.quick,
    choosing,
    throughput,
    latency,
    streams,
  }
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}
