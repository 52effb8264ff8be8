// `key create`: a local key for a tool, and the lines to paste.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { name } from '../option-parsers.ts'
import { proxyWarning, settingsLines, shellLines, toolVariables } from '../tool-variables.ts'

export function keyCreateCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'key create',
    summary: 'Create a local key for a tool. It is shown this once.',
    examples: ['key create --name laptop', 'key create --name ci --pool team --json'],
    configure: (command) =>
      command
        .requiredOption('--name <name>', 'what it is called', name)
        .option('--pool <name>', 'the nodes it uses (default: the pool default)', name),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const keyName = call.options.text('name')
  if (keyName === undefined) throw usageError('A local key needs --name.')
  const { created, status } = await call.control(async ({ client }) => ({
    // First, so that a key whose address cannot be shown is not made.
    status: await client.status(),
    created: await client.clientKeys.create({ name: keyName, pool: call.options.text('pool') }),
  }))
  const { key, clientKey } = created
  const baseUrl = status.proxyUrl
  if (call.isJson) return call.json({ key, baseUrl, ...clientKey })

  const variables = toolVariables({ baseUrl, key, environment: call.io.environment })
  call.line(`Local key ${clientKey.name} for the pool ${clientKey.pool}, shown this once:`)
  call.line(`\n  ${key}\n`)
  call.line('For one terminal:\n')
  for (const line of shellLines(variables, call.io.platform)) call.line(`  ${line}`)
  call.line('\nOr for every session of Claude Code, in ~/.claude/settings.json:\n')
  for (const line of settingsLines(variables)) call.line(`  ${line}`)
  for (const line of proxyWarning(call.io.environment)) call.line(line)
  if (!status.nodes.some((node) => node.pools.includes(clientKey.pool))) {
    call.line(`\nThe pool ${clientKey.pool} has no node yet: ${call.command('node add --name NAME --url URL')}`)
  }
}
