// `pool …`: named sets of nodes.
import type { Command } from 'commander'
import type { PoolView } from '../../shared/contract/pools.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'
import { labelledLines } from '../terminal/hanging-lines.ts'
import { formatTable } from '../terminal/table.ts'
import type { Text } from '../text/text.ts'

export function poolListCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'pool list',
    summary: shell.text.say('pool-list.summary'),
    examples: ['pool list', 'pool list --json'],
    run: list,
  })
}

async function list(call: Call): Promise<void> {
  const pools = await call.control(({ client }) => client.pools.list())
  if (call.isJson) return call.json(pools)
  const { say } = call.text
  const columns = [
    { header: say('column.pool'), shrinkTo: 12 },
    { header: say('column.active'), shrinkTo: 10 },
    { header: say('column.nodes'), shrinkTo: 16 },
    { header: say('column.client-keys'), shrinkTo: 12 },
  ]
  const rows = pools.map((pool) => [
    pool.name,
    pool.active ?? say('word.none'),
    listed(pool.nodes, call.text),
    listed(pool.clientKeys, call.text),
  ])
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}

export function poolShowCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'pool show',
    summary: shell.text.say('pool-show.summary'),
    examples: ['pool show default'],
    configure: (command) => command.argument('<pool>', shell.text.say('argument.pool')),
    run: async (call) => {
      const pool = await call.control(({ client }) => client.pools.get({ name: call.args[0] ?? '' }))
      if (call.isJson) return call.json(pool)
      call.line(call.paint(pool.name, 'strong'))
      for (const line of labelledLines(describe(pool, call.text), call.style())) call.line(line)
    },
  })
}

function describe(pool: PoolView, text: Text): readonly (readonly [string, string])[] {
  return [
    [text.say('pool-show.strategy'), pool.strategy],
    [text.say('pool-show.active'), pool.active ?? text.say('word.none')],
    [text.say('pool-show.nodes'), listed(pool.nodes, text)],
    [text.say('pool-show.client-keys'), listed(pool.clientKeys, text)],
  ]
}

export function poolCreateCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'pool create',
    summary: shell.text.say('pool-create.summary'),
    examples: ['pool create team'],
    configure: (command) => command.argument('<pool>', shell.text.say('argument.new-pool')),
    run: async (call) => {
      const pool = await call.control(({ client }) => client.pools.create({ name: call.args[0] ?? '' }))
      if (call.isJson) return call.json(pool)
      call.line(call.text.say('pool-create.done', { name: pool.name }))
      call.line(`  ${call.command(`node edit NODE --pool ${pool.name}`)}`)
    },
  })
}

export function poolRemoveCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'pool remove',
    summary: shell.text.say('pool-remove.summary'),
    examples: ['pool remove team --yes'],
    configure: (command) =>
      command.argument('<pool>', shell.text.say('argument.pool')).option('-y, --yes', shell.text.say('option.yes')),
    run: remove,
  })
}

async function remove(call: Call): Promise<void> {
  // Asked about what there is: a wrong name is said before the question, not after the answer.
  const { name } = await call.control(({ client }) => client.pools.get({ name: call.args[0] ?? '' }))
  const question = call.text.say('pool-remove.question', { name })
  await confirm(call, { question, isYes: call.options.flag('yes') === true })
  const result = await call.control(({ client }) => client.pools.remove({ name }))
  if (call.isJson) return call.json(result)
  call.line(call.text.say('pool-remove.done', { name: result.removed }))
}

function listed(names: readonly string[], { say }: Text): string {
  return names.length === 0 ? say('word.none') : names.join(', ')
}
