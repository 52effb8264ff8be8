// The real engine on a registry source that the test writes: keys that come later, loads that hang, several engines at once.
import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/engine-door.ts'
import type { KeyedNode, RegistrySource } from '../../src/engine/ports.ts'
import { type HashedClientKey, unlimitedClientKey } from '../../src/shared/model/client-key.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { defaultNodeFields, type Node } from '../../src/shared/model/node.ts'
import { DEFAULT_POOL } from '../../src/shared/model/pool.ts'
import { createRedactor } from '../../src/shared/redact.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { createHeldClock, type HeldClock } from '../harness/held-clock.ts'
import { type Answer, type RequestOptions, request } from '../harness/http-client.ts'

export type SourceEngineOptions = {
  readonly source: RegistrySource
  readonly instanceId?: string
  readonly settings?: Partial<Settings>
  readonly ownPorts?: () => readonly number[]
}

export type SourceEngine = {
  readonly engine: Engine
  readonly port: number
  readonly clock: HeldClock
  readonly exchanges: readonly ExchangeRecord[]
  /** "[tag] message" of every line. */
  readonly log: readonly string[]
  readonly send: (options?: Partial<RequestOptions>) => Promise<Answer>
}

export async function startEngineOn(options: SourceEngineOptions): Promise<SourceEngine> {
  const clock = createHeldClock()
  const exchanges: ExchangeRecord[] = []
  const log: string[] = []
  let ids = 0
  const engine = createEngine({
    instanceId: options.instanceId ?? 'sw_test',
    version: '0.0.0-test',
    breakers: [],
    ownPorts: options.ownPorts ?? (() => []),
    globalProxy: () => null,
    settings: () => ({ ...defaultSettings, ...options.settings }),
    ports: {
      clock,
      random: () => 0.5,
      newId: (prefix) => `${prefix}_${++ids}`,
      log: (_level, tag, message) => log.push(`[${tag}] ${message}`),
      redact: createRedactor().redact,
      ledger: {
        recordExchange: (record) => exchanges.push(record),
        recordDecision: () => undefined,
        saveBreaker: () => undefined,
      },
      registry: options.source,
    },
  })
  const { port } = await engine.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => engine.stop(0))
  return {
    engine,
    port,
    clock,
    exchanges,
    log,
    send: (more = {}) =>
      request({ port, ...more, headers: { authorization: `Bearer ${CLIENT_TOKEN}`, ...more.headers } }),
  }
}

/** A source of fixed content. */
export function sourceOf(
  nodes: readonly KeyedNode[],
  clientKeys: readonly HashedClientKey[] = [hashedKey()],
): RegistrySource {
  return {
    load: async () => ({ nodes, clientKeys, pools: [{ name: DEFAULT_POOL, strategy: 'priority' }] }),
    loadPool: async (pool) => nodes.filter(({ node }) => node.pools.includes(pool)),
  }
}

export function hashedKey(token: string = CLIENT_TOKEN): HashedClientKey {
  return {
    id: `ck_${token.slice(-4)}`,
    name: 'laptop',
    pools: [DEFAULT_POOL],
    ...unlimitedClientKey,
    last4: token.slice(-4),
    enabled: true,
    createdAtMs: 0,
    sha256: createHash('sha256').update(token).digest('hex'),
  }
}

export function keyedNode(name: string, baseUrl: string, more: Partial<Node> = {}): KeyedNode {
  return {
    node: { ...defaultNodeFields(baseUrl), id: `node_${name}`, name, simulated: false, createdAtMs: 0, ...more },
    keys: [{ id: `key_${name}`, label: 'key', secret: `secret-of-${name}` }],
    keysWithheld: false,
    proxyPassword: null,
  }
}
