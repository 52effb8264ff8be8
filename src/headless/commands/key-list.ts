// `key list`: the local keys, without their secrets.
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { formatTable } from '../terminal/table.ts'
import { formatDate } from '../terminal/times.ts'

export function keyListCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'key list',
    summary: 'List the local keys. Their secrets are not kept and cannot be shown.',
    examples: ['key list', 'key list --json'],
    run,
  })
}

const columns = [
  { header: 'NAME', shrinkTo: 16 },
  { header: 'KEY' },
  { header: 'POOL', shrinkTo: 8 },
  { header: 'STATE' },
  { header: 'CREATED' },
]

async function run(call: Call): Promise<void> {
  const keys = await call.control(({ client }) => client.clientKeys.list())
  if (call.isJson) return call.json(keys)
  if (keys.length === 0)
    return call.line(`There are no local keys. Create one: ${call.command('key create --name laptop')}`)
  const rows = keys.map((key) => [
    key.name,
    `…${key.last4}`,
    key.pool,
    key.enabled ? 'enabled' : 'disabled',
    formatDate(key.createdAtMs),
  ])
  for (const line of formatTable(columns, rows, { width: call.io.columns, paint: call.paint })) call.line(line)
}
