// `key list`: the client keys, without their secrets.
import type { Command } from 'commander'
import type { ClientKey } from '../../shared/model/client-key.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import type { Cell } from '../terminal/table.ts'
import { formatTable } from '../terminal/table.ts'
import { formatDate, formatDue, type Moments } from '../terminal/times.ts'

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
    { header: say('key-list.models'), shrinkTo: 8, drop: 2 },
    { header: say('key-list.pinned'), shrinkTo: 8, drop: 3 },
    { header: say('column.state') },
    { header: say('column.expires') },
    { header: say('column.created'), drop: 1 },
  ]
  const rows = keys.map((key) => [
    key.name,
    `…${key.last4}`,
    key.pools.join(', '),
    key.models.join(', '),
    pinnedText(key, new Map(nodes.map(({ id, name }) => [id, name])), say('key-list.strict')),
    stateCell(key, call),
    expiryText(key, { nowMs: call.io.nowMs(), text: call.text }),
    formatDate(key.createdAtMs),
  ])
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}

function pinnedText({ pinned }: ClientKey, names: ReadonlyMap<string, string>, strict: string): string {
  if (pinned === null) return ''
  const name = names.get(pinned.nodeId) ?? pinned.nodeId
  return pinned.strict ? `${name} (${strict})` : name
}

const SOON_MS = 2 * 86_400_000

/** The day, or how long it is still good when the day would not say. */
function expiryText({ expiresAtMs }: ClientKey, moments: Moments): string {
  if (expiresAtMs === null) return ''
  const restMs = expiresAtMs - moments.nowMs
  return restMs > 0 && restMs < SOON_MS ? formatDue(expiresAtMs, moments) : formatDate(expiresAtMs)
}

function stateCell(key: ClientKey, { text, io }: Call): Cell {
  if (!key.enabled) return { text: text.say('word.disabled'), colour: 'faint' }
  const isExpired = key.expiresAtMs !== null && key.expiresAtMs <= io.nowMs()
  return isExpired ? { text: text.say('word.expired'), colour: 'bad' } : text.say('word.enabled')
}
