// Starts the host and turns its refusals into ours.

import type { Host, HostOptions } from '../host/host.ts'
import { HostError } from '../host/host-error.ts'
import { type CliError, failureSaid } from './cli-error.ts'
import { VERSION } from './version.ts'

export async function startHost(options: Omit<HostOptions, 'version'>): Promise<Host> {
  // Loaded here, so that the commands that only ask a daemon do not load a proxy and a database.
  const { createHost } = await import('../host/create-host.ts')
  try {
    return await createHost({ ...options, version: VERSION })
  } catch (error) {
    throw error instanceof HostError ? hostFailure(error) : error
  }
}

/** Rejects with RECORDS_LOST, the host stopped all the same, when the database did not take the last records. */
export async function stopHost(host: Pick<Host, 'stop'>): Promise<void> {
  try {
    await host.stop()
  } catch (error) {
    throw error instanceof HostError ? hostFailure(error) : error
  }
}

/** `port-in-use` becomes PORT_IN_USE: the codes of the command line are in capitals, like those of the control API. */
export function hostFailure(error: HostError): CliError {
  return failureSaid(error.code.toUpperCase().replaceAll('-', '_'), { spoken: error.spoken, lines: error.lines })
}
