// `key revoke`: a client key stops working.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'

export function keyRevokeCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'key revoke',
    summary: shell.text.say('key-revoke.summary'),
    examples: ['key revoke laptop', 'key revoke laptop --yes'],
    configure: (command) =>
      command.argument('<key>', shell.text.say('argument.ref')).option('-y, --yes', shell.text.say('option.yes')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const isYes = call.options.flag('yes') === true
  // Asked about what there is: a wrong name is said before the question, not after the answer.
  const { name } = await call.control(({ client }) => client.clientKeys.get({ ref }))
  await confirm(call, { question: call.text.say('key-revoke.question', { name }), isYes })
  const result = await call.control(({ client }) => client.clientKeys.revoke({ ref }))
  if (call.isJson) return call.json(result)
  call.line(call.text.say('key-revoke.done', { name }))
}
