// An engine for tests of the host: binds a real port and reads the registry, but forwards nothing.
import { createServer, type Server } from 'node:http'
import type { Engine, EngineCounts, EngineOptions } from '../../src/engine/engine-door.ts'
import { createEngineEvents } from '../../src/engine/events.ts'
import type { RegistrySnapshot } from '../../src/engine/ports.ts'

export type StandInEngine = {
  readonly create: (options: EngineOptions) => Engine
  /** What the engine works by now. */
  readonly snapshot: () => RegistrySnapshot
  readonly options: () => EngineOptions
  readonly stops: () => readonly number[]
  setCounts(counts: EngineCounts): void
}

export function createStandInEngine(): StandInEngine {
  let snapshot: RegistrySnapshot = { nodes: [], pools: [], clientKeys: [] }
  let options: EngineOptions | null = null
  let counts: EngineCounts = { inFlight: 0, total: 0, succeeded: 0, failed: 0, withFailedAttempt: 0 }
  const stops: number[] = []

  function create(given: EngineOptions): Engine {
    options = given
    let server: Server | null = null
    return {
      listen: async ({ host, port }) => {
        snapshot = await given.ports.registry.load()
        const listening = createServer((_request, response) => {
          response.end(JSON.stringify({ status: 'ok', product: 'switchyard', pid: process.pid }))
        })
        server = listening
        return { port: await bind(listening, { host, port }) }
      },
      refreshRegistry: async () => {
        snapshot = await given.ports.registry.load()
      },
      liveNodes: () =>
        snapshot.nodes.map(({ node, keys }) => ({
          nodeId: node.id,
          status: 'active',
          breaker: { state: 'closed', openUntilMs: null, consecutiveFailures: 0, failureRatio: null },
          unavailableUntilMs: null,
          unavailableReason: null,
          inFlight: 0,
          keys: keys.map(({ id }) => ({ id, asideUntilMs: null, asideReason: null })),
        })),
      explain: ({ pool, model }) => ({
        pool,
        model,
        chosen: snapshot.nodes.find(({ node }) => node.pools.includes(pool))?.node.name ?? null,
        nodes: [],
      }),
      counts: () => counts,
      events: createEngineEvents(),
      stop: async (timeoutMs) => {
        stops.push(timeoutMs)
        const closing = server
        server = null
        if (closing?.listening !== true) return
        await new Promise((resolve) => {
          closing.close(resolve)
          closing.closeAllConnections()
        })
      },
    }
  }

  return {
    create,
    snapshot: () => snapshot,
    options: () => {
      if (options === null) throw new Error('no engine was made yet')
      return options
    },
    stops: () => stops,
    setCounts: (value) => {
      counts = value
    },
  }
}

function bind(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('no port'))
      else resolve(address.port)
    })
  })
}
