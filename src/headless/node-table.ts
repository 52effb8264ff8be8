// The table of nodes that `node list` and `status` show.
import type { NodeView } from '../shared/model/node-status.ts'
import { nodeKeysText, nodeNameCell, nodeStatusCell } from './node-words.ts'
import type { Paint } from './terminal/colour.ts'
import { type Column, formatTable } from './terminal/table.ts'
import type { Text } from './text/text.ts'

export type ListStyle = { readonly width: number; readonly paint: Paint; readonly text: Text }

export function formatNodes(nodes: readonly NodeView[], style: ListStyle): readonly string[] {
  const { text } = style
  const columns: readonly Column[] = [
    { header: text.say('column.node'), shrinkTo: 19 },
    { header: text.say('column.status') },
    { header: text.say('column.priority'), align: 'right' },
    { header: text.say('column.weight'), align: 'right', drop: 2 },
    { header: text.say('column.busy'), align: 'right' },
    { header: text.say('column.keys'), drop: 3 },
    { header: text.say('column.pools'), shrinkTo: 8 },
    { header: text.say('column.base-url'), shrinkTo: 24, drop: 1 },
  ]
  const inOrder = nodes.toSorted((a, b) => a.priority - b.priority || a.name.localeCompare(b.name))
  const rows = inOrder.map((node) => [
    nodeNameCell(node, text),
    nodeStatusCell(node, text),
    String(node.priority),
    String(node.weight),
    String(node.inFlight),
    nodeKeysText(node, text),
    node.pools.join(', '),
    node.simulated ? '' : node.baseUrl,
  ])
  return formatTable(columns, rows, style)
}
