// `status`: is it running, where, how well.
import type { Command } from 'commander'
import type { DaemonStatus } from '../../shared/contract/contract.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { formatNodes } from '../node-table.ts'
import { hangingLines } from '../terminal/hanging-lines.ts'
import { formatCount, formatDuration } from '../terminal/times.ts'

export function statusCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'status',
    summary: 'Show the running daemon: addresses, requests since start, nodes.',
    examples: ['status', 'status --json'],
    run,
  })
}

const LABEL_WIDTH = 8

async function run(call: Call): Promise<void> {
  const status = await call.control(({ client }) => client.status())
  if (call.isJson) return call.json(status)
  const state = status.draining ? call.paint('stopping', 'warning') : call.paint('running', 'good')
  const uptime = formatDuration(call.io.nowMs() - status.startedAtMs)
  call.line(`Switchyard ${status.version} is ${state} (pid ${status.pid}, up ${uptime}).`)
  for (const [label, text] of describe(status)) {
    const style = { labelWidth: LABEL_WIDTH, width: call.io.columns, indent: '  ' }
    for (const line of hangingLines(label, text, style)) call.line(line)
  }
  call.line()
  if (status.nodes.length === 0) call.line(`No nodes yet: ${call.command('node add --name NAME --url URL')}`)
  for (const line of formatNodes(status.nodes, { width: call.io.columns, paint: call.paint })) call.line(line)
}

function describe(status: DaemonStatus): readonly (readonly [string, string])[] {
  const { total, succeeded, failed, withFailedAttempt } = status.exchanges
  return [
    ['Proxy', status.proxyUrl],
    ['Control', status.controlUrl],
    ['Data', status.dataDirectory],
    ['Running', formatCount(status.inFlight)],
    [
      'Requests',
      `${formatCount(total)} since start: ${formatCount(succeeded)} succeeded, ${formatCount(failed)} failed`,
    ],
    [
      'Failover',
      `${formatCount(withFailedAttempt)} ${withFailedAttempt === 1 ? 'request' : 'requests'} went on after a failed attempt`,
    ],
    ['Storage', storageText(status)],
  ]
}

function storageText({ storage, unwrittenRecords }: DaemonStatus): string {
  const state = storage.ok ? 'ok' : 'not ok'
  const sentence = storage.message === null ? state : `${state}: ${storage.message}`
  if (unwrittenRecords === 0) return sentence
  const waiting = `Records that wait in memory to be written: ${formatCount(unwrittenRecords)}.`
  return storage.message === null ? `${sentence}. ${waiting}` : `${sentence} ${waiting}`
}
