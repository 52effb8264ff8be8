// `tail`: exchanges as they end, each with its attempts.
import type { Command } from 'commander'
import type { EngineEvent } from '../../shared/contract/engine-event.ts'
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import { failure } from '../cli-error.ts'
import type { ControlClient } from '../control-client.ts'
import { formatDecision, formatExchange } from '../exchange-lines.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { wholeNumber } from '../option-parsers.ts'

export function tailCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'tail',
    summary: shell.text.say('tail.summary'),
    examples: ['tail', 'tail --recent 20 --once', 'tail --json'],
    configure: (command) =>
      command
        .option('--recent <n>', shell.text.say('tail.recent'), wholeNumber('--recent', { min: 0, max: 1000 }))
        .option('--once', shell.text.say('tail.once')),
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
  if (!interruption.signal.aborted) throw failure('CONNECTION_LOST', 'tail.stopped')
}

type Following = { readonly recent: number; readonly signal: AbortSignal }

async function follow(call: Call, client: ControlClient, { recent, signal }: Following): Promise<void> {
  // Subscribed before the past is read: what ends in between would be in neither.
  const events = await client.events(undefined, { signal })
  const past = await loadRecent(client, recent)
  printAll(call, past)
  const printed = new Set(past.map((exchange) => exchange.id))
  let isFirst = true
  for await (const push of events) {
    // The first push always begins anew; a later gap is a loss.
    if ((push.gap && !isFirst) || push.dropped > 0) call.io.stderr(`${call.text.say('tail.missed')}\n`)
    isFirst = false
    for (const event of push.events) {
      if (event.type === 'exchangeSettled' && printed.delete(event.exchange.id)) continue
      printEvent(call, event)
    }
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
  const style = call.style()
  if (event.type === 'exchangeSettled') for (const line of formatExchange(event.exchange, style)) call.line(line)
  if (event.type === 'decisionMade') for (const line of formatDecision(event.decision, style)) call.line(line)
}
