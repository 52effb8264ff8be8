// An exchange and its attempts as lines of text; a decision as one.
import type { Decision } from '../shared/model/decision.ts'
import {
  type AttemptRecord,
  type ExchangeOutcome,
  type ExchangeRecord,
  exchangeOutcomeSchema,
} from '../shared/model/exchange.ts'
import { isSimulatedNodeId } from '../shared/model/node.ts'
import type { ListStyle } from './node-table.ts'
import { nodeLabel, nodeNameCell } from './node-words.ts'
import type { Colour } from './terminal/colour.ts'
import { hangingLines } from './terminal/hanging-lines.ts'
import { displayWidth, plainText, truncate } from './terminal/plain-text.ts'
import { type Cell, formatTable } from './terminal/table.ts'
import { formatClock, formatCount, formatDuration } from './terminal/times.ts'
import type { Text } from './text/text.ts'

const CLOCK_WIDTH = 8
const MODEL_WIDTH_MIN = 12
const ATTEMPT_INDENT = ' '.repeat(CLOCK_WIDTH + 2)

/**
 * The attempts follow when one of them failed; else the first line says it all. What did not succeed is named by its
 * id, the x-switchyard-exchange of the answer, to be found again in the log.
 */
export function formatExchange(exchange: ExchangeRecord, style: ListStyle): readonly string[] {
  const clock = formatClock(exchange.startedAtMs)
  const outcomeWidth = Math.max(
    ...exchangeOutcomeSchema.options.map((one) => displayWidth(outcomeWord(one, style.text))),
  )
  const word = outcomeWord(exchange.outcome, style.text)
  const outcome = style.paint(word, outcomeColours[exchange.outcome]) + ' '.repeat(outcomeWidth - displayWidth(word))
  const rest = summary(exchange, style.width - CLOCK_WIDTH - outcomeWidth - 4, style.text)
  const head = `${clock}  ${outcome}  ${rest}`.trimEnd()
  const hasFailedAttempt = exchange.attempts.some((attempt) => attempt.outcome !== 'success')
  return [
    head,
    ...(hasFailedAttempt ? attemptLines(exchange, style) : []),
    ...(exchange.outcome === 'success' ? [] : [ATTEMPT_INDENT + style.paint(plainText(exchange.id), 'faint')]),
  ]
}

/** The upstream's words are wrapped, not cut: the reason is what one looks for. */
export function formatDecision(decision: Decision, style: ListStyle): readonly string[] {
  return hangingLines(formatClock(decision.atMs), decision.text, { labelWidth: CLOCK_WIDTH, width: style.width })
}

function outcomeWord(outcome: ExchangeOutcome, { say }: Text): string {
  return say(`outcome.${outcome}`)
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
function summary(exchange: ExchangeRecord, width: number, text: Text): string {
  const name = exchange.nodeName
  const node = name === null ? '' : ` ${text.say('exchange.from', { node: withMark(name, exchange, text) })}`
  const problem = exchange.errorCode ?? (exchange.outcome === 'success' ? null : exchange.status)
  const parts = [
    problem === null ? '' : String(problem),
    formatDuration(exchange.totalMs, text),
    usageText(exchange, text),
  ]
  const rest = plainText([node, ...parts.filter((part) => part !== '')].join(text.say('word.comma')))
  const model = plainText(exchange.model ?? exchange.operation)
  return truncate(truncate(model, Math.max(MODEL_WIDTH_MIN, width - displayWidth(rest))) + rest, width)
}

function usageText({ usage }: ExchangeRecord, { say }: Text): string {
  if (usage === null) return ''
  const input = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
  return say('exchange.usage', { input: formatCount(input), output: formatCount(usage.output) })
}

function attemptLines(exchange: ExchangeRecord, style: ListStyle): readonly string[] {
  const columns = [
    { header: '', align: 'right' },
    { header: '', shrinkTo: 14 },
    { header: '', shrinkTo: 8 },
    { header: '', align: 'right' },
    { header: '', shrinkTo: 8 },
  ] as const
  const rows = exchange.attempts.map((attempt) => attemptRow(attempt, style.text))
  return formatTable(columns, rows, { ...style, indent: ATTEMPT_INDENT })
}

function attemptRow(attempt: AttemptRecord, text: Text): readonly Cell[] {
  const isSuccess = attempt.outcome === 'success'
  const status = attempt.status === null || isSuccess ? '' : ` ${attempt.status}`
  return [
    String(attempt.number),
    nodeNameCell({ name: attempt.nodeName, simulated: isSimulatedNodeId(attempt.nodeId) }, text),
    { text: `${text.say(`attempt.${attempt.outcome}`)}${status}`, colour: isSuccess ? 'good' : 'bad' },
    formatDuration(attempt.totalMs, text),
    attempt.message === null ? '' : text.phrase(attempt.message),
  ]
}

type NodeOfRecord = { readonly nodeId: string | null; readonly nodeName: string | null }

function withMark(name: string, { nodeId }: NodeOfRecord, text: Text): string {
  return nodeLabel({ name, simulated: nodeId !== null && isSimulatedNodeId(nodeId) }, text)
}
