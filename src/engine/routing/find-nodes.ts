// The nodes of a client key for one request: from memory, and when none of them can serve it, from the database, before anyone says no.

import type { LiveNode } from '../nodes/live-node.ts'
import type { Log } from '../ports.ts'
import type { Registry } from '../registry/registry.ts'
import { nodesOfRoute, type Route, wordsForPools } from './route.ts'

export type FindNodes = {
  readonly registry: Registry
  readonly log: Log
  readonly memoryCache: boolean
}

/** Where the nodes came from; they are in the registry afterwards. */
export type FoundIn = 'cache' | 'refreshed-cache' | 'database' | 'nowhere'

/** `couldServe` tells whether some node of the list could serve the request now. */
export async function findNodes(
  route: Route,
  couldServe: (nodes: readonly LiveNode[]) => boolean,
  { registry, log, memoryCache }: FindNodes,
): Promise<FoundIn> {
  if (memoryCache) {
    if (couldServe(nodesOfRoute(route, registry))) return 'cache'
    const pool = route.pools.join(', ')
    log('warn', 'CacheRetry', `no node of ${wordsFor(route)} fits, refreshing the cache`, { pool })
    const refreshed = await succeeded(registry.refresh(), log)
    if (refreshed && couldServe(nodesOfRoute(route, registry))) return 'refreshed-cache'
    log('warn', 'CacheFallback', `still no node of ${wordsFor(route)} fits, asking the database`, { pool })
  }
  const asked = await succeeded(askDatabase(route, registry), log)
  return asked && couldServe(nodesOfRoute(route, registry)) ? 'database' : 'nowhere'
}

async function askDatabase({ pools, pinned }: Route, registry: Registry): Promise<void> {
  // A pin names a node and no pool: only the whole registry is sure to have it.
  if (pinned !== null) await registry.refresh()
  else await Promise.all(pools.map((pool) => registry.fetchNodesOf(pool)))
}

function wordsFor({ pools, pinned }: Route): string {
  return pinned?.strict === true ? `the pin on ${pinned.nodeId}` : wordsForPools(pools)
}

/** A database that does not answer is not the request's end: what memory has still counts. */
async function succeeded(work: Promise<unknown>, log: Log): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    log('error', 'CacheFallback', 'the database does not answer; going on with what memory has', {
      error: error instanceof Error ? error.message : String(error),
    })
    return false
  }
}
