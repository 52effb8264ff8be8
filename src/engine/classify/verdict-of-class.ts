// What follows from each error class: breaker, move, what is set aside (the right half of the table in policies §3).
import { assertNever } from '../../shared/assert-never.ts'
import type { ErrorClass } from '../../shared/model/outcome.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { SetAside, Verdict } from './verdict.ts'

export type Consequence = Pick<Verdict, 'breaker' | 'move' | 'setAside' | 'secondRound'>

type Circumstances = {
  readonly settings: Settings
  /** As sent to the node; a gap without a model cannot be remembered. */
  readonly model: string | null
  /** Capped; null when the node named none. */
  readonly retryAfterMs: number | null
}

export function consequenceOf(errorClass: ErrorClass, given: Circumstances): Consequence {
  const { settings, model, retryAfterMs } = given
  switch (errorClass) {
    case 'network':
      return { ...nextNode, breaker: 'failure', secondRound: true }
    case 'server':
    case 'masked-server-error':
      return { ...nextNode, breaker: 'failure', secondRound: true, setAside: cooling(retryAfterMs) }
    case 'slow':
    case 'false-success':
      return { ...nextNode, breaker: 'failure' }
    case 'overload':
      // "Retry-After: 0" of an overloaded node is a wish, not a fact.
      return { ...nextNode, breaker: 'half-failure', setAside: cooling(retryAfterMs || settings.overloadCooldownMs) }
    case 'throttled':
      return { ...nextNode, move: 'next-key', setAside: { what: 'key', as: 'throttled', forMs: retryAfterMs || null } }
    case 'out-of-funds':
      return { ...nextNode, setAside: { what: 'node', as: 'parked', forMs: settings.parkMs } }
    case 'credential':
      return { ...nextNode, move: 'next-key', setAside: { what: 'key', as: 'refused', forMs: settings.keyAsideMs } }
    case 'model-gap':
      return { ...nextNode, setAside: model === null ? null : { what: 'model', as: 'gap', forMs: settings.modelGapMs } }
    case 'offline':
    case 'passed-over':
      // Nothing was sent and nobody is to blame: the same node may be right the next time.
      return { ...nextNode, secondRound: true }
    case 'not-offered':
    case 'firewall':
    case 'wrong-path':
      return nextNode
    case 'rectifiable':
      return { ...nextNode, move: 'rectify' }
    case 'client-perhaps':
      return { ...nextNode, move: 'other-origin-once' }
    case 'client-recoverable':
    case 'client':
      return { ...nextNode, move: 'pass-on' }
    case 'truncated':
      return { ...nextNode, move: 'stop', breaker: 'failure' }
    case 'cancelled':
      return { ...nextNode, move: 'stop' }
    default:
      return assertNever(errorClass)
  }
}

const nextNode: Consequence = { breaker: 'none', move: 'next-node', setAside: null, secondRound: false }

function cooling(forMs: number | null): SetAside | null {
  return forMs === null || forMs === 0 ? null : { what: 'node', as: 'cooling', forMs }
}
