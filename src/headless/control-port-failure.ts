// Why the control port could not be had, in a sentence that says who has it and what to do.
import { findPortOwner, portInUse } from '../host/describe-port-owner.ts'
import { speak } from '../shared/text/speak.ts'
import { failureSaid } from './cli-error.ts'

/** Errors that are not about the port come back as they are. */
export async function controlPortFailure(error: unknown, port: number): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const choice = { port, option: '--control-port' }
  if (code === 'EADDRINUSE') {
    return failureSaid('PORT_IN_USE', { spoken: portInUse(await findPortOwner(port), choice) })
  }
  return code === 'EACCES' ? failureSaid('PORT_REFUSED', { spoken: speak('port-refused', choice) }) : error
}
