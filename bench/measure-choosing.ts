// What it costs to choose a node, in this process, with nothing else going on: 1,000 nodes in 100 pools of ten.
import { performance } from 'node:perf_hooks'
import { openQuery } from '../src/engine/balancing/candidacy.ts'
import { selectNode } from '../src/engine/balancing/select-node.ts'
import type { KeyedNode } from '../src/engine/ports.ts'
import { createRegistry, type Registry } from '../src/engine/registry/registry.ts'
import { nodesOfRoute, type Route } from '../src/engine/routing/route.ts'
import { defaultNodeFields } from '../src/shared/model/node.ts'
import { defaultSettings } from '../src/shared/settings/resolve.ts'
import { median } from './statistics.ts'

export type ChoosingResult = {
  readonly from: string
  /** Candidates a choice looks at. */
  readonly nodes: number
  /** Of one choice, its lease given back included. */
  readonly microseconds: number
  readonly lowest: number
  readonly highest: number
}

export type ChoosingSize = { readonly rounds: number; readonly choicesPerRound: number }

const NODES = 1000
const POOLS = 100
const EVERYTHING = 'everything'
const MODEL = 'claude-sonnet-4-5'

export async function measureChoosing(size: ChoosingSize): Promise<readonly ChoosingResult[]> {
  const registry = await registryOfManyNodes()
  const results: ChoosingResult[] = []
  for (const { from, routes } of cases) {
    const nodes = nodesOfRoute(routes[0] ?? routeOf([]), registry).length
    // A choice among a thousand takes longer: fewer of them tell as much.
    const choices = Math.max(200, Math.round((size.choicesPerRound * 10) / nodes))
    chooseOften(registry, routes, choices)
    const rounds = Array.from({ length: size.rounds }, () => chooseOften(registry, routes, choices))
    results.push({
      from,
      nodes,
      microseconds: median(rounds),
      lowest: Math.min(...rounds),
      highest: Math.max(...rounds),
    })
  }
  return results
}

function routeOf(pools: string[]): Route {
  return { pools, pinned: null }
}

const poolNames = Array.from({ length: POOLS }, (_, at) => `pool-${at}`)

const cases: readonly { readonly from: string; readonly routes: readonly Route[] }[] = [
  { from: 'a pool of 10', routes: poolNames.map((pool) => routeOf([pool])) },
  {
    from: 'three pools of 10, in order',
    routes: poolNames.map((pool, at) => routeOf([pool, `pool-${(at + 1) % POOLS}`, `pool-${(at + 2) % POOLS}`])),
  },
  { from: 'one pool of 1,000', routes: [routeOf([EVERYTHING])] },
]

/** Microseconds for one. */
function chooseOften(registry: Registry, routes: readonly Route[], choices: number): number {
  const query = openQuery('anthropic', MODEL)
  const failedLastTime: ReadonlySet<string> = new Set()
  const startedMs = performance.now()
  for (let choice = 0; choice < choices; choice++) {
    const route = routes[choice % routes.length] ?? routeOf([])
    const nowMs = performance.now()
    const found = selectNode(nodesOfRoute(route, registry), { query, order: { failedLastTime, route }, nowMs })
    if (!found.ok) throw new Error('no node was chosen')
    found.selection.lease.settle('success')
  }
  return ((performance.now() - startedMs) * 1000) / choices
}

async function registryOfManyNodes(): Promise<Registry> {
  const nodes = Array.from({ length: NODES }, (_, at) => keyedNode(at))
  const registry = createRegistry({
    breakers: [],
    log: () => undefined,
    nodes: {
      clock: {
        monotonicMs: () => performance.now(),
        wallMs: () => Date.now(),
        startTimer: () => ({ cancel: () => undefined, restart: () => undefined }),
      },
      random: Math.random,
      settings: () => defaultSettings,
      onBreakerChanged: () => undefined,
    },
    source: { load: async () => ({ nodes, clientKeys: [], pools: [] }), loadPool: async () => nodes },
  })
  await registry.refresh()
  return registry
}

/** As a user has them: two keys, a few models of which one is mapped, priorities that repeat. */
function keyedNode(at: number): KeyedNode {
  const baseUrl = `https://relay-${at}.example`
  return {
    node: {
      ...defaultNodeFields(baseUrl),
      id: `node_${at}`,
      name: `relay-${at}`,
      pools: [poolNames[at % POOLS] ?? EVERYTHING, EVERYTHING],
      priority: 1 + (at % 7),
      models: ['claude-opus-*', 'claude-sonnet-*', 'claude-haiku-*'],
      modelMap: [{ from: 'claude-3-5-*', to: 'claude-sonnet-4-5' }],
      createdAtMs: at,
      simulated: false,
    },
    keys: [1, 2].map((key) => ({ id: `key_${at}_${key}`, label: `key-${key}`, secret: `secret-${at}-${key}` })),
    keysWithheld: false,
    proxyPassword: null,
  }
}
