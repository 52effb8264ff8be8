// Pools: list, get, create, remove. What is in one is the nodes' own business.
import type { PoolView } from '../../shared/contract/pools.ts'
import type { ClientKey } from '../../shared/model/client-key.ts'
import type { Node } from '../../shared/model/node.ts'
import type { NodeStatus } from '../../shared/model/node-status.ts'
import { DEFAULT_POOL, DEMO_POOL, type Pool } from '../../shared/model/pool.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { notFound } from './find-by-ref.ts'

export type PoolControl = {
  readonly list: () => PoolView[]
  readonly get: (name: string) => PoolView
  readonly create: (name: string) => Promise<PoolView>
  readonly remove: (name: string) => Promise<{ readonly removed: string }>
}

export function createPoolControl(services: ControlServices): PoolControl {
  const { storage, registry, engine, changes } = services

  function parts(): Parts {
    const { stored, demo } = registry.latest()
    return {
      pools: [...stored.pools, ...demo.pools],
      nodes: [...stored.nodes, ...demo.nodes],
      clientKeys: [...stored.clientKeys, ...demo.clientKeys],
      statuses: new Map(engine.liveNodes().map(({ nodeId, status }) => [nodeId, status])),
    }
  }

  function get(name: string): PoolView {
    const all = parts()
    return poolView(findPool(all.pools, name), all)
  }

  async function create(name: string): Promise<PoolView> {
    if (name.toLowerCase() === DEMO_POOL) throw new ControlError('REFUSED', 'pool-demo', { pool: DEMO_POOL })
    const taken = parts().pools.find((pool) => pool.name.toLowerCase() === name.toLowerCase())
    if (taken !== undefined) throw new ControlError('DUPLICATE_NAME', 'pool-name-taken', { name: taken.name })
    await storage.insertPool({ name, strategy: 'priority' })
    await changes.announce({ kind: 'pool-created', nodeId: null, text: `The pool ${name} was created.` })
    return get(name)
  }

  async function remove(ref: string): Promise<{ readonly removed: string }> {
    const { name, nodes, clientKeys } = get(ref)
    if (name === DEMO_POOL) throw new ControlError('REFUSED', 'pool-demo', { pool: DEMO_POOL })
    if (name === DEFAULT_POOL) throw new ControlError('REFUSED', 'pool-default', { pool: DEFAULT_POOL })
    if (nodes.length > 0) throw new ControlError('REFUSED', 'pool-has-nodes', { pool: name, names: some(nodes) })
    if (clientKeys.length > 0) {
      throw new ControlError('REFUSED', 'pool-has-client-keys', { pool: name, names: some(clientKeys) })
    }
    await storage.removePool(name)
    await changes.announce({ kind: 'pool-removed', nodeId: null, text: `The pool ${name} was removed.` })
    return { removed: name }
  }

  return {
    list: () => {
      const all = parts()
      return all.pools.map((pool) => poolView(pool, all))
    },
    get,
    create: (name) => changes.run(() => create(name)),
    remove: (name) => changes.run(() => remove(name)),
  }
}

type Parts = {
  readonly pools: readonly Pool[]
  readonly nodes: readonly Node[]
  readonly clientKeys: readonly ClientKey[]
  readonly statuses: ReadonlyMap<string, NodeStatus>
}

/** Two that differ in case only may both exist in an older database: the one that is written like this wins. */
function findPool(pools: readonly Pool[], ref: string): Pool {
  const lower = ref.toLowerCase()
  const found = pools.find(({ name }) => name === ref) ?? pools.find(({ name }) => name.toLowerCase() === lower)
  if (found !== undefined) return found
  throw notFound(
    'pool',
    ref,
    pools.map(({ name }) => name),
  )
}

function poolView(pool: Pool, { nodes, clientKeys, statuses }: Parts): PoolView {
  const members = nodes.filter(({ pools }) => pools.includes(pool.name)).toSorted(inOrder)
  const withStatus = (...wanted: readonly NodeStatus[]) =>
    members.find(({ id }) => wanted.includes(statuses.get(id) ?? 'disabled'))
  // A half-open one gets its probe while nothing better is there.
  const active = withStatus('active', 'standby') ?? withStatus('circuit_breaker_half_open')
  return {
    ...pool,
    nodes: members.map(({ name }) => name),
    active: active?.name ?? null,
    clientKeys: clientKeys.filter(({ pools }) => pools.includes(pool.name)).map(({ name }) => name),
  }
}

/** As the engine orders candidates of equal standing. */
function inOrder(a: Node, b: Node): number {
  return a.priority - b.priority || a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1)
}

const NAMES_SHOWN_MAX = 5

function some(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN_MAX ? ['…'] : []
  return [...names.slice(0, NAMES_SHOWN_MAX), ...more].join(', ')
}
