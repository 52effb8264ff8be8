// `node show`: everything about one node but its keys' secrets.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { nodeLabel, nodeStatusSentence } from '../node-words.ts'
import { hangingLines } from '../terminal/hanging-lines.ts'
import { formatDate, formatDue } from '../terminal/times.ts'

export function nodeShowCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'node show',
    summary: 'Show one node: settings, status, breaker, keys.',
    examples: ['node show relay-a'],
    configure: (command) => command.argument('<node>', 'its name or id'),
    run,
  })
}

const LABEL_WIDTH = 8

async function run(call: Call): Promise<void> {
  const node = await call.control(({ client }) => client.nodes.get({ ref: call.args[0] ?? '' }))
  if (call.isJson) return call.json(node)
  call.line(call.paint(nodeLabel(node), 'strong'))
  for (const [label, text] of describe(node, call.io.nowMs())) {
    const style = { labelWidth: LABEL_WIDTH, width: call.io.columns, indent: '  ' }
    for (const line of hangingLines(label, text, style)) call.line(line)
  }
}

function describe(node: NodeView, nowMs: number): readonly (readonly [string, string])[] {
  return [
    ['Status', nodeStatusSentence(node, nowMs)],
    ['URL', node.simulated ? 'none: Switchyard makes up its answers' : node.baseUrl],
    ['Protocol', `${node.protocol}, key sent as ${node.auth}`],
    ['Order', `priority ${node.priority}, weight ${node.weight}`],
    ['Pools', node.pools.join(', ')],
    ['Models', node.models.length === 0 ? 'any' : node.models.join(', ')],
    [
      'Renames',
      node.modelMap.length === 0 ? 'none' : node.modelMap.map(({ from, to }) => `${from} → ${to}`).join(', '),
    ],
    [
      'Requests',
      `${node.inFlight} running, ${node.maxConcurrent === null ? 'no limit' : `${node.maxConcurrent} at most`}`,
    ],
    ['Breaker', breakerText(node)],
    ...keyLines(node, nowMs),
    ['Added', `${formatDate(node.createdAtMs)}, id ${node.id}`],
  ]
}

function breakerText({ breaker }: NodeView): string {
  const ratio = breaker.failureRatio
  const recent = ratio === null ? 'nothing recent' : `${Math.round(ratio * 100)} % of recent attempts failed`
  return `${breaker.state.replace('_', '-')}, ${breaker.consecutiveFailures} failures in a row, ${recent}`
}

function keyLines(node: NodeView, nowMs: number): readonly (readonly [string, string])[] {
  if (node.keys.length === 0) return [['Keys', 'none']]
  return node.keys.map((key, index) => {
    const aside = key.asideUntilMs === null ? 'usable' : `set aside, due ${formatDue(key.asideUntilMs, nowMs)}`
    const reason = key.asideReason === null ? '' : `: ${key.asideReason}`
    return [index === 0 ? 'Keys' : '', `…${key.last4} (${key.label}) ${key.enabled ? aside : 'disabled'}${reason}`]
  })
}
