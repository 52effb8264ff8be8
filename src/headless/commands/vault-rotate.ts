// `vault rotate`: a new data key, and everything sealed anew with it.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'

export function vaultRotateCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'vault rotate',
    summary: shell.text.say('vault-rotate.summary'),
    examples: ['vault rotate', 'vault rotate --yes'],
    configure: (command) => command.option('-y, --yes', shell.text.say('option.yes')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const isYes = call.options.flag('yes') === true
  await confirm(call, { question: call.text.say('vault-rotate.question'), isYes })
  const result = await call.control(({ client }) => client.vault.rotate())
  if (call.isJson) return call.json(result)
  call.line(call.text.say('vault-rotate.done', { count: result.resealed }))
}
