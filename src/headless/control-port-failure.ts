// Why the control port could not be had, in a sentence that says who has it and what to do.
import { findPortOwner, type PortOwner } from '../host/describe-port-owner.ts'
import { failure } from './cli-error.ts'

/** Errors that are not about the port come back as they are. */
export async function controlPortFailure(error: unknown, port: number): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return failure('PORT_IN_USE', inUseMessage(port, await findPortOwner(port)))
  if (code === 'EACCES') {
    return failure(
      'PORT_REFUSED',
      `The system does not let this user have the control port ${port}: choose one above 1023 with --control-port.`,
    )
  }
  return error
}

function inUseMessage(port: number, owner: PortOwner): string {
  const advice = 'or start this one with another --control-port'
  switch (owner.kind) {
    case 'switchyard': {
      const pid = owner.pid === null ? '' : ` (pid ${owner.pid})`
      return `The control port ${port} is in use by another Switchyard${pid}. Use that one, stop it, ${advice} and its own --data-dir.`
    }
    case 'program':
      return `The control port ${port} is in use by ${owner.name} (pid ${owner.pid}). Stop it, ${advice}.`
    case 'unknown':
      return `The control port ${port} is in use by another program. Stop it, ${advice}.`
  }
}
