// How a node is put into words wherever it is listed.
import type { NodeView } from '../shared/model/node-status.ts'
import type { Colour } from './terminal/colour.ts'
import type { Cell } from './terminal/table.ts'
import { formatDue, type Moments } from './terminal/times.ts'
import type { Text } from './text/text.ts'

type Named = { readonly name: string; readonly simulated: boolean }

/** The mark survives when the name is cut. */
export function nodeNameCell(node: Named, text: Text): Cell {
  return node.simulated ? { text: node.name, suffix: ` ${text.say('word.simulated')}` } : node.name
}

export function nodeLabel(node: Named, text: Text): string {
  return node.simulated ? `${node.name} ${text.say('word.simulated')}` : node.name
}

const statusColours: Readonly<Record<NodeView['status'], Colour>> = {
  active: 'good',
  standby: 'none',
  disabled: 'faint',
  unhealthy: 'bad',
  cooling: 'warning',
  parked: 'warning',
  isolated: 'warning',
  circuit_breaker_open: 'bad',
  circuit_breaker_half_open: 'warning',
}

export function nodeStatusCell({ status }: NodeView, text: Text): Cell {
  return { text: text.say(`node-status.${status}`), colour: statusColours[status] }
}

/** Status with its end and reason: "cooling, due in 8 s: 429 from the node". */
export function nodeStatusSentence(node: NodeView, moments: Moments): string {
  const { text } = moments
  const dueAtMs = node.unavailableUntilMs ?? node.breaker.openUntilMs
  const due = dueAtMs === null ? '' : text.say('node-show.due', { due: formatDue(dueAtMs, moments) })
  const reason =
    node.unavailableReason === null ? '' : text.say('word.because', { reason: text.phrase(node.unavailableReason) })
  return `${text.say(`node-status.${node.status}`)}${due}${reason}`
}

/** "…cdef", "…cdef +2", "none". */
export function nodeKeysText(node: NodeView, text: Text): string {
  const [first, ...more] = node.keys
  if (first === undefined) return node.simulated ? '' : text.say('word.none')
  return `…${first.last4}${more.length === 0 ? '' : ` +${more.length}`}`
}
