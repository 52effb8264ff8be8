// `key list`: the client keys, without their secrets.
import type { Command } from 'commander'
import type { ClientKey } from '../../shared/model/client-key.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import type { Cell } from '../terminal/table.ts'
import { formatTable } from '../terminal/table.ts'
import { formatDate } from '../terminal/times.ts'

export function keyListCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'key list',
    summary: shell.text.say('key-list.summary'),
    examples: ['key list', 'key list --json'],
    run,
  })
}

async function run(call: Call): Promise<void> {
  const { keys, nodes } = await call.control(async ({ client }) => ({
    keys: await client.clientKeys.list(),
    nodes: await client.nodes.list(),
  }))
  if (call.isJson) return call.json(keys)
  const { say } = call.text
  if (keys.length === 0) return call.line(say('key-list.empty', { command: call.command('key create --name laptop') }))
  const columns = [
    { header: say('column.name'), shrinkTo: 12 },
    { header: say('column.key') },
    { header: say('column.pools'), shrinkTo: 8 },
    { header: say('key-list.models'), shrinkTo: 8 },
    { header: say('key-list.pinned'), shrinkTo: 8 },
    { header: say('column.state') },
    { header: say('column.expires') },
    { header: say('column.created') },
  ]
  const rows = keys.map((key) => [
    key.name,
    `…${key.last4}`,
    key.pools.join(', '),
    key.models.join(', '),
    pinnedText(key, new Map(nodes.map(({ id, name }) => [id, name])), say('key-list.strict')),
    stateCell(key, call),
    key.expiresAtMs === null ? '' : formatDate(key.expiresAtMs),
    formatDate(key.createdAtMs),
  ])
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}

function pinnedText({ pinned }: ClientKey, names: ReadonlyMap<string, string>, strict: string): string {
  if (pinned === null) return ''
  const name = names.get(pinned.nodeId) ?? pinned.nodeId
  return pinned.strict ? `${name} (${strict})` : name
}

function stateCell(key: ClientKey, { text, io }: Call): Cell {
  if (!key.enabled) return { text: text.say('word.disabled'), colour: 'faint' }
  const isExpired = key.expiresAtMs !== null && key.expiresAtMs <= io.nowMs()
  return isExpired ? { text: text.say('word.expired'), colour: 'bad' } : text.say('word.enabled')
}
