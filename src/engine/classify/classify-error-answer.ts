// Classes of the errors a node answers with: by its body first, then by its status, or by its type inside a 200 (policies §3).
import type { ErrorClass } from '../../shared/model/outcome.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import { classOfStatus } from './class-of-status.ts'
import type { ErrorFacts } from './error-facts.ts'
import { type BodyRule, builtInRules, matchRule } from './rules.ts'

type Circumstances = {
  readonly settings: Settings
  readonly model: string | null
  /** Not capped. */
  readonly retryAfterMs: number | null
}

export function classOfErrorStatus(status: number, facts: ErrorFacts, given: Circumstances): ErrorClass {
  // A key is refused in the API's own words; a page for browsers comes from something in front of it.
  if (status === 403 && facts.html) return 'firewall'
  const rule = matchRule(builtInRules, facts, [status])
  if (rule !== null) return classOfRule(rule, given.retryAfterMs)
  if (status === 404 && namesModel(facts, given.model)) return 'model-gap'
  return classOfStatus(status, given.settings.retryOnStatus)
}

export function classOfErrorInAnswer(facts: ErrorFacts, given: Circumstances): ErrorClass {
  const status = statusOfErrorInAnswer(facts)
  if (status !== null) return classOfErrorStatus(status, facts, given)
  const rule = matchRule(builtInRules, facts, UNNAMED_STATUSES)
  return rule === null ? 'false-success' : classOfRule(rule, given.retryAfterMs)
}

/** The status the error would have come with before the headers; null: it does not say. Some hosts write it where a code would stand. */
export function statusOfErrorInAnswer({ type, code }: Pick<ErrorFacts, 'type' | 'code'>): number | null {
  return statusOfType.get(type) ?? statusOfType.get(code) ?? (/^[45]\d\d$/.test(code) ? Number(code) : null)
}

/** Within this a quota comes back by itself and waiting is enough. */
const NEAR_RESET_MS = 60 * 60 * 1000

function classOfRule(rule: BodyRule, retryAfterMs: number | null): ErrorClass {
  const near = retryAfterMs !== null && retryAfterMs <= NEAR_RESET_MS
  return near ? (rule.withNearReset ?? rule.class) : rule.class
}

function namesModel(facts: ErrorFacts, model: string | null): boolean {
  return !facts.html && model !== null && model !== '' && facts.message.includes(model)
}

/** The status each type comes with when it comes before the headers (Anthropic's list, what OpenAI and relays call a 500, google.rpc.Code). */
const statusOfType: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['server_error', 500],
  ['internal_error', 500],
  ['internal_server_error', 500],
  ['upstream_error', 502],
  ['timeout_error', 504],
  ['overloaded_error', 529],
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['OUT_OF_RANGE', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['RESOURCE_EXHAUSTED', 429],
  ['INTERNAL', 500],
  ['UNKNOWN', 500],
  ['DATA_LOSS', 500],
  ['UNIMPLEMENTED', 501],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
])

/** An error of another type may be any of these; not a 404, where the word "model" alone would decide. */
const UNNAMED_STATUSES = [400, 429, 503]
