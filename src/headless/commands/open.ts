// `open`: prints the one-time link a browser signs in with.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { formatClock } from '../terminal/times.ts'

export function openCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'open',
    summary: shell.text.say('open.summary'),
    examples: ['open', 'open --json'],
    run,
  })
}

async function run(call: Call): Promise<void> {
  const issued = await call.control(({ client }) => client.session.createCode())
  if (call.isJson) return call.json(issued)
  const { say } = call.text
  call.line(say('open.link', { until: formatClock(issued.expiresAtMs) }))
  call.line()
  call.line(`  ${issued.url}`)
  call.line()
  // Goes when the control port serves a page.
  call.line(say('open.no-page', { command: call.command('--help') }))
}
