// A router for tests: implements the whole contract over a few nodes and keys in memory.
import { EventPublisher, implement, ORPCError } from '@orpc/server'
import { contract, type DaemonStatus } from '../../src/shared/contract/contract.ts'
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'
import type { Explanation } from '../../src/shared/contract/explanation.ts'
import type { PoolView } from '../../src/shared/contract/pools.ts'
import type { Push } from '../../src/shared/contract/push.ts'
import type { ClientKey } from '../../src/shared/model/client-key.ts'
import type { Decision } from '../../src/shared/model/decision.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { defaultNodeFields, type NodeFields } from '../../src/shared/model/node.ts'
import type { NodeView } from '../../src/shared/model/node-status.ts'
import type { Preset } from '../../src/shared/model/preset.ts'
import type { VaultStatus } from '../../src/shared/model/vault.ts'
import { clientKeyProcedures } from './bridge-router-keys.ts'
import {
  keyStates,
  type NodeKeyInput,
  notFound,
  poolProcedures,
  settingProcedures,
  testedNode,
  testSettings,
  vaultProcedures,
} from './bridge-router-parts.ts'

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
  const decisions: Decision[] = []
  const presets: Preset[] = []
  const pools: PoolView[] = [{ name: 'default', strategy: 'priority', nodes: [], active: null, clientKeys: [] }]
  const settings = testSettings()
  const vault: { status: VaultStatus } = {
    status: { protection: 'key-file', state: 'open', message: null, sealed: 0 },
  }
  const received: { secrets: string[]; stops: number; statusCalls: number } = { secrets: [], stops: 0, statusCalls: 0 }
  /** What an answer to `status` waits for. */
  const held: { status: Promise<void> | null } = { status: null }
  const publisher = new EventPublisher<{ push: Push }>()
  const ended = new AbortController()
  let subscribed = Promise.withResolvers<void>()
  let revision = 0
  const os = implement(contract)

  const find = (ref: string): NodeView => {
    const node = nodes.find((candidate) => candidate.id === ref || candidate.name === ref)
    if (node === undefined) throw notFound(`node ${ref}`)
    return node
  }
  const replace = (before: NodeView, change: Partial<NodeView>): NodeView => {
    const after = { ...before, ...change }
    nodes.splice(nodes.indexOf(before), 1, after)
    return after
  }
  const take = (nodeId: string, inputs: readonly NodeKeyInput[], from = 0): NodeView['keys'] => {
    received.secrets.push(...inputs.map((input) => input.secret))
    return keyStates(nodeId, inputs, from)
  }
  const pushOf = (push: Partial<Push>): Push => ({
    revision,
    instanceId: 'test',
    gap: false,
    events: [],
    dropped: 0,
    changed: [],
    nodes: [],
    ...push,
  })
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
    vault: vault.status,
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
        const { keys: inputs, name, baseUrl, proxyPassword, ...rest } = input
        if (typeof proxyPassword === 'string') received.secrets.push(proxyPassword)
        const fields = nodeView({ name, baseUrl, ...defined(rest) })
        const node = { ...fields, keys: take(fields.id, inputs) }
        nodes.push(node)
        return node
      }),
      update: os.nodes.update.handler(({ input }) => {
        const { ref, keys: inputs, proxyPassword, ...rest } = input
        if (typeof proxyPassword === 'string') received.secrets.push(proxyPassword)
        const before = find(ref)
        const changed = { ...before, ...defined(rest) }
        const originChanged = new URL(changed.baseUrl).origin !== new URL(before.baseUrl).origin
        const isKept = inputs === undefined && !originChanged
        return replace(before, { ...changed, keys: isKept ? before.keys : take(before.id, inputs ?? []) })
      }),
      remove: os.nodes.remove.handler(({ input }) => {
        const node = find(input.ref)
        nodes.splice(nodes.indexOf(node), 1)
        return { removed: node.id }
      }),
      isolate: os.nodes.isolate.handler(({ input }) => replace(find(input.ref), { status: 'isolated' })),
      reset: os.nodes.reset.handler(({ input }) => replace(find(input.ref), { status: 'active' })),
      test: os.nodes.test.handler(({ input }) => testedNode(find(input.ref).name)),
      testDraft: os.nodes.testDraft.handler(({ input }) => testedNode(input.node.name)),
      presets: os.nodes.presets.handler(() => presets),
      keys: {
        add: os.nodes.keys.add.handler(({ input }) => {
          const node = find(input.ref)
          return replace(node, { keys: [...node.keys, ...take(node.id, [input], node.keys.length)] })
        }),
        update: os.nodes.keys.update.handler(({ input }) => {
          const node = find(input.ref)
          const key = node.keys.find(({ id, label }) => id === input.key || label === input.key)
          if (key === undefined) throw notFound(`key ${input.key}`)
          const changed = { ...key, label: input.label ?? key.label, enabled: input.enabled ?? key.enabled }
          const others = node.keys.filter((other) => other !== key)
          return replace(node, {
            keys: others.toSpliced((input.position ?? node.keys.indexOf(key) + 1) - 1, 0, changed),
          })
        }),
        remove: os.nodes.keys.remove.handler(({ input }) => {
          const node = find(input.ref)
          return replace(node, { keys: node.keys.filter(({ id, label }) => id !== input.key && label !== input.key) })
        }),
      },
    },
    pools: poolProcedures(pools),
    clientKeys: clientKeyProcedures(keys, find),
    settings: settingProcedures(settings, received.secrets),
    vault: vaultProcedures(vault, received.secrets),
    exchanges: { recent: os.exchanges.recent.handler(({ input }) => exchanges.toReversed().slice(0, input.limit)) },
    decisions: { recent: os.decisions.recent.handler(({ input }) => decisions.toReversed().slice(0, input.limit)) },
    explain: os.explain.handler(({ input }) => explained(nodes, input)),
    events: os.events.handler(async function* ({ signal }) {
      const signals = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])])
      const pushes = publisher.subscribe('push', { signal: signals })
      subscribed.resolve()
      try {
        yield pushOf({ gap: true, nodes })
        yield* pushes
      } catch (error) {
        if (!signals.aborted) throw error
      }
    }),
    status: os.status.handler(async () => {
      received.statusCalls += 1
      await held.status
      return status()
    }),
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
    decisions,
    presets,
    pools,
    settings,
    vault,
    received,
    held,
    /** Each event in a push of its own. */
    publish: (event: EngineEvent, more: Partial<Push> = {}) => {
      revision += 1
      publisher.publish('push', pushOf({ events: [event], ...more }))
    },
    /** Resolves when somebody follows the events; a second call waits for the next one. */
    nextSubscriber: async () => {
      await subscribed.promise
      subscribed = Promise.withResolvers<void>()
    },
    endEvents: () => ended.abort(),
  }
}

function explained(
  nodes: readonly NodeView[],
  input: { pool?: string | undefined; model: string; protocol: Explanation['protocol'] },
): Explanation {
  return {
    pools: [input.pool ?? 'default'],
    model: input.model,
    protocol: input.protocol,
    refused: null,
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
  }
}

// Left-out fields of an update are `undefined` keys after parsing.
function defined(fields: Partial<{ [K in keyof NodeFields]: NodeFields[K] | undefined }>): Partial<NodeFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
