// Whatever nodes, pools, models and pins there are: a client key's request reaches the nodes it may reach, in their order, and no other.
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { CLIENT_TOKEN, startTestEngine, type TestNode } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { apiError, ok } from '../harness/steps.ts'

const NAMES = ['n0', 'n1', 'n2', 'n3', 'n4'] as const
const POOLS = ['p0', 'p1', 'p2', 'gone'] as const
const MODELS = ['claude-a', 'claude-b', 'gpt-a'] as const
const PATTERNS = ['claude-*', '*-a', 'claude-b', 'gpt-a'] as const

const nodes = fc.array(
  fc.record({
    pools: fc.uniqueArray(fc.constantFrom('p0', 'p1', 'p2'), { minLength: 1 }),
    priority: fc.integer({ min: 1, max: 3 }),
    enabled: fc.constantFrom(true, true, true, false),
    simulated: fc.constantFrom(false, false, false, true),
    keysWithheld: fc.constantFrom(false, false, false, true),
    works: fc.boolean(),
    models: fc.constantFrom<readonly string[]>([], [], ['claude-*']),
  }),
  { minLength: 1, maxLength: NAMES.length },
)
const clientKey = fc.record({
  pools: fc.uniqueArray(fc.constantFrom(...POOLS), { minLength: 1 }),
  models: fc.uniqueArray(fc.constantFrom(...PATTERNS), { maxLength: 2 }),
  pinned: fc.option(
    fc.record({ nodeId: fc.constantFrom('node_n0', 'node_n2', 'node_n4', 'node_gone'), strict: fc.boolean() }),
  ),
})
type Nodes = typeof nodes extends fc.Arbitrary<infer T> ? T : never
type Key = typeof clientKey extends fc.Arbitrary<infer T> ? T : never
type Node = Nodes[number] & { readonly name: string; readonly index: number }

/** The rule in other words than the engine's: which nodes, and in which order. Null: the key may not ask for the model. */
function expectedOrder(all: readonly Node[], key: Key, model: string): readonly string[] | null {
  const fits = (pattern: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(model)
  if (key.models.length > 0 && !key.models.some(fits)) return null
  const isPinned = ({ name, simulated }: Node) => !simulated && key.pinned?.nodeId === `node_${name}`
  const reached = all.filter(
    (node) => isPinned(node) || (key.pinned?.strict !== true && node.pools.some((pool) => key.pools.includes(pool))),
  )
  const real = reached.filter(({ simulated }) => !simulated)
  const candidates = (real.length > 0 ? real : reached).filter(
    ({ enabled, keysWithheld, models }) =>
      enabled && !keysWithheld && (models.length === 0 || model.startsWith('claude-')),
  )
  const ofPool = ({ pools }: Node) => key.pools.findIndex((pool) => pools.some((own) => own === pool))
  const rank = (node: Node) => [isPinned(node) ? 0 : 1, ofPool(node), node.priority, node.index]
  return candidates.toSorted((a, b) => compare(rank(a), rank(b))).map(({ name }) => name)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index])
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0)
}

test('a request goes through exactly the nodes its client key may reach, in their order, until one answers', async () => {
  const upstreams: ScriptedUpstream[] = []
  for (const name of NAMES) upstreams.push(await startScriptedUpstream({ name }))
  onTestFinished(async () => {
    for (const upstream of upstreams) await upstream.close()
  })
  let seen = 0
  await fc.assert(
    fc.asyncProperty(nodes, clientKey, fc.constantFrom(...MODELS), async (drawn, key, model) => {
      const all = drawn.map((node, index) => ({ ...node, name: NAMES[index] ?? '', index }))
      const before = upstreams.map((upstream) => upstream.requestsFor().length)
      const testNodes = all.map(({ name, index, works, ...node }): TestNode => {
        upstreams[index]?.script(works ? ok() : apiError(500, 'boom'))
        const keys = node.keysWithheld ? { keys: [] } : {}
        return { ...node, ...keys, models: [...node.models], name, url: upstreams[index]?.url ?? '' }
      })
      const engine = await startTestEngine({
        nodes: testNodes,
        clientKeys: [{ token: CLIENT_TOKEN, ...key, pools: [...key.pools], models: [...key.models] }],
        settings: { retryBudgetPercent: 0, retryBudgetFloor: 0 },
      })
      const { pools, pinned } = key
      const explained = engine.engine.explain({ pools, pinned, model, protocol: 'anthropic' })
      const answer = await engine.send({ body: messagesBody({ model }) })
      const record = await engine.recorded()
      await engine.stop()

      const order = expectedOrder(all, key, model)
      const asked = record.attempts.map(({ nodeName }) => nodeName)
      const answering = order?.findIndex((name) => all.find((node) => node.name === name)?.works) ?? -1
      expect(asked).toEqual(answering < 0 ? (order ?? []) : order?.slice(0, answering + 1))
      const asks = upstreams.map((upstream, index) => upstream.requestsFor().length - (before[index] ?? 0))
      expect(asks).toEqual(NAMES.map((name) => (asked.includes(name) ? 1 : 0)))
      if (order === null) {
        expect([answer.status, record.errorCode, record.outcome]).toEqual([403, 'model-not-allowed', 'rejected'])
        return
      }
      expect(explained.chosen).toBe(asked[0] ?? null)
      expect(answer.status === 200).toBe(answering >= 0)
      const answered = all.find((node) => node.name === record.nodeName)
      expect(record.pool).toBe(key.pools.find((pool) => answered?.pools.some((own) => own === pool)) ?? key.pools[0])
      seen++
    }),
    { numRuns: 300 },
  )
  // Not a test of refusals only.
  expect(seen).toBeGreaterThan(100)
})
