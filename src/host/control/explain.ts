// Explain: for a pool and a model, which node would be chosen now, and why.
import type { Explanation } from '../../shared/contract/explanation.ts'
import { DEFAULT_POOL } from '../../shared/model/pool.ts'
import type { ControlServices } from './control-services.ts'
import { notFound } from './find-by-ref.ts'

export function explain(
  { registry, engine }: Pick<ControlServices, 'registry' | 'engine'>,
  query: { readonly model: string; readonly pool?: string | undefined },
): Explanation {
  const pool = query.pool ?? DEFAULT_POOL
  const { stored, demo } = registry.latest()
  const names = [...stored.pools, ...demo.pools].map((known) => known.name)
  if (!names.includes(pool)) throw notFound('pool', pool, names)
  return engine.explain({ pool, model: query.model })
}
