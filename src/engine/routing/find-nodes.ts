// The nodes of a pool for one request: from memory, and when none of them can serve it, from the database, before anyone says no.
import type { Registry } from '../registry/registry.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import type { Log } from '../ports.ts'

export type FindNodes = {
  readonly registry: Registry
  readonly log: Log
  readonly memoryCache: boolean
}

/** `couldServe` tells whether some node of the list could serve the request, now or later. */
export async function findNodes(
  pool: string,
  couldServe: (nodes: readonly LiveNode[]) => boolean,
  { registry, log, memoryCache }: FindNodes,
): Promise<readonly LiveNode[]> {
  if (memoryCache) {
    const cached = registry.nodesOf(pool)
    if (couldServe(cached)) return cached
    log('warn', 'CacheRetry', `no node of pool ${pool} fits, refreshing the cache`, { pool })
    if (await succeeded(registry.refresh(), log)) {
      const refreshed = registry.nodesOf(pool)
      if (couldServe(refreshed)) return refreshed
    }
    log('warn', 'CacheFallback', `still no node of pool ${pool} fits, asking the database`, { pool })
  }
  await succeeded(registry.fetchNodesOf(pool), log)
  return registry.nodesOf(pool)
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
