// The head of a request, as the protocols are told it.
import type { IncomingMessage } from 'node:http'
import type { RequestHead } from '../protocols/protocol.ts'
import { splitTarget } from '../upstream/target.ts'

export function headOf({ method = 'GET', url = '/', headers }: IncomingMessage): RequestHead {
  return { method, ...splitTarget(url), headers }
}
