// One socket pool per origin, made when first needed.
import { createConnector } from './connector.ts'
import { createSocketPool, type SocketPool } from './socket-pool.ts'

export type Upstreams = {
  readonly poolOf: (origin: string) => SocketPool
  readonly destroy: () => void
}

export function createUpstreams(options: {
  readonly addressAttemptTimeoutMs: () => number
  readonly ownPorts: () => readonly number[]
}): Upstreams {
  const pools = new Map<string, SocketPool>()
  return {
    poolOf: (origin) => {
      const known = pools.get(origin)
      if (known !== undefined) return known
      const connector = createConnector({
        addressAttemptTimeoutMs: options.addressAttemptTimeoutMs(),
        ownPorts: options.ownPorts,
      })
      const pool = createSocketPool(origin, connector)
      pools.set(origin, pool)
      return pool
    },
    destroy: () => {
      for (const pool of pools.values()) pool.destroy()
      pools.clear()
    },
  }
}
