// Whose fault a failed connect is, by its code: the node's, this computer's, or the address check's.
import type { ErrorClass } from '../../shared/model/outcome.ts'
import { ADDRESS_REFUSED } from '../upstream/address-check.ts'

/**
 * EHOSTUNREACH is the node's: the network is there, this one host does not answer in it. ENOTFOUND too: a resolver has
 * answered. A resolver that cannot be reached is EAI_AGAIN.
 */
export function classOfConnectCode(code: string): ErrorClass {
  if (code === ADDRESS_REFUSED) return 'wrong-path'
  return localCodes.has(code) ? 'offline' : 'network'
}

/** No route, no network, no resolver, no address of our own; or no sockets left. No node is to blame for these. */
const localCodes: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
])
