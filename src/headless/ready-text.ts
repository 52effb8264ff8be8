// What `serve` prints for people when it is ready: the addresses, and what to do next.
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { nodeLabel } from './node-words.ts'
import { labelledLines } from './terminal/hanging-lines.ts'
import type { Text } from './text/text.ts'

export type ReadyText = {
  readonly status: DaemonStatus
  /** The demo pool's key, when there are simulated nodes. */
  readonly demoKey: string | null
  readonly command: (text: string) => string
  readonly text: Text
}

export function readyLines({ status, demoKey, command, text }: ReadyText): readonly string[] {
  const { say } = text
  const hasNodes = status.nodes.some((node) => !node.simulated)
  return [
    say('ready.head', { version: status.version, pid: status.pid }),
    '',
    ...labelledLines(
      [
        [say('status.proxy'), status.proxyUrl],
        [say('status.control'), status.controlUrl],
        [say('status.data'), status.dataDirectory],
      ],
      // Addresses are copied: better too long than broken.
      { width: Number.POSITIVE_INFINITY },
    ),
    '',
    ...(status.vault.message === null ? [] : [text.spoken(status.vault.message), '']),
    ...(demoKey === null ? [] : demoLines(status, demoKey, text)),
    ...(hasNodes ? dailyLines(command, text) : firstLines(command, text)),
    '',
    say('ready.stop', { command: command('stop') }),
  ]
}

function demoLines(status: DaemonStatus, demoKey: string, text: Text): readonly string[] {
  const names = status.nodes.filter((node) => node.simulated).map((node) => nodeLabel(node, text))
  return [
    text.say('ready.try', { nodes: names.join(', ') }),
    text.say('ready.made-up'),
    '',
    `  curl -s ${status.proxyUrl}/v1/messages \\`,
    `    -H 'x-api-key: ${demoKey}' \\`,
    "    -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \\",
    `    -d '{"model":"claude-sonnet-4-5","max_tokens":64,`,
    `         "messages":[{"role":"user","content":"Hello"}]}'`,
    '',
  ]
}

function firstLines(command: ReadyText['command'], { say }: Text): readonly string[] {
  return [
    say('ready.next'),
    '',
    `  1. ${say('ready.add-node')}`,
    `     ${command('node add --name relay-a --url https://relay-a.example')}`,
    `  2. ${say('ready.create-key')}`,
    `     ${command('key create --name laptop')}`,
  ]
}

function dailyLines(command: ReadyText['command'], { say }: Text): readonly string[] {
  return [say('ready.look'), '', `  ${command('status')}`, `  ${command('tail')}`]
}
