// An engine for tests of the host: binds a real port and reads the registry, but forwards nothing.
import { createServer, type Server } from 'node:http'
import type { Engine, EngineCounts, EngineOptions, NodeTestOptions } from '../../src/engine/engine-door.ts'
import { createEngineEvents } from '../../src/engine/events.ts'
import type { KeyedNode, RegistrySnapshot } from '../../src/engine/ports.ts'
import { speak } from '../../src/shared/text/speak.ts'

export type StandInEngine = {
  readonly create: (options: EngineOptions) => Engine
  /** What the engine works by now. */
  readonly snapshot: () => RegistrySnapshot
  readonly options: () => EngineOptions
  readonly stops: () => readonly number[]
  /** What was to be tested. */
  readonly tests: () => readonly AskedTest[]
  setCounts(counts: EngineCounts): void
}

type AskedTest = { readonly keyed: KeyedNode; readonly options: NodeTestOptions }

export function createStandInEngine(): StandInEngine {
  let snapshot: RegistrySnapshot = { nodes: [], pools: [], clientKeys: [] }
  let options: EngineOptions | null = null
  let counts: EngineCounts = { inFlight: 0, total: 0, succeeded: 0, failed: 0, withFailedAttempt: 0 }
  const stops: number[] = []
  const tests: AskedTest[] = []

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
          keys: keys.map(({ id }) => ({ id, asideUntilMs: null, asideReason: null, asideAs: null })),
        })),
      explain: ({ pools, model, protocol }) => ({
        pools: [...pools],
        model,
        protocol,
        refused: null,
        chosen: snapshot.nodes.find(({ node }) => node.pools.some((pool) => pools.includes(pool)))?.node.name ?? null,
        nodes: [],
      }),
      isolateNode: (nodeId) => snapshot.nodes.some(({ node }) => node.id === nodeId),
      resetNode: (nodeId) => snapshot.nodes.some(({ node }) => node.id === nodeId),
      testNode: (keyed, testOptions) => {
        tests.push({ keyed, options: testOptions })
        const said = speak('node-unknown-none', { ref: keyed.node.name })
        return Promise.resolve({ nodeName: keyed.node.name, ok: true, verdict: said, steps: [], models: [] })
      },
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
    tests: () => tests,
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
