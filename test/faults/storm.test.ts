// The scenarios of `npm run prove` with small numbers, over the real engine and a real clock.
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { CLIENT_TOKEN, startTestEngine } from '../harness/engine.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import type { Steps } from '../harness/step-scripts.ts'
import { faultKinds, runFault } from '../prove/scenarios/fault-storm.ts'
import { type KilledNodeFigures, runKilledNode, slowAnswer } from '../prove/scenarios/killed-node.ts'
import { breakerStaysClosed, KEYS_OF_FAULTY_NODE, type ProxyUnderTest } from '../prove/scenarios/proxy-under-test.ts'

const SECOND = 1000

describe('a node that is killed and brought back every second', () => {
  const size = { requests: 200, seconds: 3, connections: 32, cycleMs: SECOND }

  test('costs no client a request while its breaker stays closed', { timeout: 30 * SECOND }, async () => {
    const figures = await killedNode(breakerStaysClosed)
    expect(figures.failures).toEqual([])
    expect(figures.requests).toBeGreaterThanOrEqual(size.requests)
    expect(figures.withFailedAttempt).toBeGreaterThanOrEqual(20)
  })

  test('costs no client a request with the default breaker', { timeout: 30 * SECOND }, async () => {
    const figures = await killedNode({})
    expect(figures.failures).toEqual([])
    expect(figures.withFailedAttempt).toBeGreaterThanOrEqual(1)
  })

  async function killedNode(settings: Partial<Settings>): Promise<KilledNodeFigures> {
    return runKilledNode(await startScene({ settings, steps: [slowAnswer] }), size)
  }
})

describe('a storm of one fault, with a healthy node behind it', () => {
  const size = { requests: 40, connections: 8 }

  test.for(faultKinds)('$name: every request is answered by the other node', async (kind) => {
    const figures = await runFault(kind, await startScene({ settings: breakerStaysClosed }), size)
    expect(figures.failures).toEqual([])
    expect(figures.withFailedAttempt).toBe(size.requests)
  })
})

type Scene = { readonly preferred: ScriptedUpstream; readonly proxy: ProxyUnderTest }

async function startScene(options: { readonly settings: Partial<Settings>; readonly steps?: Steps }): Promise<Scene> {
  const [preferred, healthy] = await Promise.all(
    ['a', 'b'].map((name) =>
      startScriptedUpstream({ name, keep: 'heads', ...(options.steps && { steps: options.steps }) }),
    ),
  )
  if (preferred === undefined || healthy === undefined) throw new Error('two upstreams were started')
  onTestFinished(preferred.close)
  onTestFinished(healthy.close)
  const keys = Array.from({ length: KEYS_OF_FAULTY_NODE }, (_, index) => `key-of-a-${index}-0123456789`)
  const { engine, port } = await startTestEngine({
    clock: systemClock,
    settings: options.settings,
    nodes: [{ ...preferred, keys }, healthy],
  })
  return {
    preferred,
    proxy: {
      port,
      key: CLIENT_TOKEN,
      withFailedAttempt: () => Promise.resolve(engine.counts().withFailedAttempt),
      // One set is enough for a test's few requests.
      renewKeys: () => Promise.resolve(),
    },
  }
}
