// The nodes of a pool for one request: from memory, and when none of them can serve it, from the database, before anyone says no.

import type { LiveNode } from '../nodes/live-node.ts'
import type { Log } from '../ports.ts'
import type { Registry } from '../registry/registry.ts'

export type FindNodes = {
  readonly registry: Registry
  readonly log: Log
  readonly memoryCache: boolean
}

/** Where the nodes came from; they are in the registry afterwards. */
export type FoundIn = 'cache' | 'refreshed-cache' | 'database' | 'nowhere'

/** `couldServe` tells whether some node of the list could serve the request now. */
export async function findNodes(
  pool: string,
  couldServe: (nodes: readonly LiveNode[]) => boolean,
  { registry, log, memoryCache }: FindNodes,
): Promise<FoundIn> {
  if (memoryCache) {
    if (couldServe(registry.nodesOf(pool))) return 'cache'
    log('warn', 'CacheRetry', `no node of pool ${pool} fits, refreshing the cache`, { pool })
    if ((await succeeded(registry.refresh(), log)) && couldServe(registry.nodesOf(pool))) return 'refreshed-cache'
    log('warn', 'CacheFallback', `still no node of pool ${pool} fits, asking the database`, { pool })
  }
  const asked = await succeeded(registry.fetchNodesOf(pool), log)
  return asked && couldServe(registry.nodesOf(pool)) ? 'database' : 'nowhere'
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
