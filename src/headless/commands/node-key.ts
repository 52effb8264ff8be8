// `node key …`: the keys of one node, one by one.
import type { Command } from 'commander'
import type { NodeView } from '../../shared/model/node-status.ts'
import { usageError } from '../cli-error.ts'
import { keyStandingText } from '../key-words.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { addKeySourceOptions, askNodeKey, readNodeKeys } from '../node-keys.ts'
import { name, wholeNumber } from '../option-parsers.ts'
import { confirm } from '../terminal/confirm.ts'
import { formatTable } from '../terminal/table.ts'

export function nodeKeyListCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node key list',
    summary: shell.text.say('node-key-list.summary'),
    examples: ['node key list relay-a'],
    configure: (command) => command.argument('<node>', shell.text.say('argument.ref')),
    run: async (call) => {
      const node = await call.control(({ client }) => client.nodes.get({ ref: call.args[0] ?? '' }))
      if (call.isJson) return call.json(node.keys)
      printKeys(call, node)
    },
  })
}

export function nodeKeyAddCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node key add',
    summary: shell.text.say('node-key-add.summary'),
    examples: ['node key add relay-a', 'node key add relay-a --key-env RELAY_A_SPARE --label spare'],
    configure: (command) => {
      command.argument('<node>', shell.text.say('argument.ref'))
      addKeySourceOptions(command, shell.text)
      command.option('--label <name>', shell.text.say('node-key-add.label'), name)
    },
    run: add,
  })
}

async function add(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const keys = (await readNodeKeys(call)) ?? (await askKey(call, ref))
  const label = call.options.text('label')
  if (label !== undefined && keys.length > 1) throw usageError('node-key-add.one-label')
  const node = await call.control(async ({ client }) => {
    // In their order, each its own change: a refusal says which one, and those before it stay.
    for (const key of keys) await client.nodes.keys.add({ ref, ...key, ...(label === undefined ? {} : { label }) })
    return client.nodes.get({ ref })
  })
  if (call.isJson) return call.json(node)
  call.line(call.text.say('node-key-add.done', { count: keys.length, name: node.name }))
  printKeys(call, node)
}

/** Nobody types a secret only to hear that there is no such node. */
async function askKey(call: Call, ref: string): ReturnType<typeof askNodeKey> {
  const { name: nodeName } = await call.control(({ client }) => client.nodes.get({ ref }))
  return askNodeKey(call, nodeName, { question: 'node-key-add.question', noTerminal: 'node-key-add.no-terminal' })
}

export function nodeKeyEditCommand(shell: Shell): Command {
  const { say } = shell.text
  return leafCommand(shell, {
    path: 'node key edit',
    summary: say('node-key-edit.summary'),
    examples: ['node key edit relay-a spare --disable', 'node key edit relay-a spare --position 1'],
    configure: (command) =>
      command
        .argument('<node>', say('argument.ref'))
        .argument('<key>', say('argument.node-key'))
        .option('--label <name>', say('node-key-edit.label'), name)
        .option('--position <n>', say('node-key-edit.position'), wholeNumber('--position', { min: 1, max: 100 }))
        .option('--enable', say('node-key-edit.enable'))
        .option('--disable', say('node-key-edit.disable')),
    run: edit,
  })
}

async function edit(call: Call): Promise<void> {
  const { options } = call
  const [ref = '', key = ''] = call.args
  const isEnabled = options.flag('enable') === true
  const isDisabled = options.flag('disable') === true
  if (isEnabled && isDisabled) throw usageError('usage.one-of', { options: '--enable, --disable' })
  const change = {
    label: options.text('label'),
    position: options.number('position'),
    enabled: isEnabled || isDisabled ? isEnabled : undefined,
  }
  if (Object.values(change).every((value) => value === undefined)) {
    throw usageError('usage.nothing-to-change', { command: call.command('node key edit') })
  }
  const node = await call.control(({ client }) => client.nodes.keys.update({ ref, key, ...change }))
  if (call.isJson) return call.json(node)
  call.line(call.text.say('node-key-edit.done', { key: change.label ?? key, name: node.name }))
  printKeys(call, node)
}

export function nodeKeyRemoveCommand(shell: Shell): Command {
  const { say } = shell.text
  return leafCommand(shell, {
    path: 'node key remove',
    summary: say('node-key-remove.summary'),
    examples: ['node key remove relay-a spare --yes'],
    configure: (command) =>
      command
        .argument('<node>', say('argument.ref'))
        .argument('<key>', say('argument.node-key'))
        .option('-y, --yes', say('option.yes')),
    run: remove,
  })
}

async function remove(call: Call): Promise<void> {
  const [ref = '', key = ''] = call.args
  // Asked about what there is: a wrong name is said before the question, not after the answer.
  const { name: nodeName } = await call.control(({ client }) => client.nodes.get({ ref }))
  const question = call.text.say('node-key-remove.question', { key, name: nodeName })
  await confirm(call, { question, isYes: call.options.flag('yes') === true })
  const node = await call.control(({ client }) => client.nodes.keys.remove({ ref, key }))
  if (call.isJson) return call.json(node)
  call.line(call.text.say('node-key-remove.done', { key, name: node.name }))
}

function printKeys(call: Call, node: NodeView): void {
  const { say } = call.text
  if (node.keys.length === 0) return call.line(say('node-key-list.empty', { name: node.name }))
  const columns = [
    { header: say('column.label'), shrinkTo: 12 },
    { header: say('column.key') },
    { header: say('column.state'), shrinkTo: 20, wraps: true },
  ]
  const moments = { nowMs: call.io.nowMs(), text: call.text }
  const rows = node.keys.map((key) => [key.label, `…${key.last4}`, keyStandingText(key, moments)])
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}
