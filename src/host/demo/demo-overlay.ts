// The simulated nodes beside the stored ones: present or not by mode and database, in memory only.

import { type HashedClientKey, unlimitedClientKey } from '../../shared/model/client-key.ts'
import { defaultNodeFields, type Node, simulatedNodeId } from '../../shared/model/node.ts'
import { DEMO_POOL, type Pool } from '../../shared/model/pool.ts'
import type { StoredRegistry } from '../../storage/storage.ts'
import type { DemoKey, DemoMode, SimulatedNodeSwitch } from '../host.ts'
import { lastCharacters, newClientKeySecret, newId, sha256Hex } from '../ids.ts'
import { type SimulatedNode, startSimulatedNode } from './simulated-node.ts'

/** In order: the first is preferred. */
export const SIMULATED_NODE_NAMES = ['sim-a', 'sim-b'] as const
const DEMO_KEY_NAME = 'demo'

/** What the demo adds to the stored registry; all empty while there is none. */
export type DemoPresence = {
  readonly nodes: readonly Node[]
  readonly pools: readonly Pool[]
  readonly clientKeys: readonly HashedClientKey[]
}

export type DemoOverlay = {
  /** Starts the simulated nodes when they are due; says what is there beside `stored`. */
  readonly reconcile: (stored: Pick<StoredRegistry, 'nodes' | 'pools'>) => Promise<DemoPresence>
  /** Closes servers that the last `reconcile` no longer needs; called when its result is in force. */
  readonly retire: () => Promise<void>
  /** Null until the simulated nodes were there once. The same for the whole run. */
  readonly demoKey: () => DemoKey | null
  readonly switches: () => readonly SimulatedNodeSwitch[]
  /** Idempotent. */
  readonly close: () => Promise<void>
}

export type DemoOverlayOptions = { readonly mode: DemoMode; readonly wallMs: () => number }

export function createDemoOverlay({ mode, wallMs }: DemoOverlayOptions): DemoOverlay {
  let running: Promise<readonly SimulatedNode[]> | null = null
  let started: readonly SimulatedNode[] = []
  let closing: Promise<unknown> = Promise.resolve()
  let present = false
  let key: { readonly shown: DemoKey; readonly hashed: HashedClientKey } | null = null
  const createdAtMs = wallMs()

  async function reconcile(stored: Pick<StoredRegistry, 'nodes' | 'pools'>): Promise<DemoPresence> {
    present = mode === 'always' || (mode === 'if-empty' && stored.nodes.length === 0)
    if (!present) return { nodes: [], pools: [], clientKeys: [] }
    running ??= startAll()
    started = await running
    key ??= createDemoKey(createdAtMs)
    // Beside a real node they serve nobody but the demo pool; without one, every client key gets an answer.
    const pools = stored.nodes.length > 0 ? [] : stored.pools.map((pool) => pool.name)
    return {
      nodes: started.map((server, index) => toNode(server, { priority: index + 1, pools, createdAtMs })),
      pools: [{ name: DEMO_POOL, strategy: 'priority' }],
      clientKeys: [key.hashed],
    }
  }

  async function close(): Promise<void> {
    if (running !== null) {
      const ending = running
      running = null
      started = []
      closing = ending.then((servers) => Promise.all(servers.map((server) => server.close())))
    }
    await closing
  }

  return {
    reconcile,
    retire: async () => {
      if (!present) await close()
    },
    demoKey: () => key?.shown ?? null,
    switches: () => started.map(({ name, kill, revive }) => ({ name, kill, revive })),
    close,
  }
}

async function startAll(): Promise<readonly SimulatedNode[]> {
  return Promise.all(SIMULATED_NODE_NAMES.map((name) => startSimulatedNode({ name })))
}

type Placement = { readonly priority: number; readonly pools: readonly string[]; readonly createdAtMs: number }

function toNode(server: SimulatedNode, { priority, pools, createdAtMs }: Placement): Node {
  return {
    ...defaultNodeFields(server.baseUrl),
    id: simulatedNodeId(server.name),
    name: server.name,
    priority,
    pools: [DEMO_POOL, ...pools.filter((pool) => pool !== DEMO_POOL)],
    simulated: true,
    createdAtMs,
  }
}

function createDemoKey(createdAtMs: number): { readonly shown: DemoKey; readonly hashed: HashedClientKey } {
  const secret = newClientKeySecret()
  const clientKey = {
    id: newId('client'),
    name: DEMO_KEY_NAME,
    pools: [DEMO_POOL],
    ...unlimitedClientKey,
    last4: lastCharacters(secret),
    enabled: true,
    createdAtMs,
  }
  return { shown: { key: secret, clientKey }, hashed: { ...clientKey, sha256: sha256Hex(secret) } }
}
