// `key create`: a client key for a tool, and the lines to paste.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import { addKeyLimitOptions, readKeyLimits } from '../key-options.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { name } from '../option-parsers.ts'
import { toolLines } from '../tool-lines.ts'
import { proxyWarning } from '../tool-variables.ts'

export function keyCreateCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'key create',
    summary: shell.text.say('key-create.summary'),
    examples: [
      'key create --name laptop',
      'key create --name ci --pool team --pool default --expires 30d',
      "key create --name cheap --model '*haiku*' --pin relay-a",
    ],
    configure: (command) => {
      command.requiredOption('--name <name>', shell.text.say('option.name'), name)
      addKeyLimitOptions(command, shell.text)
    },
    run,
  })
}

async function run(call: Call): Promise<void> {
  const keyName = call.options.text('name')
  if (keyName === undefined) {
    throw usageError('usage.option-required', { option: '--name', command: call.command('key create') })
  }
  const limits = readKeyLimits(call)
  const { created, status } = await call.control(async ({ client }) => ({
    // First, so that a key whose address cannot be shown is not made.
    status: await client.status(),
    created: await client.clientKeys.create({ name: keyName, ...limits }),
  }))
  const { key, clientKey } = created
  const baseUrl = status.proxyUrl
  if (call.isJson) return call.json({ key, baseUrl, ...clientKey })

  const { say } = call.text
  const pools = clientKey.pools.join(', ')
  const nodes = status.nodes.filter((node) => clientKey.pools.some((pool) => node.pools.includes(pool)))
  call.line(say('key-create.done', { name: clientKey.name, pools }))
  call.line(`\n  ${key}`)
  const access = { baseUrl, key, io: call.io, text: call.text }
  const protocols = nodes.map(({ protocol }) => protocol)
  for (const line of toolLines(protocols, access)) call.line(line)
  for (const line of proxyWarning(call.io.environment, call.text)) call.line(line)
  if (nodes.length === 0) {
    const command = call.command('node add --name NAME --url URL')
    call.line(`\n${say('key-create.no-node', { count: clientKey.pools.length, pools, command })}`)
  }
}
