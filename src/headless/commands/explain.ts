// `explain`: why each node would or would not be chosen now.
import { type Command, Option } from 'commander'
import type { Explanation } from '../../shared/contract/explanation.ts'
import { protocolSchema } from '../../shared/model/protocol.ts'
import { usageError } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { nodeLabel } from '../node-words.ts'
import { modelName, name } from '../option-parsers.ts'
import { hangingLines } from '../terminal/hanging-lines.ts'
import { displayWidth } from '../terminal/plain-text.ts'
import { formatDue, type Moments } from '../terminal/times.ts'
import { wrapText } from '../terminal/wrap-text.ts'
import type { Text } from '../text/text.ts'

export function explainCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'explain',
    summary: shell.text.say('explain.summary'),
    examples: [
      'explain --model claude-sonnet-4-5',
      'explain --model gpt-5 --protocol openai-responses --key laptop',
      'explain --model claude-opus-4-1 --pool team --json',
    ],
    configure: (command) =>
      command
        .requiredOption('--model <name>', shell.text.say('explain.model'), modelName)
        .addOption(new Option('--protocol <name>', shell.text.say('explain.protocol')).choices(protocolSchema.options))
        .option('--key <name>', shell.text.say('explain.key'))
        .option('--pool <name>', shell.text.say('explain.pool'), name),
    run,
  })
}

const LABEL_WIDTH_MAX = 28

async function run(call: Call): Promise<void> {
  const model = call.options.text('model')
  if (model === undefined)
    throw usageError('usage.option-required', { option: '--model', command: call.command('explain') })
  const explanation = await call.control(({ client }) =>
    client.explain({
      model,
      protocol: protocolSchema.optional().parse(call.options.text('protocol')),
      pool: call.options.text('pool'),
      clientKey: call.options.text('key'),
    }),
  )
  if (call.isJson) return call.json(explanation)
  for (const line of wrapText(verdict(explanation, call.text), call.io.columns)) call.line(line)
  const labels = explanation.nodes.map((node) =>
    nodeLabel({ name: node.nodeName, simulated: node.simulated }, call.text),
  )
  const labelWidth = Math.min(LABEL_WIDTH_MAX, Math.max(0, ...labels.map(displayWidth)))
  for (const [index, node] of explanation.nodes.entries()) {
    const style = { labelWidth, width: call.io.columns, indent: isChosen(node, explanation) ? '* ' : '  ' }
    const reason = reasonText(node, model, { nowMs: call.io.nowMs(), text: call.text })
    for (const line of hangingLines(labels[index] ?? '', reason, style)) call.line(line)
  }
}

type ExplainedNode = Explanation['nodes'][number]

function isChosen(node: ExplainedNode, explanation: Explanation): boolean {
  return explanation.chosen !== null && (explanation.chosen === node.nodeId || explanation.chosen === node.nodeName)
}

function verdict(explanation: Explanation, text: Text): string {
  const { model, pools, refused } = explanation
  if (refused !== null) return text.spoken(refused)
  const chosen = explanation.nodes.find((node) => isChosen(node, explanation))
  const asked = { model, count: pools.length, pools: pools.join(', ') }
  if (chosen !== undefined) return text.say('explain.chosen', { ...asked, node: chosen.nodeName })
  return text.say(explanation.nodes.length === 0 ? 'explain.no-nodes' : 'explain.no-node-now', asked)
}

function reasonText(node: ExplainedNode, askedModel: string, moments: Moments): string {
  const { say, phrase } = moments.text
  const sent =
    node.sentModel === null || node.sentModel === askedModel ? '' : say('explain.sent-as', { model: node.sentModel })
  const due = node.dueAtMs === null ? '' : say('node-show.due', { due: formatDue(node.dueAtMs, moments) })
  // The engine counts in seconds; an hour is easier to read as one.
  const [, what = node.reason, why] = /^(.+?) for another \d+ s(?:: (.+))?$/.exec(node.reason) ?? []
  const because = why === undefined ? '' : say('word.because', { reason: phrase(why) })
  return `${phrase(what)}${due}${because}${sent}`
}
