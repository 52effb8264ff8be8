// The class of an HTTP status when the body says nothing (the left half of the table in policies §3).
import type { ErrorClass } from '../../shared/model/outcome.ts'

/** Total: every number has a class. `retryOnStatus` adds server errors, it never takes a special treatment away. */
export function classOfStatus(status: number, retryOnStatus: readonly number[]): ErrorClass {
  const builtIn = builtInClass(status)
  return replaceable.has(builtIn) && retryOnStatus.includes(status) ? 'server' : builtIn
}

/** The client's own errors, and 501 and 505. The others have a treatment that moves on already: a key or a node to set aside. */
const replaceable: ReadonlySet<ErrorClass> = new Set(['client', 'client-perhaps', 'client-recoverable', 'not-offered'])

function builtInClass(status: number): ErrorClass {
  const special = specialStatuses.get(status)
  if (special !== undefined) return special
  // Nothing below 300 arrives here as an error; if it does, it was no answer.
  if (status < 300) return 'false-success'
  if (status < 400) return 'wrong-path'
  return status < 500 ? 'client' : 'server'
}

const specialStatuses: ReadonlyMap<number, ErrorClass> = new Map([
  [400, 'client-perhaps'],
  [401, 'credential'],
  [402, 'out-of-funds'],
  [403, 'credential'],
  [404, 'wrong-path'],
  [408, 'server'],
  [413, 'client-recoverable'],
  [422, 'client-perhaps'],
  [425, 'server'],
  [429, 'throttled'],
  [501, 'not-offered'],
  [505, 'not-offered'],
  [529, 'overload'],
])
