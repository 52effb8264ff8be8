// `key edit`, `key enable`, `key disable`: changes what a client key may.
import type { Command } from 'commander'
import { usageError } from '../cli-error.ts'
import { addKeyClearingOptions, addKeyLimitOptions, readKeyLimits } from '../key-options.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { name } from '../option-parsers.ts'
import type { TextKey } from '../text/catalogue.ts'

export function keyEditCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'key edit',
    summary: shell.text.say('key-edit.summary'),
    examples: ['key edit laptop --pool team --pool default', 'key edit laptop --no-pin --expires 90d'],
    configure: (command) => {
      command
        .argument('<key>', shell.text.say('argument.ref'))
        .option('--name <name>', shell.text.say('option.new-name'), name)
      addKeyLimitOptions(command, shell.text)
      addKeyClearingOptions(command, shell.text)
    },
    run: edit,
  })
}

async function edit(call: Call): Promise<void> {
  const change = { name: call.options.text('name'), ...readKeyLimits(call) }
  if (Object.values(change).every((value) => value === undefined)) {
    throw usageError('usage.nothing-to-change', { command: call.command('key edit') })
  }
  const key = await call.control(({ client }) => client.clientKeys.update({ ref: call.args[0] ?? '', ...change }))
  if (call.isJson) return call.json(key)
  call.line(call.text.say('key-edit.done', { name: key.name }))
}

export function keyEnableCommand(shell: Shell): Command {
  return switchCommand(shell, {
    path: 'key enable',
    enabled: true,
    summary: 'key-enable.summary',
    done: 'key-enable.done',
  })
}

export function keyDisableCommand(shell: Shell): Command {
  return switchCommand(shell, {
    path: 'key disable',
    enabled: false,
    summary: 'key-disable.summary',
    done: 'key-disable.done',
  })
}

type Switch = { readonly path: string; readonly enabled: boolean; readonly summary: TextKey; readonly done: TextKey }

function switchCommand(shell: Shell, { path, enabled, summary, done }: Switch): Command {
  return leafCommand(shell, {
    path,
    summary: shell.text.say(summary),
    examples: [`${path} laptop`],
    configure: (command) => command.argument('<key>', shell.text.say('argument.ref')),
    run: async (call) => {
      const key = await call.control(({ client }) => client.clientKeys.update({ ref: call.args[0] ?? '', enabled }))
      if (call.isJson) return call.json(key)
      call.line(call.text.say(done, { name: key.name }))
    },
  })
}
