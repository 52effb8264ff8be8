// The registry: an in-memory copy of the database's nodes, pools and client keys, with the live state of each node.
// A lookup that finds nothing refreshes the copy once, then asks the database itself, before it says no.

import type { PersistedBreaker } from '../../shared/model/breaker.ts'
import type { HashedClientKey } from '../../shared/model/client-key.ts'
import { DEMO_POOL } from '../../shared/model/pool.ts'
import { LiveNode, type LiveNodeRoom } from '../nodes/live-node.ts'
import type { KeyedNode, Log, RegistrySnapshot, RegistrySource } from '../ports.ts'

export type Registry = {
  /** Reads the database again; what was in force stays when that fails. Concurrent calls after one that is under way share the next. */
  readonly refresh: () => Promise<void>
  /** Real nodes only, unless the pool has none but simulated ones. */
  readonly nodesOf: (pool: string) => readonly LiveNode[]
  /** Past the cache: the pool's nodes as the database has them now, merged into the live ones. */
  readonly fetchNodesOf: (pool: string) => Promise<readonly LiveNode[]>
  /** Null: there is none of that id, or it was removed. */
  readonly node: (id: string) => LiveNode | null
  readonly clientKey: (sha256: string) => HashedClientKey | null
  readonly all: () => readonly LiveNode[]
}

export type RegistryRoom = {
  readonly source: RegistrySource
  readonly log: Log
  readonly nodes: LiveNodeRoom
  readonly breakers: readonly PersistedBreaker[]
}

export function createRegistry(room: RegistryRoom): Registry {
  const live = new Map<string, LiveNode>()
  const breakers = new Map(room.breakers.map((breaker) => [breaker.nodeId, breaker]))
  let clientKeys = new Map<string, HashedClientKey>()
  let byPool = new Map<string, readonly LiveNode[]>()
  /** Snapshots taken so far. */
  let taken = 0
  let running: Promise<void> | null = null
  let following: Promise<void> | null = null

  /** Nothing for a node that cannot be used as the database has it: one bad row must not take the others down. */
  function adopt(keyed: KeyedNode): readonly LiveNode[] {
    const { id, name, baseUrl } = keyed.node
    if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) {
      room.log(
        'error',
        'Distributor',
        `node ${name} is left out: its base URL in the database is not an http or https URL`,
        {
          nodeId: id,
        },
      )
      live.delete(id)
      return []
    }
    const known = live.get(id)
    if (known !== undefined) {
      known.update(keyed)
      return [known]
    }
    const node = new LiveNode(keyed, breakers.get(id) ?? null, room.nodes)
    live.set(id, node)
    return [node]
  }

  function take(snapshot: RegistrySnapshot): void {
    taken++
    const present = new Set(snapshot.nodes.map(({ node }) => node.id))
    // A running attempt keeps its own reference until its lease is settled.
    for (const id of live.keys()) if (!present.has(id)) live.delete(id)
    for (const keyed of snapshot.nodes) adopt(keyed)
    clientKeys = new Map(snapshot.clientKeys.map((key) => [key.sha256, key]))
    byPool = groupByPool([...live.values()])
  }

  async function load(): Promise<void> {
    take(await room.source.load())
  }

  function refresh(): Promise<void> {
    if (running === null) {
      running = load().finally(() => {
        running = null
      })
      return running
    }
    // The one under way may have read before the change that the caller knows of.
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = null
        return refresh()
      })
    return following
  }

  return {
    refresh,
    nodesOf: (pool) => byPool.get(pool) ?? [],
    fetchNodesOf: async (pool) => {
      const takenBefore = taken
      const fetched = await room.source.loadPool(pool)
      // A whole snapshot came in between: what was read before it must not bring old nodes or keys back.
      if (taken === takenBefore) {
        byPool = new Map(byPool).set(pool, withoutSimulatedBesideReal(fetched.flatMap(adopt)))
      }
      return byPool.get(pool) ?? []
    },
    node: (id) => live.get(id) ?? null,
    clientKey: (sha256) => clientKeys.get(sha256) ?? null,
    all: () => [...live.values()],
  }
}

function groupByPool(nodes: readonly LiveNode[]): Map<string, readonly LiveNode[]> {
  const groups = new Map<string, LiveNode[]>([[DEMO_POOL, []]])
  for (const node of nodes) {
    for (const pool of node.node.pools) {
      const group = groups.get(pool)
      if (group === undefined) groups.set(pool, [node])
      else group.push(node)
    }
  }
  return new Map([...groups].map(([pool, members]) => [pool, withoutSimulatedBesideReal(members)]))
}

/** Simulated nodes are never candidates beside a real one. */
export function withoutSimulatedBesideReal(nodes: readonly LiveNode[]): readonly LiveNode[] {
  const real = nodes.filter(({ node }) => !node.simulated)
  return real.length > 0 ? real : nodes
}
