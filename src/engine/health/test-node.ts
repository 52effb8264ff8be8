// `node test`: connects, lists the models with every key, asks for one token when told to, and says what a person should
// do. The way, the headers and the address checks are those of real requests; the node's state, its breaker and the
// ledger hear nothing of it.
import type { NodeTest, NodeTestStep } from '../../shared/model/node-test.ts'
import { createRedactor } from '../../shared/redact.ts'
import { type SentenceCode, speak } from '../../shared/text/speak.ts'
import type { NodeTestOptions } from '../engine-door.ts'
import type { KeyedNode, OpenKey } from '../ports.ts'
import { protocolModules } from '../protocols/protocols.ts'
import { nodeWay } from '../upstream/node-way.ts'
import { connectNode } from './ask-node.ts'
import { generateStep, modelToAsk } from './generate-step.ts'
import { listModelsStep } from './list-models-step.ts'
import { sayConnectFailure } from './say-connect-failure.ts'
import type { TestPlace, TestRoom } from './test-place.ts'
import { type TestedKey, verdictOf } from './test-verdict.ts'

/** Rejects with the signal's reason when it is called off. */
export async function testNode(keyed: KeyedNode, options: NodeTestOptions, room: TestRoom): Promise<NodeTest> {
  const way = nodeWay(keyed, null)
  const place: TestPlace = {
    keyed,
    protocol: protocolModules[keyed.node.protocol],
    base: way.base,
    pool: room.upstreams.poolOf(way),
    room,
    redact: redactorOf(keyed, room),
    signal: options.signal,
  }
  const connect = await connectStep(place)
  if (connect.result !== 'ok') {
    return finished(keyed, { steps: [connect, ...notTried('node-test-not-connected', options, 'models')], keys: [] })
  }
  if (keyed.keysWithheld) {
    const said = speak('node-test-no-usable-key')
    const models: NodeTestStep = { step: 'models', result: 'failed', status: null, totalMs: 0, said }
    const generate = notTried('node-test-no-key-to-try', options, 'generate')
    return finished(keyed, { steps: [connect, models, ...generate], keys: [] })
  }
  const keys = await tryKeys(place)
  const models = [...new Set(keys.flatMap((tried) => tried.models))].slice(0, 1000)
  const generate = options.generate ? await tryGenerating(place, { keys, models, options }) : []
  return finished(keyed, { steps: [connect, ...keys.map(({ step }) => step), ...generate], keys }, models)
}

async function connectStep(place: TestPlace): Promise<NodeTestStep> {
  const { clock } = place.room
  const startedMs = clock.monotonicMs()
  const end = await connectNode(place)
  const totalMs = clock.monotonicMs() - startedMs
  const step = { step: 'connect', status: null, totalMs } as const
  const milliseconds = Math.round(totalMs)
  switch (end.kind) {
    case 'connected': {
      const { proxy } = place.pool
      const said =
        proxy === null
          ? speak('node-test-connected', { milliseconds })
          : speak('node-test-connected-through', { milliseconds, proxy })
      return { ...step, result: 'ok', said }
    }
    case 'connect-failed':
    case 'connect-timeout':
      return { ...step, result: 'failed', said: sayConnectFailure(end, place) }
    default:
      throw new Error(`a connect ended as ${end.kind}`)
  }
}

async function tryKeys(place: TestPlace): Promise<readonly TestedKey[]> {
  const keys: readonly (OpenKey | null)[] = place.keyed.keys.length === 0 ? [null] : place.keyed.keys
  const tried: TestedKey[] = []
  for (const key of keys) {
    const { conclusive, ...listed } = await listModelsStep(place, key, prefixOf(place, key))
    tried.push({ key, ...listed })
    if (conclusive) break
  }
  return tried
}

type Generating = {
  readonly keys: readonly TestedKey[]
  readonly models: readonly string[]
  readonly options: NodeTestOptions
}

/** With the first key that the list did not speak against. */
async function tryGenerating(
  place: TestPlace,
  { keys, models, options }: Generating,
): Promise<readonly NodeTestStep[]> {
  const model = modelToAsk(place.keyed.node, options.model, models)
  if (model === null) return notTried('node-test-no-model', options, 'generate')
  const { key } = keys.find(({ step }) => step.result !== 'failed') ?? keys[0] ?? { key: null }
  return [await generateStep(place, { key, prefix: prefixOf(place, key), model, models })]
}

function prefixOf({ keyed }: TestPlace, key: OpenKey | null): string {
  return key === null || keyed.keys.length < 2 ? '' : `[${key.label}] `
}

function notTried(
  code: SentenceCode,
  { generate }: NodeTestOptions,
  from: 'models' | 'generate',
): readonly NodeTestStep[] {
  const steps = [...(from === 'models' ? (['models'] as const) : []), ...(generate ? (['generate'] as const) : [])]
  return steps.map((step) => ({ step, result: 'skipped', status: null, totalMs: 0, said: speak(code) }))
}

type Found = { readonly steps: readonly NodeTestStep[]; readonly keys: readonly TestedKey[] }

function finished({ node }: KeyedNode, { steps, keys }: Found, models: readonly string[] = []): NodeTest {
  return { nodeName: node.name, ...verdictOf(steps, keys), steps: [...steps], models: [...models] }
}

/** The engine's own knows the registered nodes only. */
function redactorOf({ keys, proxyPassword }: KeyedNode, room: TestRoom): (text: string) => string {
  const own = createRedactor()
  for (const { secret } of keys) own.add(secret)
  if (proxyPassword !== null) own.add(proxyPassword)
  return (text) => room.redact(own.redact(text))
}
