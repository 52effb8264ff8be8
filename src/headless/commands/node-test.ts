// `node test`: can it be reached, does it take the key, does it answer; with a verdict in words.
import type { Command } from 'commander'
import type { NodeTest, NodeTestStep } from '../../shared/model/node-test.ts'
import { failureSaid } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { modelName } from '../option-parsers.ts'
import type { Colour } from '../terminal/colour.ts'

import { formatTable } from '../terminal/table.ts'
import { formatDuration } from '../terminal/times.ts'
import { wrapText } from '../terminal/wrap-text.ts'

export function nodeTestCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node test',
    summary: shell.text.say('node-test.summary'),
    examples: ['node test relay-a', 'node test relay-a --generate --model claude-haiku-4-5'],
    configure: (command) =>
      command
        .argument('<node>', shell.text.say('argument.ref'))
        .option('--generate', shell.text.say('node-test.generate'))
        .option('--model <name>', shell.text.say('node-test.model'), modelName),
    run,
  })
}

const MODELS_SHOWN = 10

async function run(call: Call): Promise<void> {
  const generate = call.options.flag('generate') === true
  const test = await call.control(({ client }) =>
    client.nodes.test({ ref: call.args[0] ?? '', generate, model: call.options.text('model') }),
  )
  if (call.isJson) call.json(test)
  else for (const line of testLines(test, call)) call.line(line)
  if (!test.ok) throw failureSaid('NODE_TEST_FAILED', { spoken: test.verdict })
}

function testLines(test: NodeTest, call: Call): readonly string[] {
  const { text } = call
  const columns = [
    { header: '' },
    { header: '' },
    { header: '', align: 'right' },
    { header: '', shrinkTo: 20, wraps: true },
  ] as const
  const rows = test.steps.map((step) => [
    text.say(`node-test.step-${step.step}`),
    { text: text.say(`node-test.result-${step.result}`), colour: colours[step.result] },
    step.result === 'skipped' ? '' : formatDuration(step.totalMs, text),
    text.spoken(step.said),
  ])
  const models = test.models.slice(0, MODELS_SHOWN).join(', ')
  const more = test.models.length - MODELS_SHOWN
  return [
    ...formatTable(columns, rows, call.style()),
    ...(test.models.length === 0
      ? []
      : wrapText(
          text.say(more > 0 ? 'node-test.models-and-more' : 'node-test.models', { models, count: Math.max(0, more) }),
          call.io.columns,
        )),
    // A failure is said once, as the error.
    ...(test.ok ? wrapText(text.spoken(test.verdict), call.io.columns) : []),
  ]
}

const colours: Readonly<Record<NodeTestStep['result'], Colour>> = {
  ok: 'good',
  weak: 'warning',
  failed: 'bad',
  skipped: 'faint',
}
