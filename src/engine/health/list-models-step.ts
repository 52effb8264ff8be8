// The step `models` of a node's test: the list, asked for with one key.
import type { NodeTestStep } from '../../shared/model/node-test.ts'
import { speak } from '../../shared/text/speak.ts'
import { readErrorFacts } from '../classify/error-facts.ts'
import type { OpenKey } from '../ports.ts'
import { type Answered, askWhole } from './ask-node.ts'
import { type AskedStep, type Said, sayEnd } from './say-answer.ts'
import { type TestPlace, testRequest } from './test-place.ts'

export type ListedModels = {
  readonly step: NodeTestStep
  readonly models: readonly string[]
  /** Another key would fare no better: the node itself failed. */
  readonly conclusive: boolean
}

const MODELS_MAX = 1000
const MODEL_CHARACTERS_MAX = 200

export async function listModelsStep(place: TestPlace, key: OpenKey | null, prefix: string): Promise<ListedModels> {
  const { clock } = place.room
  const startedMs = clock.monotonicMs()
  const target = place.protocol.test.listModels
  const end = await askWhole(place, testRequest(place, key, { target, body: null }))
  const totalMs = clock.monotonicMs() - startedMs
  const path = target.split('?', 1)[0] ?? target
  const asked = { place, step: 'models', key: prefix, keyless: key === null, model: null, models: [], path } as const
  const { models, ...said } =
    end.kind === 'answered' ? sayList(end, asked) : { ...sayEnd(end, null, asked), models: [] }
  const conclusive = end.kind !== 'answered' || end.status >= 500
  return { step: { step: 'models', totalMs, ...said }, models, conclusive }
}

function sayList(answer: Answered, asked: AskedStep): Said & { readonly models: readonly string[] } {
  const { status, headers, body } = answer
  const { protocol } = asked.place
  const text = () => body.toString('utf8', 0, 64 * 1024)
  if (status > 299) return { ...sayEnd({ kind: 'status', status, headers, body: text() }, status, asked), models: [] }
  const listed = protocol.test.modelsOf(body)
  if (listed !== null) {
    const models = listed.filter(isName).slice(0, MODELS_MAX)
    return { result: 'ok', status, said: speak('node-test-models', { key: asked.key, count: models.length }), models }
  }
  const bad = (problem: 'html' | 'empty') => sayEnd({ kind: 'bad-answer', problem, committed: false }, status, asked)
  if (body.length === 0) return { ...bad('empty'), models: [] }
  if (readErrorFacts(text(), headers['content-type']).html) return { ...bad('html'), models: [] }
  // Relays answer 200 with an error of their own: {"code":401,"msg":"…"}.
  const whole = protocol.readWhole(body)
  if (whole.kind === 'error') {
    return {
      ...sayEnd({ ...whole, kind: 'error-in-answer', body: text(), committed: false }, status, asked),
      models: [],
    }
  }
  return { result: 'weak', status, said: speak('node-test-not-a-list', { key: asked.key, status }), models: [] }
}

/** They are shown in a terminal. */
function isName(model: string): boolean {
  return model !== '' && model.length <= MODEL_CHARACTERS_MAX && !/\p{Cc}/u.test(model)
}
