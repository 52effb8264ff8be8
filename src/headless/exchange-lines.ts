// An exchange and its attempts as lines of text; a decision as one.
import type { Decision } from '../shared/model/decision.ts'
import type { AttemptRecord, ExchangeOutcome, ExchangeRecord } from '../shared/model/exchange.ts'
import { SIMULATED_MARK } from './node-words.ts'
import type { Colour, Paint } from './terminal/colour.ts'
import { hangingLines } from './terminal/hanging-lines.ts'
import { plainText, truncate } from './terminal/plain-text.ts'
import { type Cell, formatTable } from './terminal/table.ts'
import { formatClock, formatCount, formatDuration } from './terminal/times.ts'

export type LineStyle = { readonly width: number; readonly paint: Paint }

const OUTCOME_WIDTH = 9
const CLOCK_WIDTH = 8
const ATTEMPT_INDENT = ' '.repeat(CLOCK_WIDTH + 2)

/** The attempts follow when one of them failed; else the first line says it all. */
export function formatExchange(exchange: ExchangeRecord, style: LineStyle): readonly string[] {
  const clock = formatClock(exchange.startedAtMs)
  const outcome = style.paint(exchange.outcome.padEnd(OUTCOME_WIDTH), outcomeColours[exchange.outcome])
  const rest = truncate(plainText(summary(exchange)), style.width - CLOCK_WIDTH - OUTCOME_WIDTH - 4)
  const head = `${clock}  ${outcome}  ${rest}`.trimEnd()
  const hasFailedAttempt = exchange.attempts.some((attempt) => attempt.outcome !== 'success')
  return hasFailedAttempt ? [head, ...attemptLines(exchange, style)] : [head]
}

/** The upstream's words are wrapped, not cut: the reason is what one looks for. */
export function formatDecision(decision: Decision, style: LineStyle): readonly string[] {
  return hangingLines(formatClock(decision.atMs), decision.text, { labelWidth: CLOCK_WIDTH, width: style.width })
}

const outcomeColours: Readonly<Record<ExchangeOutcome, Colour>> = {
  success: 'good',
  'passed-on': 'warning',
  failed: 'bad',
  rejected: 'bad',
  truncated: 'bad',
  cancelled: 'faint',
}

function summary(exchange: ExchangeRecord): string {
  const node = exchange.nodeName === null ? '' : ` from ${withMark(exchange.nodeName, exchange)}`
  const problem = exchange.errorCode ?? (exchange.outcome === 'success' ? null : exchange.status)
  const usage = exchange.usage
  return [
    `${exchange.model ?? exchange.operation}${node}`,
    problem === null ? '' : String(problem),
    formatDuration(exchange.totalMs),
    usage === null ? '' : `${formatCount(usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h)} in`,
    usage === null ? '' : `${formatCount(usage.output)} out`,
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function attemptLines(exchange: ExchangeRecord, style: LineStyle): readonly string[] {
  const columns = [
    { header: '', align: 'right' },
    { header: '', shrinkTo: 14 },
    { header: '', shrinkTo: 8 },
    { header: '', align: 'right' },
    { header: '', shrinkTo: 8 },
  ] as const
  const rows = exchange.attempts.map(attemptRow)
  return formatTable(columns, rows, { ...style, indent: ATTEMPT_INDENT })
}

function attemptRow(attempt: AttemptRecord): readonly Cell[] {
  const isSuccess = attempt.outcome === 'success'
  const status = attempt.status === null || isSuccess ? '' : ` ${attempt.status}`
  return [
    String(attempt.number),
    isSimulated(attempt) ? { text: attempt.nodeName, suffix: ` ${SIMULATED_MARK}` } : attempt.nodeName,
    { text: `${attempt.outcome}${status}`, colour: isSuccess ? 'good' : 'bad' },
    formatDuration(attempt.totalMs),
    attempt.message ?? '',
  ]
}

type NodeOfRecord = { readonly nodeId: string | null; readonly nodeName: string | null }

// A record does not say that its node is simulated; simulated nodes have their name as id, stored ones never do.
function isSimulated({ nodeId, nodeName }: NodeOfRecord): boolean {
  return nodeId !== null && nodeId === nodeName
}

function withMark(nodeName: string, record: NodeOfRecord): string {
  return isSimulated(record) ? `${nodeName} ${SIMULATED_MARK}` : nodeName
}
