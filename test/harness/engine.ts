// The real engine in this process, over real sockets, with a registry in memory and everything it recorded at hand.
import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/engine-door.ts'
import type {
  Clock,
  GlobalProxy,
  KeyedNode,
  LogFields,
  LogLevel,
  LogTag,
  RegistrySnapshot,
} from '../../src/engine/ports.ts'
import type { PersistedBreaker } from '../../src/shared/model/breaker.ts'
import { type HashedClientKey, unlimitedClientKey } from '../../src/shared/model/client-key.ts'
import type { Decision } from '../../src/shared/model/decision.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { defaultNodeFields, type NodeFields } from '../../src/shared/model/node.ts'
import { DEFAULT_POOL } from '../../src/shared/model/pool.ts'
import { createRedactor } from '../../src/shared/redact.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { createCondition } from './condition.ts'
import { createHeldClock, type HeldClock } from './held-clock.ts'
import { type Answer, openStream, type RequestOptions, request, type StreamingAnswer } from './http-client.ts'

export type TestNode = {
  readonly name: string
  readonly url: string
  /** Secrets, in the order they are tried. Default: one, `key-of-NAME-0000`. Empty: a node that needs none. */
  readonly keys?: readonly string[]
  readonly simulated?: boolean
  readonly proxyPassword?: string
  readonly keysWithheld?: boolean
} & Partial<Omit<NodeFields, 'name' | 'baseUrl'>>

export type TestClientKey = { readonly token: string } & Partial<HashedClientKey>

export type LogLine = {
  readonly level: LogLevel
  readonly tag: LogTag
  readonly message: string
  readonly fields: LogFields
}

export type TestEngineOptions = {
  readonly nodes: readonly TestNode[]
  readonly settings?: Partial<Settings>
  /** Default: a held clock, given back as `clock`. */
  readonly clock?: Clock
  readonly breakers?: readonly PersistedBreaker[]
  /** Default 0.5: no jitter in the breaker, half of every back-off. */
  readonly random?: () => number
  readonly clientKeys?: readonly TestClientKey[]
  readonly globalProxy?: GlobalProxy
}

export type TestEngine = {
  readonly engine: Engine
  readonly port: number
  /** Only when no clock was handed in; throws otherwise. */
  readonly clock: HeldClock
  readonly exchanges: readonly ExchangeRecord[]
  readonly decisions: readonly Decision[]
  readonly breakers: readonly PersistedBreaker[]
  readonly log: readonly LogLine[]
  /** Waits until `count` exchanges are recorded; gives the last of them. */
  readonly recorded: (count?: number) => Promise<ExchangeRecord>
  readonly logged: (tag: LogTag, text: string) => Promise<LogLine>
  /** The registry's source: what the database would hold. In force only after a refresh. */
  readonly database: { nodes: readonly TestNode[]; failing: boolean; readonly loads: () => number }
  readonly change: (settings: Partial<Settings>) => void
  /** With the client key put in, POST /v1/messages by default. */
  readonly send: (options?: Partial<RequestOptions>) => Promise<Answer>
  readonly stream: (options?: Partial<RequestOptions>) => StreamingAnswer
  readonly stop: (timeoutMs?: number) => Promise<void>
}

export const CLIENT_TOKEN = 'sy-test-client-key-0123456789'

/** Stopped by itself when the test ends. */
export async function startTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  const held = options.clock === undefined ? createHeldClock() : null
  const clock = options.clock ?? held
  if (clock === null) throw new Error('no clock')
  let settings: Settings = { ...defaultSettings, ...options.settings }
  const exchanges: ExchangeRecord[] = []
  const decisions: Decision[] = []
  const breakers: PersistedBreaker[] = []
  const log: LogLine[] = []
  const changed = createCondition()
  let loads = 0
  const database = { nodes: options.nodes, failing: false, loads: () => loads }
  const clientKeys = (options.clientKeys ?? [{ token: CLIENT_TOKEN }]).map(hashed)
  const keyed = (): readonly KeyedNode[] => database.nodes.map(keyedNode)
  const load = async (): Promise<RegistrySnapshot> => {
    loads++
    if (database.failing) throw new Error('the database is locked')
    const nodes = keyed()
    for (const { secret } of nodes.flatMap(({ keys }) => keys)) redactor.add(secret)
    const names = new Set([DEFAULT_POOL, ...nodes.flatMap(({ node }) => node.pools)])
    return { nodes, clientKeys, pools: [...names].map((name) => ({ name, strategy: 'priority' as const })) }
  }
  const redactor = createRedactor()
  let ids = 0

  const engine = createEngine({
    instanceId: 'sw_test',
    version: '0.0.0-test',
    breakers: options.breakers ?? [],
    ownPorts: () => [],
    globalProxy: options.globalProxy ?? (() => null),
    settings: () => settings,
    ports: {
      clock,
      random: options.random ?? (() => 0.5),
      newId: (prefix) => `${prefix}_${++ids}`,
      log: (level, tag, message, fields = {}) => {
        log.push({ level, tag, message, fields })
        changed.poke()
      },
      redact: redactor.redact,
      ledger: {
        recordExchange: (record) => {
          exchanges.push(record)
          changed.poke()
        },
        recordDecision: (decision) => decisions.push(decision),
        saveBreaker: (breaker) => breakers.push(breaker),
      },
      registry: {
        load,
        loadPool: async (pool) => (await load()).nodes.filter(({ node }) => node.pools.includes(pool)),
      },
    },
  })
  const { port } = await engine.listen({ host: '127.0.0.1', port: 0 })
  const stop = async (timeoutMs = 0): Promise<void> => {
    const stopping = engine.stop(timeoutMs)
    if (held !== null) {
      const drain = { over: false }
      void stopping.then(() => {
        drain.over = true
      })
      // A held clock would hold the drain's own timers too.
      while (!drain.over) await held.advance(Math.max(1, timeoutMs))
    }
    await stopping
  }
  onTestFinished(() => stop())

  const withKey = (more: Partial<RequestOptions> = {}): RequestOptions => ({
    port,
    ...more,
    headers: { authorization: `Bearer ${CLIENT_TOKEN}`, ...more.headers },
  })
  return {
    engine,
    port,
    get clock() {
      if (held === null) throw new Error('this engine runs on a clock of the test')
      return held
    },
    exchanges,
    decisions,
    breakers,
    log,
    database,
    recorded: (count = 1) =>
      changed.until(
        () => exchanges[count - 1],
        () => `exchange record ${count}; there are ${exchanges.length}`,
      ),
    logged: (tag, text) =>
      changed.until(
        () => log.find((line) => line.tag === tag && line.message.includes(text)),
        () => `a line [${tag}] with "${text}"`,
      ),
    change: (more) => {
      settings = { ...settings, ...more }
    },
    send: (more) => request(withKey(more)),
    stream: (more) => openStream(withKey(more)),
    stop,
  }
}

function keyedNode(node: TestNode, index: number): KeyedNode {
  const { name, url, keys, simulated, proxyPassword, keysWithheld, ...fields } = node
  return {
    node: {
      ...defaultNodeFields(url),
      ...fields,
      id: `node_${name}`,
      name,
      baseUrl: url,
      simulated: simulated ?? false,
      createdAtMs: index,
      priority: fields.priority ?? index + 1,
    },
    keys: (keys ?? [`key-of-${name}-0000`]).map((secret, at) => ({
      id: `key_${name}_${at}`,
      label: `key-${at}`,
      secret,
    })),
    keysWithheld: keysWithheld ?? false,
    proxyPassword: proxyPassword ?? null,
  }
}

function hashed({ token, ...key }: TestClientKey, index: number): HashedClientKey {
  return {
    id: `ck_${index}`,
    name: `client-${index}`,
    pools: [DEFAULT_POOL],
    ...unlimitedClientKey,
    last4: token.slice(-4),
    enabled: true,
    createdAtMs: 0,
    sha256: createHash('sha256').update(token).digest('hex'),
    ...key,
  }
}
