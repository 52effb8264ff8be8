// Explain: for a pool or a client key, and a model, which node would be chosen now, and why.
import type { Explanation } from '../../shared/contract/explanation.ts'
import { allowsModel, type ClientKey, isExpired } from '../../shared/model/client-key.ts'
import { DEFAULT_POOL } from '../../shared/model/pool.ts'
import type { Protocol } from '../../shared/model/protocol.ts'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { findByRef, notFound } from './find-by-ref.ts'

export type ExplainInput = {
  readonly model: string
  readonly protocol: Protocol
  readonly pool?: string | undefined
  readonly clientKey?: string | undefined
}

export function explain(
  { registry, engine, clock }: Pick<ControlServices, 'registry' | 'engine' | 'clock'>,
  { model, protocol, pool, clientKey }: ExplainInput,
): Explanation {
  const { stored, demo } = registry.latest()
  if (clientKey === undefined) {
    const name = pool ?? DEFAULT_POOL
    const names = [...stored.pools, ...demo.pools].map((known) => known.name)
    if (!names.includes(name)) throw notFound('pool', name, names)
    return engine.explain({ pools: [name], pinned: null, model, protocol })
  }
  if (pool !== undefined) throw new ControlError('REFUSED', 'explain-pool-and-client-key')
  const key = findByRef([...stored.clientKeys, ...demo.clientKeys], clientKey, 'client-key')
  const refused = refusalOf(key, model, clock.wallMs())
  if (refused !== null) return { pools: key.pools, model, protocol, refused, chosen: null, nodes: [] }
  return engine.explain({ pools: key.pools, pinned: key.pinned, model, protocol })
}

const MODELS_SHOWN_MAX = 10

/** What the engine asks of a key before it looks for nodes, in the same order. */
function refusalOf(key: ClientKey, model: string, wallMs: number): Spoken | null {
  const { name, enabled, expiresAtMs, models } = key
  if (!enabled) return speak('client-key-disabled', { name })
  if (expiresAtMs !== null && isExpired(key, wallMs)) {
    return speak('client-key-expired', { name, at: new Date(expiresAtMs).toISOString() })
  }
  if (allowsModel(key, model)) return null
  const shown = [...models.slice(0, MODELS_SHOWN_MAX), ...(models.length > MODELS_SHOWN_MAX ? ['…'] : [])]
  return speak('client-key-model-not-allowed', { name, model, models: shown.join(', ') })
}
