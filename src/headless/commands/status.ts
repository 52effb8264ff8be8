// `status`: is it running, where, how well.
import type { Command } from 'commander'
import type { DaemonStatus } from '../../shared/contract/contract.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { formatNodes } from '../node-table.ts'
import { labelledLines } from '../terminal/hanging-lines.ts'
import { formatCount, formatDuration } from '../terminal/times.ts'
import type { Text } from '../text/text.ts'
import { watchDaemon } from '../watch-daemon.ts'

export function statusCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'status',
    summary: shell.text.say('status.summary'),
    examples: ['status', 'status --watch', 'status --json'],
    configure: (command) => command.option('--watch', shell.text.say('option.watch')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  if (call.options.flag('watch') === true) {
    return watchDaemon(call, { lines: (status) => statusLines(status, call), json: (status) => status })
  }
  const status = await call.control(({ client }) => client.status())
  if (call.isJson) return call.json(status)
  for (const line of statusLines(status, call)) call.line(line)
}

function statusLines(status: DaemonStatus, call: Call): readonly string[] {
  const { say } = call.text
  const state = status.draining
    ? call.paint(say('status.stopping'), 'warning')
    : call.paint(say('status.running'), 'good')
  const uptime = formatDuration(call.io.nowMs() - status.startedAtMs, call.text)
  return [
    say('status.head', { version: status.version, state, pid: status.pid, uptime }),
    ...labelledLines(describe(status, call.text), call.style()),
    '',
    ...(status.nodes.length === 0
      ? [say('status.no-nodes', { command: call.command('node add --name NAME --url URL') })]
      : formatNodes(status.nodes, call.style())),
  ]
}

function describe(status: DaemonStatus, text: Text): readonly (readonly [string, string])[] {
  const { say } = text
  const { total, succeeded, failed, withFailedAttempt } = status.exchanges
  const requests = { total: formatCount(total), succeeded: formatCount(succeeded), failed: formatCount(failed) }
  return [
    [say('status.proxy'), status.proxyUrl],
    [say('status.control'), status.controlUrl],
    [say('status.data'), status.dataDirectory],
    [say('status.in-flight'), formatCount(status.inFlight)],
    [say('status.requests'), say('status.requests-text', requests)],
    [say('status.failover'), say('status.failover-text', { count: withFailedAttempt })],
    [say('status.storage'), storageText(status, text)],
    [say('status.vault'), vaultText(status, text)],
  ]
}

function storageText({ storage, unwrittenRecords }: DaemonStatus, { say }: Text): string {
  const state = storage.ok ? say('status.ok') : say('status.not-ok', { message: storage.message ?? '' })
  if (unwrittenRecords === 0) return state
  return `${state} ${say('status.unwritten', { records: formatCount(unwrittenRecords) })}`
}

function vaultText({ vault }: DaemonStatus, { say, spoken }: Text): string {
  const state = say('status.vault-text', {
    state: say(`vault-state.${vault.state}`),
    protection: say(`vault-protection.${vault.protection}`),
  })
  return vault.message === null ? state : `${state}. ${spoken(vault.message)}`
}
