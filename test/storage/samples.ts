// Models with every field filled, for tests to vary.
import type { PersistedBreaker } from '../../src/shared/model/breaker.ts'
import { type HashedClientKey, unlimitedClientKey } from '../../src/shared/model/client-key.ts'
import type { Decision } from '../../src/shared/model/decision.ts'
import type { AttemptRecord, ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { defaultNodeFields, type Node } from '../../src/shared/model/node.ts'
import type { SealedKey } from '../../src/storage/storage.ts'

export function sampleNode(overrides: Partial<Node> = {}): Node {
  const id = overrides.id ?? 'node-1'
  return {
    ...defaultNodeFields('https://relay.example.com'),
    id,
    name: id,
    models: ['claude-*', 'claude-opus-5'],
    modelMap: [{ from: 'claude-*', to: 'relay-large' }],
    maxConcurrent: 7,
    pools: ['team', 'default'],
    simulated: false,
    createdAtMs: 1_790_000_000_000,
    ...overrides,
  }
}

export function sampleKey(overrides: Partial<SealedKey> = {}): SealedKey {
  const id = overrides.id ?? 'key-1'
  return {
    id,
    nodeId: 'node-1',
    label: 'main',
    last4: 'x9z1',
    enabled: true,
    sealed: Uint8Array.of(1, 2, 3, 255),
    ...overrides,
  }
}

export function sampleClientKey(overrides: Partial<HashedClientKey> = {}): HashedClientKey {
  const id = overrides.id ?? 'client-1'
  return {
    id,
    name: 'laptop',
    pools: ['default'],
    ...unlimitedClientKey,
    last4: 'ab12',
    enabled: true,
    createdAtMs: 1_790_000_000_001,
    sha256: Buffer.from(id).toString('hex').padEnd(64, '0'),
    ...overrides,
  }
}

export function sampleBreaker(overrides: Partial<PersistedBreaker> = {}): PersistedBreaker {
  return {
    nodeId: 'node-1',
    state: 'open',
    openUntilMs: 1_790_000_030_000,
    reopenings: 2,
    isolated: false,
    ...overrides,
  }
}

export function sampleAttempt(overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    nodeId: 'node-1',
    nodeName: 'relay',
    keyId: 'key-1',
    model: 'relay-large',
    reason: 'first in order',
    probe: true,
    outcome: 'server',
    status: 503,
    message: 'The node answered 503.',
    startedAtMs: 1_790_000_000_100,
    connectMs: 12.5,
    firstByteMs: 80.25,
    firstContentMs: null,
    totalMs: 90,
    ...overrides,
  }
}

export function sampleExchange(overrides: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    id: 'exchange-1',
    startedAtMs: 1_790_000_000_100,
    clientKeyId: 'client-1',
    clientKeyName: 'laptop',
    client: 'claude-cli/2.1.329',
    sessionId: 'session-1',
    protocol: 'anthropic',
    operation: 'messages',
    pool: 'default',
    model: 'claude-opus-5',
    stream: true,
    outcome: 'success',
    status: 200,
    errorCode: null,
    nodeId: 'node-2',
    nodeName: 'official',
    firstByteMs: 120.5,
    firstContentMs: 340.125,
    totalMs: 4000,
    requestBytes: 12_345,
    responseBytes: 6_789,
    usage: { input: 10, output: 20, cacheRead: 30, cacheWrite5m: 40, cacheWrite1h: 50, estimated: true },
    attempts: [
      sampleAttempt(),
      sampleAttempt({ number: 2, nodeId: 'node-2', probe: false, outcome: 'success', status: 200, message: null }),
    ],
    ...overrides,
  }
}

/** Every field that may be null is. */
export function bareExchange(overrides: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return sampleExchange({
    clientKeyId: null,
    clientKeyName: null,
    client: null,
    sessionId: null,
    pool: null,
    model: null,
    stream: false,
    outcome: 'rejected',
    status: null,
    errorCode: 'no-client-key',
    nodeId: null,
    nodeName: null,
    firstByteMs: null,
    firstContentMs: null,
    totalMs: 0,
    usage: null,
    attempts: [],
    ...overrides,
  })
}

export function sampleDecision(overrides: Partial<Decision> = {}): Decision {
  return {
    id: 'decision-1',
    atMs: 1_790_000_000_200,
    kind: 'failed-over',
    nodeId: 'node-2',
    exchangeId: 'exchange-1',
    text: 'official took over because relay answered 503.',
    ...overrides,
  }
}
