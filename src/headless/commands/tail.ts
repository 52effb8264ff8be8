// `tail`: exchanges as they end, each with its attempts.
import type { Command } from 'commander'
import type { EngineEvent } from '../../shared/contract/engine-event.ts'
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import { failure } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import type { ControlClient } from '../control-client.ts'
import { formatDecision, formatExchange } from '../exchange-lines.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { wholeNumber } from '../option-parsers.ts'

export function tailCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'tail',
    summary: 'Follow the exchanges: each with its attempts when it ends, and every decision. Ends with Ctrl-C.',
    examples: ['tail', 'tail --recent 20 --once', 'tail --json'],
    configure: (command) =>
      command
        .option('--recent <n>', 'print the last n exchanges first', wholeNumber({ min: 0, max: 1000 }))
        .option('--once', 'print the recent ones (20 if not said) and leave'),
    run,
  })
}

const RECENT_WITH_ONCE = 20

async function run(call: Call): Promise<void> {
  const isOnce = call.options.flag('once') === true
  const recent = call.options.number('recent') ?? (isOnce ? RECENT_WITH_ONCE : 0)
  if (isOnce) return call.control(async ({ client }) => printAll(call, await loadRecent(client, recent)))
  const interruption = new AbortController()
  const unsubscribe = call.io.onStopSignal(() => interruption.abort())
  try {
    await call.control(({ client }) => follow(call, client, { recent, signal: interruption.signal }))
  } catch (error) {
    // Ctrl-C is how tail ends.
    if (!interruption.signal.aborted) throw error
    return
  } finally {
    unsubscribe()
  }
  if (!interruption.signal.aborted)
    throw failure('CONNECTION_LOST', 'Switchyard has stopped: there is nothing more to follow.')
}

type Following = { readonly recent: number; readonly signal: AbortSignal }

async function follow(call: Call, client: ControlClient, { recent, signal }: Following): Promise<void> {
  // Subscribed before the past is read: what ends in between would be in neither.
  const events = await client.events(undefined, { signal })
  const past = await loadRecent(client, recent)
  printAll(call, past)
  const printed = new Set(past.map((exchange) => exchange.id))
  for await (const event of events) {
    if (event.type === 'exchangeSettled' && printed.delete(event.exchange.id)) continue
    printEvent(call, event)
  }
}

async function loadRecent(client: ControlClient, limit: number): Promise<readonly ExchangeRecord[]> {
  return limit === 0 ? [] : (await client.exchanges.recent({ limit })).toReversed()
}

function printAll(call: Call, exchanges: readonly ExchangeRecord[]): void {
  for (const exchange of exchanges) printEvent(call, { type: 'exchangeSettled', exchange })
}

function printEvent(call: Call, event: EngineEvent): void {
  if (call.isJson) return call.json(event)
  const style = { width: call.io.columns, paint: call.paint }
  if (event.type === 'exchangeSettled') for (const line of formatExchange(event.exchange, style)) call.line(line)
  if (event.type === 'decisionMade') for (const line of formatDecision(event.decision, style)) call.line(line)
}
