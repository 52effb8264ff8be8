// From the steps of a node's test to its verdict (pure).
import type { NodeTest, NodeTestStep } from '../../shared/model/node-test.ts'
import { speak } from '../../shared/text/speak.ts'
import type { OpenKey } from '../ports.ts'

export type TestedKey = {
  readonly key: OpenKey | null
  readonly step: NodeTestStep
  readonly models: readonly string[]
}

/** A token says most; without one, a key that the node takes; then an answer of any kind. */
export function verdictOf(
  steps: readonly NodeTestStep[],
  keys: readonly TestedKey[],
): Pick<NodeTest, 'ok' | 'verdict'> {
  const generated = steps.find(({ step, result }) => step === 'generate' && result !== 'skipped')
  if (generated !== undefined && generated.result !== 'ok') return { ok: false, verdict: generated.said }
  const good = keys.filter(({ step }) => step.result !== 'failed')
  if (generated === undefined && good.length === 0) return { ok: false, verdict: firstFailure(steps) }
  const labels = keys.flatMap(({ key, step }) => (step.result === 'failed' && key !== null ? [key.label] : []))
  if (keys.length > 1 && labels.length > 0) {
    return { ok: true, verdict: speak('node-test-some-keys', { labels: labels.join(', ') }) }
  }
  if (generated !== undefined) return { ok: true, verdict: speak('node-test-works') }
  if (good.some(({ step }) => step.result === 'weak')) return { ok: true, verdict: speak('node-test-reachable') }
  if (keys.some(({ key }) => key === null)) return { ok: true, verdict: speak('node-test-answers-keyless') }
  return { ok: true, verdict: speak(keys.length > 1 ? 'node-test-answers-all' : 'node-test-answers') }
}

function firstFailure(steps: readonly NodeTestStep[]): NodeTestStep['said'] {
  const failed = steps.find(({ result }) => result === 'failed')
  if (failed === undefined) throw new Error('a test that went well nowhere failed nowhere')
  return failed.said
}
