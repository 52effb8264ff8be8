// What a client key may be limited to beyond the shape of its fields; each refusal says what to do.
import type { CreateClientKeyInput } from '../../shared/contract/client-keys.ts'
import type { ClientKey } from '../../shared/model/client-key.ts'
import type { Node } from '../../shared/model/node.ts'
import { DEMO_POOL } from '../../shared/model/pool.ts'
import { ControlError } from './control-error.ts'
import { findByRef, nearNames } from './find-by-ref.ts'

export type KeyLimits = Pick<ClientKey, 'pools' | 'models' | 'pinned' | 'expiresAtMs' | 'enabled'>
type LimitsInput = Omit<CreateClientKeyInput, 'name'>

export type KeyRuleContext = {
  /** Names of the stored pools. */
  readonly pools: readonly string[]
  readonly nodes: readonly Node[]
  readonly wallMs: number
}

/** The limits among `input` that were given, over `base`, as they are stored. What is not given is not looked at: it was right when it came. */
export function mergeLimits(base: KeyLimits, input: LimitsInput, context: KeyRuleContext): KeyLimits {
  return {
    pools: input.pools === undefined ? base.pools : checkPools(input.pools, context.pools),
    models: input.models === undefined ? base.models : checkModels(input.models),
    pinned: input.pinned === undefined ? base.pinned : findPinned(input.pinned, context.nodes),
    expiresAtMs: input.expiresAtMs === undefined ? base.expiresAtMs : checkExpiry(input.expiresAtMs, base, context),
    enabled: input.enabled ?? base.enabled,
  }
}

/** As they are written where they exist. */
function checkPools(wanted: readonly string[], names: readonly string[]): string[] {
  const pools: string[] = []
  for (const pool of wanted) {
    const known = names.find((name) => name === pool) ?? names.find((name) => name.toLowerCase() === pool.toLowerCase())
    if (known === undefined) throw unknownPool(pool, names)
    if (pools.includes(known)) throw new ControlError('REFUSED', 'client-key-pool-twice', { pool: known })
    pools.push(known)
  }
  return pools
}

function unknownPool(pool: string, names: readonly string[]): ControlError {
  if (pool.toLowerCase() === DEMO_POOL) {
    return new ControlError('REFUSED', 'client-key-pool-demo', { pool: DEMO_POOL, names: names.join(', ') })
  }
  const near = nearNames(pool, names).map((name) => `"${name}"`)
  return near.length > 0
    ? new ControlError('REFUSED', 'client-key-pool-unknown-near', { pool, names: near.join(', ') })
    : new ControlError('REFUSED', 'client-key-pool-unknown', { pool, names: names.join(', ') })
}

/** Where several were given as one, or a space came along; no model has such a name. */
const NOT_ONE_NAME = /^\s|\s$|[\p{Cc},;]/u
/** Wildcards of other pattern languages. They would be taken word for word, and a list that seems to forbid would allow. */
const OTHER_WILDCARDS = /[?{}^$|]|^!/

function checkModels(models: readonly string[]): string[] {
  for (const model of models) {
    if (NOT_ONE_NAME.test(model)) throw new ControlError('REFUSED', 'client-key-model-characters', { model })
    if (OTHER_WILDCARDS.test(model)) throw new ControlError('REFUSED', 'client-key-model-wildcard', { model })
  }
  return [...new Set(models)]
}

function findPinned(pinned: NonNullable<LimitsInput['pinned']> | null, nodes: readonly Node[]): KeyLimits['pinned'] {
  if (pinned === null) return null
  const node = findByRef(nodes, pinned.node, 'node')
  // It comes and goes with the mode of the start, and the key would be left with a pin on nobody.
  if (node.simulated) throw new ControlError('REFUSED', 'client-key-pin-simulated', { node: node.name })
  return { nodeId: node.id, strict: pinned.strict }
}

/**
 * A time that has passed would end the key this very moment: more often a slip of the date than meant, and disabling
 * says it plainly. The time that an expired key has already may be given again with its other fields.
 */
function checkExpiry(expiresAtMs: number | null, base: KeyLimits, { wallMs }: KeyRuleContext): number | null {
  if (expiresAtMs !== null && expiresAtMs !== base.expiresAtMs && expiresAtMs <= wallMs) {
    throw new ControlError('REFUSED', 'client-key-expiry-past', { at: new Date(expiresAtMs).toISOString() })
  }
  return expiresAtMs
}
