// `demo`: the product in twenty seconds: two simulated nodes, steady traffic, one is killed and comes back.
import type { Command } from 'commander'
import { HostError } from '../../host/host-error.ts'
import { failure } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type Call, leafCommand } from '../leaf-command.ts'
import { hostFailure } from '../start-host.ts'
import { VERSION } from '../version.ts'

export function demoCommand(io: CliIo): Command {
  return leafCommand(io, {
    path: 'demo',
    summary:
      'Show failover in 20 seconds: two simulated nodes, steady traffic, one is killed. Uses a data directory of its own and removes it.',
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
    const write = call.isJson ? () => undefined : call.line
    const figures = await runDemo({ write, createHost, version: VERSION, signal: interruption.signal })
    if (call.isJson) call.json(figures)
    if (figures.failures > 0)
      throw failure('DEMO_FAILED', `The client saw ${figures.failures} failures: it should see none.`)
  } catch (error) {
    throw error instanceof HostError ? hostFailure(error) : error
  } finally {
    unsubscribe()
  }
}
