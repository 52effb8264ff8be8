// `demo`: the product in twenty seconds: two simulated nodes, steady traffic, one is killed and comes back.
import type { Command } from 'commander'
import { HostError } from '../../host/host-error.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import { failure } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { hostFailure } from '../start-host.ts'
import { VERSION } from '../version.ts'

export function demoCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'demo',
    summary: shell.text.say('demo.summary'),
    examples: ['demo', 'demo --json'],
    run,
  })
}

async function run(call: Call): Promise<void> {
  // Loaded here, so that the commands that only ask a daemon do not load a proxy and a database.
  const [{ runDemo }, { createHost }] = await Promise.all([
    import('../../host/run-demo.ts'),
    import('../../host/create-host.ts'),
  ])
  const interruption = new AbortController()
  const unsubscribe = call.io.onStopSignal(() => interruption.abort())
  try {
    const write = (line: Spoken) => {
      if (!call.isJson) call.line(call.text.spoken(line))
    }
    const figures = await runDemo({ write, createHost, version: VERSION, signal: interruption.signal })
    if (call.isJson) call.json(figures)
    if (figures.failures > 0) throw failure('DEMO_FAILED', 'demo.failed', { count: figures.failures })
  } catch (error) {
    throw error instanceof HostError ? hostFailure(error) : error
  } finally {
    unsubscribe()
  }
}
