// From how a try of a node ended to what it means: the table of policies §3 as one pure function.
import { assertNever } from '../../shared/assert-never.ts'
import type { ErrorClass } from '../../shared/model/outcome.ts'
import type { Redact } from '../../shared/redact.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { AttemptEnd } from './attempt-end.ts'
import { classOfConnectCode } from './class-of-connect-code.ts'
import { classOfErrorInAnswer, classOfErrorStatus } from './classify-error-answer.ts'
import * as sentence from './end-message.ts'
import { type ErrorFacts, errorFactsOf, readErrorFacts } from './error-facts.ts'
import { capRetryAfterMs, readRetryAfterMs } from './retry-after.ts'
import type { Verdict } from './verdict.ts'
import { consequenceOf } from './verdict-of-class.ts'

export type EndContext = {
  readonly settings: Settings
  /** As sent to the node, after mapping; null for requests without one. */
  readonly model: string | null
  readonly wallNowMs: number
  readonly stream: boolean
  /** A node may quote its key: it goes before a sentence is cut to its length, or half of it would stay. */
  readonly redact: Redact
}

/** Total: every end has a verdict, whatever the node wrote. */
export function classifyEnd(end: AttemptEnd, context: EndContext): Verdict {
  switch (end.kind) {
    case 'complete':
      return success
    case 'connect-failed':
      return failed(classOfConnectCode(end.code), context, { message: sentence.connectFailed(end.code, end.detail) })
    case 'connect-timeout':
      return failed('network', context, {
        message: sentence.connectTimeout(context.settings.connectTimeoutMs, end.proxy),
      })
    case 'broken':
      return costly(end.phase === 'after-commit' ? 'truncated' : 'network', context, {
        message: sentence.broken(end.phase, end.code),
      })
    case 'timed-out':
      return timedOut(end, context)
    case 'status':
      return answeredStatus(end, context)
    case 'bad-answer':
      return costly(end.committed ? 'truncated' : 'false-success', context, {
        message: sentence.badAnswer(end.problem, context.stream),
      })
    case 'error-in-answer': {
      const facts = errorFactsOf(end, context.redact)
      const { retryDelayMs: retryAfterMs } = facts
      const within = classOfErrorInAnswer(facts, { ...context, retryAfterMs })
      return costly(end.committed ? 'truncated' : within, context, {
        message: sentence.errorInAnswer(facts),
        retryAfterMs,
      })
    }
    case 'cancelled':
      return costly('cancelled', context, { message: 'the client went away' })
    case 'passed-over':
      return failed('passed-over', context, {
        message: 'its connection was not ready and another node connected first',
      })
    default:
      return assertNever(end)
  }
}

const success: Verdict = {
  outcome: 'success',
  breaker: 'success',
  move: 'stop',
  setAside: null,
  costly: true,
  secondRound: false,
  retryAfterMs: null,
  message: '',
}

type Found = { readonly message: string; readonly retryAfterMs?: number | null }

/** Nothing was sent, or only an error status came back: free (policies §2). */
function failed(errorClass: ErrorClass, context: EndContext, found: Found): Verdict {
  const retryAfterMs = capRetryAfterMs(found.retryAfterMs ?? null, context.settings.retryAfterCapMs)
  const { settings, model } = context
  return {
    outcome: errorClass,
    ...consequenceOf(errorClass, { settings, model, retryAfterMs }),
    costly: false,
    retryAfterMs,
    message: sentence.oneSentence(context.redact(found.message)),
  }
}

/** It began to answer with 200, was reset after the request was sent, or ran into a timer. */
function costly(errorClass: ErrorClass, context: EndContext, found: Found): Verdict {
  return { ...failed(errorClass, context, found), costly: true }
}

function timedOut(end: Extract<AttemptEnd, { kind: 'timed-out' }>, context: EndContext): Verdict {
  const verdict = costly(end.committed ? 'truncated' : 'slow', context, { message: sentence.timedOut(end.timer) })
  // The time ran out over all tries and holds together: no new try, and no reason to blame the last one for it.
  if (end.timer === 'before-content-total' && !end.committed) return { ...verdict, move: 'stop', breaker: 'none' }
  return verdict
}

function answeredStatus(end: Extract<AttemptEnd, { kind: 'status' }>, context: EndContext): Verdict {
  const facts: ErrorFacts = readErrorFacts(end.body, end.headers['content-type'], context.redact)
  const retryAfterMs = readRetryAfterMs(end.headers, facts.retryDelayMs, context.wallNowMs)
  const errorClass = classOfErrorStatus(end.status, facts, { ...context, retryAfterMs })
  const message = sentence.answeredStatus(end.status, facts, { errorClass, location: end.headers.location })
  const verdict = failed(errorClass, context, { message, retryAfterMs })
  // A 404 may be one wrong path of many right ones; a redirect is a node that serves nothing here.
  const redirect = errorClass === 'wrong-path' && end.status < 400
  return redirect ? { ...verdict, breaker: 'failure' } : verdict
}
