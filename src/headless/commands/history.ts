// `history`: the last decisions, in words: what switched, what was set aside, what the user changed, and why.
import type { Command } from 'commander'
import { formatDecision } from '../exchange-lines.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { wholeNumber } from '../option-parsers.ts'
import { formatDate } from '../terminal/times.ts'

export function historyCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'history',
    summary: shell.text.say('history.summary'),
    examples: ['history', 'history --recent 200 --json'],
    configure: (command) =>
      command.option('--recent <n>', shell.text.say('history.recent'), wholeNumber('--recent', { min: 1, max: 1000 })),
    run,
  })
}

const RECENT = 50

async function run(call: Call): Promise<void> {
  const limit = call.options.number('recent') ?? RECENT
  const decisions = (await call.control(({ client }) => client.decisions.recent({ limit }))).toReversed()
  if (call.isJson) return call.json(decisions)
  if (decisions.length === 0) return call.line(call.text.say('history.empty'))
  let day = ''
  for (const decision of decisions) {
    const date = formatDate(decision.atMs)
    if (date !== day) call.line(call.paint(date, 'faint'))
    day = date
    for (const line of formatDecision(decision, call.style())) call.line(line)
  }
}
