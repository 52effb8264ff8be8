// `key revoke`: a local key stops working.
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { confirm } from '../terminal/confirm.ts'

export function keyRevokeCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'key revoke',
    summary: 'Revoke a local key: tools that use it are refused from now on. Asks first.',
    examples: ['key revoke laptop', 'key revoke laptop --yes'],
    configure: (command) => command.argument('<key>', 'its name or id').option('-y, --yes', 'do not ask'),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const ref = call.args[0] ?? ''
  const isYes = call.options.flag('yes') === true
  await confirm(call.io, { question: `Revoke the local key ${ref}?`, isYes })
  const result = await call.control(({ client }) => client.clientKeys.revoke({ ref }))
  if (call.isJson) return call.json(result)
  call.line(`Revoked the local key ${ref}. Tools that use it get 401 from now on.`)
}
