// How a node is put into words wherever it is listed.
import type { NodeView } from '../shared/model/node-status.ts'
import type { Colour } from './terminal/colour.ts'
import type { Cell } from './terminal/table.ts'
import { formatDue } from './terminal/times.ts'

export const SIMULATED_MARK = '(simulated)'

/** The mark survives when the name is cut. */
export function nodeNameCell(node: { readonly name: string; readonly simulated: boolean }): Cell {
  return node.simulated ? { text: node.name, suffix: ` ${SIMULATED_MARK}` } : node.name
}

export function nodeLabel(node: { readonly name: string; readonly simulated: boolean }): string {
  return node.simulated ? `${node.name} ${SIMULATED_MARK}` : node.name
}

const statusWords: Readonly<Record<NodeView['status'], readonly [string, Colour]>> = {
  active: ['active', 'good'],
  standby: ['standby', 'none'],
  disabled: ['disabled', 'faint'],
  unhealthy: ['unhealthy', 'bad'],
  cooling: ['cooling', 'warning'],
  parked: ['parked', 'warning'],
  isolated: ['isolated', 'warning'],
  circuit_breaker_open: ['breaker open', 'bad'],
  circuit_breaker_half_open: ['half-open', 'warning'],
}

export function nodeStatusCell(node: NodeView): Cell {
  const [text, colour] = statusWords[node.status]
  return { text, colour }
}

/** Status with its end and reason: "cooling, due in 8 s: 429 from the node". */
export function nodeStatusSentence(node: NodeView, nowMs: number): string {
  const dueAtMs = node.unavailableUntilMs ?? node.breaker.openUntilMs
  const due = dueAtMs === null ? '' : `, due ${formatDue(dueAtMs, nowMs)}`
  const reason = node.unavailableReason === null ? '' : `: ${node.unavailableReason}`
  return `${statusWords[node.status][0]}${due}${reason}`
}

/** "…cdef", "…cdef +2", "none". */
export function nodeKeysText(node: NodeView): string {
  const [first, ...more] = node.keys
  if (first === undefined) return node.simulated ? '' : 'none'
  return `…${first.last4}${more.length === 0 ? '' : ` +${more.length}`}`
}
