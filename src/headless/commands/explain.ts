// `explain`: why each node would or would not be chosen now.
import type { Command } from 'commander'
import type { Explanation } from '../../shared/contract/explanation.ts'
import { usageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { nodeLabel } from '../node-words.ts'
import { modelName, name } from '../option-parsers.ts'
import { hangingLines, wrapText } from '../terminal/hanging-lines.ts'
import { formatDue } from '../terminal/times.ts'

export function explainCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'explain',
    summary: 'Say which node a request for a model would go to now, and why the others would not get it.',
    examples: ['explain --model claude-sonnet-4-5', 'explain --model claude-opus-4-1 --pool team --json'],
    configure: (command) =>
      command
        .requiredOption('--model <name>', 'the model a tool asks for', modelName)
        .option('--pool <name>', 'the pool of the local key (default: default)', name),
    run,
  })
}

const LABEL_WIDTH_MAX = 28

async function run(call: Call): Promise<void> {
  const model = call.options.text('model')
  if (model === undefined) throw usageError('explain needs --model.')
  const explanation = await call.control(({ client }) => client.explain({ model, pool: call.options.text('pool') }))
  if (call.isJson) return call.json(explanation)
  for (const line of wrapText(verdict(explanation), call.io.columns)) call.line(line)
  const labels = explanation.nodes.map((node) => nodeLabel({ name: node.nodeName, simulated: node.simulated }))
  const labelWidth = Math.min(LABEL_WIDTH_MAX, Math.max(0, ...labels.map((label) => label.length)))
  for (const [index, node] of explanation.nodes.entries()) {
    const style = { labelWidth, width: call.io.columns, indent: isChosen(node, explanation) ? '* ' : '  ' }
    for (const line of hangingLines(labels[index] ?? '', reasonText(node, model, call.io.nowMs()), style))
      call.line(line)
  }
}

type ExplainedNode = Explanation['nodes'][number]

function isChosen(node: ExplainedNode, explanation: Explanation): boolean {
  return explanation.chosen !== null && (explanation.chosen === node.nodeId || explanation.chosen === node.nodeName)
}

function verdict(explanation: Explanation): string {
  const chosen = explanation.nodes.find((node) => isChosen(node, explanation))
  const question = `A request for ${explanation.model} in the pool ${explanation.pool}`
  if (chosen !== undefined) return `${question} would go to ${chosen.nodeName}.`
  return explanation.nodes.length === 0 ? `${question} has no node to go to.` : `${question} would find no node now.`
}

function reasonText(node: ExplainedNode, askedModel: string, nowMs: number): string {
  const sent =
    node.sentModel === null || node.sentModel === askedModel ? '' : `; the model is sent as ${node.sentModel}`
  const due = node.dueAtMs === null ? '' : `; due ${formatDue(node.dueAtMs, nowMs)}`
  return `${node.reason}${due}${sent}`
}
