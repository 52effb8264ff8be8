// `node bench/choose-node.ts`: what a choice among 1,000 nodes costs; needs no build. --json FILE.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { machineLine } from './machine-line.ts'
import { measureChoosing } from './measure-choosing.ts'
import { printTable } from './print-table.ts'
import { choosingRows } from './result-rows.ts'
import { fullSize } from './size.ts'

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const results = await measureChoosing(fullSize.choosing)
console.log(`${machineLine()}; median of ${fullSize.choosing.rounds} rounds`)
printTable('Choosing a node, 1,000 nodes in 100 pools', choosingRows(results))
if (values.json !== undefined) {
  const result = { date: new Date().toISOString(), machine: machineLine(), results }
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}
