// An exchange and its attempts as lines of text; a decision as one.
import type { Decision } from '../shared/model/decision.ts'
import type { AttemptRecord, ExchangeOutcome, ExchangeRecord } from '../shared/model/exchange.ts'
import { isSimulatedNodeId } from '../shared/model/node.ts'
import { SIMULATED_MARK } from './node-words.ts'
import type { Colour, Paint } from './terminal/colour.ts'
import { hangingLines } from './terminal/hanging-lines.ts'
import { displayWidth, plainText, truncate } from './terminal/plain-text.ts'
import { type Cell, formatTable } from './terminal/table.ts'
import { formatClock, formatCount, formatDuration } from './terminal/times.ts'

export type LineStyle = { readonly width: number; readonly paint: Paint }

const OUTCOME_WIDTH = 9
const CLOCK_WIDTH = 8
const MODEL_WIDTH_MIN = 12
const ATTEMPT_INDENT = ' '.repeat(CLOCK_WIDTH + 2)

/**
 * The attempts follow when one of them failed; else the first line says it all. What did not succeed is named by its
 * id, the x-switchyard-exchange of the answer, to be found again in the log.
 */
export function formatExchange(exchange: ExchangeRecord, style: LineStyle): readonly string[] {
  const clock = formatClock(exchange.startedAtMs)
  const outcome = style.paint(exchange.outcome.padEnd(OUTCOME_WIDTH), outcomeColours[exchange.outcome])
  const rest = summary(exchange, style.width - CLOCK_WIDTH - OUTCOME_WIDTH - 4)
  const head = `${clock}  ${outcome}  ${rest}`.trimEnd()
  const hasFailedAttempt = exchange.attempts.some((attempt) => attempt.outcome !== 'success')
  return [
    head,
    ...(hasFailedAttempt ? attemptLines(exchange, style) : []),
    ...(exchange.outcome === 'success' ? [] : [ATTEMPT_INDENT + style.paint(plainText(exchange.id), 'faint')]),
  ]
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

/** The model's name gives way first: what it cost and how it ended is at the end of the line. */
function summary(exchange: ExchangeRecord, width: number): string {
  const node = exchange.nodeName === null ? '' : ` from ${withMark(exchange.nodeName, exchange)}`
  const problem = exchange.errorCode ?? (exchange.outcome === 'success' ? null : exchange.status)
  const parts = [problem === null ? '' : String(problem), formatDuration(exchange.totalMs), usageText(exchange)]
  const rest = plainText([node, ...parts.filter((part) => part !== '')].join(', '))
  const model = plainText(exchange.model ?? exchange.operation)
  return truncate(truncate(model, Math.max(MODEL_WIDTH_MIN, width - displayWidth(rest))) + rest, width)
}

function usageText({ usage }: ExchangeRecord): string {
  if (usage === null) return ''
  const input = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
  return `${formatCount(input)} in, ${formatCount(usage.output)} out`
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
    isSimulatedNodeId(attempt.nodeId) ? { text: attempt.nodeName, suffix: ` ${SIMULATED_MARK}` } : attempt.nodeName,
    { text: `${attempt.outcome}${status}`, colour: isSuccess ? 'good' : 'bad' },
    formatDuration(attempt.totalMs),
    attempt.message ?? '',
  ]
}

type NodeOfRecord = { readonly nodeId: string | null; readonly nodeName: string | null }

function withMark(nodeName: string, record: NodeOfRecord): string {
  return record.nodeId !== null && isSimulatedNodeId(record.nodeId) ? `${nodeName} ${SIMULATED_MARK}` : nodeName
}
