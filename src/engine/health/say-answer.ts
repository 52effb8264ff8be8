// What to tell a person about a node's answer that is none, by the class real requests give it (policies §3, §5).
import { assertNever } from '../../shared/assert-never.ts'
import type { NodeTestStep } from '../../shared/model/node-test.ts'
import type { AttemptOutcome } from '../../shared/model/outcome.ts'
import { type SentenceCode, speak } from '../../shared/text/speak.ts'
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { classifyEnd } from '../classify/classify-end.ts'
import { oneSentence } from '../classify/end-message.ts'
import { type ErrorFacts, errorFactsOf, readErrorFacts } from '../classify/error-facts.ts'
import { sayConnectFailure, withoutStop } from './say-connect-failure.ts'
import type { TestPlace } from './test-place.ts'

export type Said = Pick<NodeTestStep, 'result' | 'status' | 'said'>

export type AskedStep = {
  readonly place: TestPlace
  readonly step: 'models' | 'generate'
  /** Before every sentence: empty, or "[label] ". */
  readonly key: string
  /** It was asked without a key, for the node has none. */
  readonly keyless: boolean
  /** As sent; null for the list. */
  readonly model: string | null
  /** As the node lists them. */
  readonly models: readonly string[]
  readonly path: string
}

/** `status`: of the answer's head; null when there was none. */
export function sayEnd(end: AttemptEnd, status: number | null, asked: AskedStep): Said {
  const { place, key } = asked
  const failed = (code: SentenceCode, more: Record<string, string | number> = {}): Said => ({
    result: 'failed',
    status,
    said: speak(code, { key, status: status ?? 0, ...more }),
  })
  switch (end.kind) {
    case 'connect-failed':
    case 'connect-timeout':
      return { result: 'failed', status, said: sayConnectFailure(end, place) }
    case 'broken':
      return failed('node-test-broken', { code: end.code })
    case 'timed-out': {
      const { nodeTestTimeoutMs, firstEventTimeoutMs } = place.room.settings()
      return failed('node-test-silent', {
        seconds: (asked.step === 'models' ? nodeTestTimeoutMs : firstEventTimeoutMs) / 1000,
      })
    }
    case 'bad-answer':
      return failed(badAnswers[end.problem])
    case 'status':
      return sayStatus(end, asked)
    case 'error-in-answer':
      return sayError({
        ...asked,
        status: status ?? 200,
        end,
        facts: errorFactsOf(end, asked.place.redact),
      })
    case 'complete':
    case 'cancelled':
    case 'passed-over':
      throw new Error(`${end.kind} is no failure of a test`)
    default:
      return assertNever(end)
  }
}

const badAnswers = {
  html: 'node-test-web-page',
  empty: 'node-test-empty',
  malformed: 'node-test-not-a-stream',
  'ended-early': 'node-test-no-content',
} as const

function sayStatus(end: Extract<AttemptEnd, { kind: 'status' }>, asked: AskedStep): Said {
  const { status, headers } = end
  if (status >= 300 && status < 400) {
    const location = oneSentence(asked.place.redact(headers['location'] ?? '')) || '?'
    return { result: 'failed', status, said: speak('node-test-redirect', { key: asked.key, status, location }) }
  }
  return sayError({
    ...asked,
    status,
    end,
    facts: readErrorFacts(end.body, headers['content-type'], asked.place.redact),
  })
}

type SpokenError = AskedStep & {
  readonly status: number
  readonly end: AttemptEnd
  readonly facts: ErrorFacts
}

function sayError(error: SpokenError): Said {
  const { place, key, status, facts, model, models, path, step } = error
  const { settings, clock } = place.room
  const { outcome } = classifyEnd(error.end, {
    settings: settings(),
    model,
    wallNowMs: clock.wallMs(),
    stream: step === 'generate',
    redact: place.redact,
  })
  const words = withoutStop(oneSentence(place.redact(facts.message || facts.type || facts.code)))
  const parameters = { key, status, detail: words === '' ? '' : `: ${words}` }
  if (step === 'models' && listsNone(outcome, status)) {
    const code = facts.html ? 'node-test-no-list-page' : 'node-test-no-list'
    return { result: 'weak', status, said: speak(code, parameters) }
  }
  // The key was accepted; a list that is not to be had now says nothing of the requests.
  const result = step === 'models' && outcome === 'throttled' ? 'weak' : 'failed'
  if (outcome === 'model-gap' && model !== null && models.length > 0 && !models.includes(model)) {
    const said = speak('node-test-model-gap-listed', { ...parameters, model, models: shortList(models) })
    return { result, status, said }
  }
  return { result, status, said: speak(sentenceOf(outcome, error), { ...parameters, path, model: model ?? '' }) }
}

/** 404 and 405 are a node that is there and has no such list, unless the body says more (policies §5). */
function listsNone(outcome: AttemptOutcome, status: number): boolean {
  return (
    (status === 404 || status === 405) && (outcome === 'wrong-path' || outcome === 'model-gap' || outcome === 'client')
  )
}

function sentenceOf(outcome: AttemptOutcome, error: SpokenError): SentenceCode {
  switch (outcome) {
    case 'credential':
      return error.keyless ? 'node-test-key-wanted' : 'node-test-key-refused'
    case 'out-of-funds':
      return 'node-test-out-of-funds'
    case 'throttled':
      return 'node-test-throttled'
    case 'overload':
      return 'node-test-overloaded'
    case 'firewall':
      return 'node-test-firewall'
    case 'model-gap':
      return error.model === null ? 'node-test-request-refused' : 'node-test-model-gap'
    case 'wrong-path':
      return error.facts.html ? 'node-test-web-page' : 'node-test-wrong-path'
    case 'server':
    case 'masked-server-error':
    case 'not-offered':
      return 'node-test-server-error'
    case 'false-success':
      return 'node-test-error-in-answer'
    default:
      return 'node-test-request-refused'
  }
}

const SHOWN_MODELS_MAX = 10

function shortList(models: readonly string[]): string {
  return models.slice(0, SHOWN_MODELS_MAX).join(', ') + (models.length > SHOWN_MODELS_MAX ? ', …' : '')
}
