// A router for tests: implements the whole contract over a few nodes and keys in memory.
import { EventPublisher, implement, ORPCError } from '@orpc/server'
import { contract, type DaemonStatus } from '../../src/shared/contract/contract.ts'
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'
import type { ClientKey } from '../../src/shared/model/client-key.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { defaultNodeFields, type NodeFields } from '../../src/shared/model/node.ts'
import type { NodeView } from '../../src/shared/model/node-status.ts'

export function nodeView(fields: Partial<NodeView> & { readonly name: string }): NodeView {
  return {
    ...defaultNodeFields(fields.baseUrl ?? `https://${fields.name}.example`),
    id: `node-${fields.name}`,
    simulated: false,
    createdAtMs: Date.UTC(2026, 4, 4),
    status: 'active',
    breaker: { state: 'closed', openUntilMs: null, consecutiveFailures: 0, failureRatio: null },
    unavailableUntilMs: null,
    unavailableReason: null,
    inFlight: 0,
    keys: [],
    ...fields,
  }
}

export function createTestRouter() {
  const nodes: NodeView[] = []
  const keys: ClientKey[] = []
  const exchanges: ExchangeRecord[] = []
  const received: { secrets: string[]; stops: number } = { secrets: [], stops: 0 }
  const publisher = new EventPublisher<{ event: EngineEvent }>()
  const ended = new AbortController()
  let subscribed = Promise.withResolvers<void>()
  const os = implement(contract)

  const find = (ref: string): NodeView => {
    const node = nodes.find((candidate) => candidate.id === ref || candidate.name === ref)
    if (node === undefined) throw new ORPCError('NOT_FOUND', { status: 404, message: `There is no node ${ref}.` })
    return node
  }
  const withKeys = (node: NodeView, inputs: readonly { secret: string; label?: string | undefined }[]): NodeView => {
    received.secrets.push(...inputs.map((input) => input.secret))
    return {
      ...node,
      keys: inputs.map((input, index) => ({
        id: `key-${index}`,
        nodeId: node.id,
        label: input.label ?? `key-${index + 1}`,
        last4: input.secret.slice(-4),
        enabled: true,
        asideUntilMs: null,
        asideReason: null,
      })),
    }
  }
  const status = (): DaemonStatus => ({
    version: '0.1.0',
    instanceId: 'test',
    pid: process.pid,
    startedAtMs: Date.now() - 65_000,
    dataDirectory: '/data/switchyard',
    proxyUrl: 'http://127.0.0.1:4780',
    controlUrl: 'http://127.0.0.1:4781',
    draining: received.stops > 0,
    inFlight: 1,
    exchanges: { total: 1204, succeeded: 1200, failed: 3, withFailedAttempt: 41 },
    unwrittenRecords: 0,
    storage: { ok: true, message: null },
    nodes,
  })

  const router = os.router({
    nodes: {
      list: os.nodes.list.handler(() => nodes),
      get: os.nodes.get.handler(({ input }) => find(input.ref)),
      create: os.nodes.create.handler(({ input }) => {
        if (nodes.some((node) => node.name === input.name)) {
          throw new ORPCError('DUPLICATE_NAME', { status: 409, message: `A node named ${input.name} exists already.` })
        }
        if (input.baseUrl.startsWith('ftp:')) {
          throw new ORPCError('REFUSED', { status: 422, message: 'The base URL must be https.' })
        }
        const { keys: inputs, name, baseUrl, ...rest } = input
        const node = withKeys(nodeView({ name, baseUrl, ...defined(rest) }), inputs)
        nodes.push(node)
        return node
      }),
      update: os.nodes.update.handler(({ input }) => {
        const { ref, keys: inputs, ...rest } = input
        const before = find(ref)
        const changed = { ...before, ...defined(rest) }
        const originChanged = new URL(changed.baseUrl).origin !== new URL(before.baseUrl).origin
        const node = withKeys(changed, inputs ?? [])
        const kept = inputs === undefined && !originChanged ? { ...changed, keys: before.keys } : node
        nodes.splice(nodes.indexOf(before), 1, kept)
        return kept
      }),
      remove: os.nodes.remove.handler(({ input }) => {
        const node = find(input.ref)
        nodes.splice(nodes.indexOf(node), 1)
        return { removed: node.id }
      }),
    },
    clientKeys: {
      list: os.clientKeys.list.handler(() => keys),
      create: os.clientKeys.create.handler(({ input }) => {
        const clientKey: ClientKey = {
          id: `client-${keys.length}`,
          name: input.name,
          pool: input.pool ?? 'default',
          last4: '4242',
          enabled: true,
          createdAtMs: Date.UTC(2026, 4, 4),
        }
        keys.push(clientKey)
        return { key: 'sy-test-key-000000004242', clientKey }
      }),
      revoke: os.clientKeys.revoke.handler(({ input }) => {
        const at = keys.findIndex((key) => key.name === input.ref || key.id === input.ref)
        const [key] = at === -1 ? [] : keys.splice(at, 1)
        if (key === undefined)
          throw new ORPCError('NOT_FOUND', { status: 404, message: `There is no local key ${input.ref}.` })
        return { revoked: key.id }
      }),
    },
    exchanges: { recent: os.exchanges.recent.handler(({ input }) => exchanges.toReversed().slice(0, input.limit)) },
    explain: os.explain.handler(({ input }) => ({
      pool: input.pool ?? 'default',
      model: input.model,
      chosen: nodes[0]?.id ?? null,
      nodes: nodes.map((node, index) => ({
        nodeId: node.id,
        nodeName: node.name,
        simulated: node.simulated,
        eligible: index === 0,
        reason:
          index === 0
            ? 'would be chosen: first in order'
            : 'cooling after 429 from the node, which asked for a pause of eight seconds before it takes requests again',
        sentModel: index === 0 ? input.model : null,
        dueAtMs: index === 0 ? null : Date.now() + 8_000,
      })),
    })),
    events: os.events.handler(async function* ({ signal }) {
      const signals = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])])
      const events = publisher.subscribe('event', { signal: signals })
      subscribed.resolve()
      try {
        yield* events
      } catch (error) {
        if (!signals.aborted) throw error
      }
    }),
    status: os.status.handler(status),
    stop: os.stop.handler(() => {
      received.stops += 1
      return { pid: process.pid }
    }),
  })
  return {
    router,
    status,
    nodes,
    keys,
    exchanges,
    received,
    publish: (event: EngineEvent) => publisher.publish('event', event),
    /** Resolves when somebody follows the events; a second call waits for the next one. */
    nextSubscriber: async () => {
      await subscribed.promise
      subscribed = Promise.withResolvers<void>()
    },
    endEvents: () => ended.abort(),
  }
}

// Left-out fields of an update are `undefined` keys after parsing.
function defined(fields: Partial<{ [K in keyof NodeFields]: NodeFields[K] | undefined }>): Partial<NodeFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
