// `node show`: everything about one node but its keys' secrets.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import { keyStandingText } from '../key-words.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { nodeLabel, nodeStatusSentence } from '../node-words.ts'
import { labelledLines } from '../terminal/hanging-lines.ts'
import { formatDate, type Moments } from '../terminal/times.ts'
import type { Text } from '../text/text.ts'

export function nodeShowCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node show',
    summary: shell.text.say('node-show.summary'),
    examples: ['node show relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const node = await call.control(({ client }) => client.nodes.get({ ref: call.args[0] ?? '' }))
  if (call.isJson) return call.json(node)
  call.line(call.paint(nodeLabel(node, call.text), 'strong'))
  const moments = { nowMs: call.io.nowMs(), text: call.text }
  for (const line of labelledLines(describe(node, moments), call.style())) call.line(line)
}

type Labelled = readonly (readonly [label: string, text: string])[]

function describe(node: NodeView, moments: Moments): Labelled {
  const { say } = moments.text
  const list = (items: readonly string[], empty: string) => (items.length === 0 ? empty : items.join(', '))
  return [
    [say('node-show.status'), nodeStatusSentence(node, moments)],
    ['URL', node.simulated ? say('node-show.made-up') : node.baseUrl],
    [say('node-show.protocol'), say('node-show.protocol-text', { protocol: node.protocol, auth: node.auth })],
    [say('node-show.order'), say('node-show.order-text', { priority: node.priority, weight: node.weight })],
    [say('node-show.pools'), node.pools.join(', ')],
    [say('node-show.models'), list(node.models, say('word.any'))],
    [
      say('node-show.renames'),
      list(
        node.modelMap.map(({ from, to }) => `${from} → ${to}`),
        say('word.none'),
      ),
    ],
    [say('node-show.requests'), requestsText(node, moments.text)],
    [say('node-show.breaker'), breakerText(node, moments.text)],
    [say('node-show.proxy'), proxyText(node, moments.text)],
    ...(node.ca === null ? [] : [[say('node-show.ca'), say('node-show.ca-text')] as const]),
    ...keyLines(node, moments),
    [say('node-show.added'), `${formatDate(node.createdAtMs)}${say('word.comma')}id ${node.id}`],
  ]
}

function requestsText({ inFlight, maxConcurrent }: NodeView, { say }: Text): string {
  return maxConcurrent === null
    ? say('node-show.running-no-limit', { running: inFlight })
    : say('node-show.running', { running: inFlight, most: maxConcurrent })
}

function breakerText({ breaker }: NodeView, { say }: Text): string {
  const ratio = breaker.failureRatio
  const recent =
    ratio === null ? say('node-show.nothing-recent') : say('node-show.recent', { percent: Math.round(ratio * 100) })
  return say('node-show.breaker-text', {
    state: say(`breaker.${breaker.state}`),
    failures: breaker.consecutiveFailures,
    recent,
  })
}

function proxyText({ proxy, proxyUser }: NodeView, { say }: Text): string {
  if (proxy === 'global') return say('node-show.proxy-global')
  if (proxy === 'none') return say('node-show.proxy-none')
  return proxyUser === null ? proxy : say('node-show.proxy-with-user', { url: proxy, user: proxyUser })
}

function keyLines(node: NodeView, moments: Moments): Labelled {
  const { say } = moments.text
  if (node.keys.length === 0) return [[say('node-show.keys'), say('word.none')]]
  return node.keys.map((key, index) => [
    index === 0 ? say('node-show.keys') : '',
    `…${key.last4} (${key.label}) ${keyStandingText(key, moments)}`,
  ])
}
