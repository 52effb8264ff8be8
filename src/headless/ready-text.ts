// What `serve` prints for people when it is ready: the addresses, and what to do next.
import type { DaemonStatus } from '../shared/contract/contract.ts'

export type ReadyText = {
  readonly status: DaemonStatus
  /** The demo pool's key, when there are simulated nodes. */
  readonly demoKey: string | null
  readonly command: (text: string) => string
}

export function readyLines({ status, demoKey, command }: ReadyText): readonly string[] {
  const hasNodes = status.nodes.some((node) => !node.simulated)
  return [
    `Switchyard ${status.version} is ready (pid ${status.pid}).`,
    '',
    `  Proxy    ${status.proxyUrl}`,
    `  Control  ${status.controlUrl}`,
    `  Data     ${status.dataDirectory}`,
    '',
    ...(demoKey === null ? [] : demoLines(status, demoKey)),
    ...(hasNodes ? dailyLines(command) : firstLines(command)),
    '',
    `Stop with Ctrl-C or: ${command('stop')}`,
  ]
}

function demoLines(status: DaemonStatus, demoKey: string): readonly string[] {
  const names = status.nodes.filter((node) => node.simulated).map((node) => `${node.name} (simulated)`)
  return [
    `Try it now: ${names.join(' and ')} answer at once.`,
    'No real model is behind them, the text is made up:',
    '',
    `  curl -s ${status.proxyUrl}/v1/messages \\`,
    `    -H 'x-api-key: ${demoKey}' \\`,
    "    -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \\",
    `    -d '{"model":"claude-sonnet-4-5","max_tokens":64,`,
    `         "messages":[{"role":"user","content":"Hello"}]}'`,
    '',
  ]
}

function firstLines(command: ReadyText['command']): readonly string[] {
  return [
    'Next:',
    '',
    '  1. Add a node; it asks for the key:',
    `     ${command('node add --name relay-a --url https://relay-a.example')}`,
    '  2. Create a local key for your tool; it prints the lines to paste:',
    `     ${command('key create --name laptop')}`,
  ]
}

function dailyLines(command: ReadyText['command']): readonly string[] {
  return ['Look at it:', '', `  ${command('status')}`, `  ${command('tail')}`]
}
