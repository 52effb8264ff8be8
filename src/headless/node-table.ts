// The table of nodes that `node list` and `status` show.
import type { NodeView } from '../shared/model/node-status.ts'
import { nodeKeysText, nodeNameCell, nodeStatusCell } from './node-words.ts'
import type { Paint } from './terminal/colour.ts'
import { type Column, formatTable } from './terminal/table.ts'

const columns: readonly Column[] = [
  { header: 'NODE', shrinkTo: 19 },
  { header: 'STATUS' },
  { header: 'PRIO', align: 'right' },
  { header: 'WEIGHT', align: 'right' },
  { header: 'BUSY', align: 'right' },
  { header: 'KEYS' },
  { header: 'POOLS', shrinkTo: 7 },
  { header: 'BASE URL', shrinkTo: 12 },
]

export function formatNodes(
  nodes: readonly NodeView[],
  style: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const inOrder = nodes.toSorted((a, b) => a.priority - b.priority || a.name.localeCompare(b.name))
  const rows = inOrder.map((node) => [
    nodeNameCell(node),
    nodeStatusCell(node),
    String(node.priority),
    String(node.weight),
    String(node.inFlight),
    nodeKeysText(node),
    node.pools.join(', '),
    node.simulated ? '' : node.baseUrl,
  ])
  return formatTable(columns, rows, style)
}
