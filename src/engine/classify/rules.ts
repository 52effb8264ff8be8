// The built-in body rules, as data: what a node says wins over the status it says it with (policies §3). The first match
// counts, so the order is part of the meaning. Every rule has a recorded example and a near miss in test/engine/classify-rules.test.ts.
import type { ErrorClass } from '../../shared/model/outcome.ts'
import type { ErrorFacts } from './error-facts.ts'

export type BodyRule = {
  readonly id: string
  /** Absent: whatever the status. */
  readonly statuses?: readonly number[]
  readonly where: 'type' | 'code' | 'message' | 'any'
  readonly pattern: RegExp
  readonly class: ErrorClass
  /** The class instead when the node names a reset within the hour. */
  readonly withNearReset?: ErrorClass
}

/** `statuses`: the one the node answered with, or those an error inside a 200 answer could have come with. */
export function matchRule(rules: readonly BodyRule[], facts: ErrorFacts, statuses: readonly number[]): BodyRule | null {
  // The title of an HTML page is a gateway's, written for browsers.
  if (facts.html) return null
  return (
    rules.find((rule) => appliesTo(rule, statuses) && textsOf(rule, facts).some((text) => rule.pattern.test(text))) ??
    null
  )
}

function appliesTo(rule: BodyRule, statuses: readonly number[]): boolean {
  return rule.statuses === undefined || rule.statuses.some((status) => statuses.includes(status))
}

function textsOf(rule: BodyRule, facts: ErrorFacts): readonly string[] {
  return rule.where === 'any' ? [facts.type, facts.code, facts.message] : [facts[rule.where]]
}

const SIZE_STATUSES = [400, 413, 422]
/** Not 402, which says it by itself, and not 5xx: "get_user_quota_failed" is a relay's broken database. */
const FUNDS_STATUSES = [400, 401, 403, 429]
/** Relays say "no such model" with almost any status: 503 is New API's, 403 a key that may not use it. */
const MODEL_STATUSES = [400, 403, 404, 422, 500, 503]

/** The last two are codes of OpenAI's; inside a 200 a code stands where the type would. */
const overloaded = /^(?:(?:engine_|server_is_)?overloaded(?:_error)?|slow_down)$/i

export const builtInRules: readonly BodyRule[] = [
  // What the client can mend. First, for relays wrap it in "upstream error".
  {
    id: 'prompt-too-long',
    statuses: SIZE_STATUSES,
    where: 'any',
    pattern:
      /prompt is too long|input is too long|maximum context length|context_length_exceeded|exceeds? (?:the )?(?:model's )?(?:maximum )?context|input length and `?max_tokens`? exceed|input token count .{0,40}exceeds|request[ _]too[ _]large|上下文(?:长度)?.{0,10}(?:超|过长)|(?:输入|提示词).{0,10}过长/i,
    class: 'client-recoverable',
  },
  {
    id: 'thinking-signature',
    statuses: [400, 422],
    where: 'message',
    pattern:
      /invalid [`'"]?(?:signature|data)[`'"]? in [`'"]?(?:redacted_)?thinking|thinking[`'"]?\.signature: |expected [`'"]?thinking[`'"]? or [`'"]?redacted_thinking[`'"]?, but found|thinking[`'"]? blocks in the latest assistant message cannot be modified/i,
    class: 'rectifiable',
  },
  {
    id: 'encrypted-reasoning',
    statuses: [400],
    where: 'any',
    pattern: /^invalid_encrypted_content$|encrypted content \S+ could not be (?:verified|decrypted)/i,
    class: 'rectifiable',
  },

  // Load and rate.
  { id: 'overloaded-type', where: 'type', pattern: overloaded, class: 'overload' },
  { id: 'overloaded-code', where: 'code', pattern: overloaded, class: 'overload' },
  {
    id: 'relay-saturated',
    statuses: [403, 429, 500, 502, 503, 504],
    where: 'message',
    pattern: /负载(?:已|过|较)?(?:饱和|满|高)|upstream (?:load|capacity) .{0,20}saturated/i,
    class: 'overload',
  },
  {
    id: 'quota-per-minute',
    statuses: [400, 403, 429],
    where: 'message',
    pattern:
      /(?:quota|limit)[^.]{0,160}\bper[ -]?(?:second|minute|hour)\b|\b(?:requests|tokens) per (?:second|minute|hour)\b/i,
    class: 'throttled',
  },

  // Models. Before funds and keys: "this token may not use the model" is about the model.
  {
    id: 'model-code',
    where: 'any',
    pattern: /^(?:model_not_found|model_not_exist|model_not_supported|modelnotfound|model_not_available)(?:_error)?$/i,
    class: 'model-gap',
  },
  {
    id: 'no-channel',
    where: 'message',
    pattern: /无可用(?:的)?渠道|no available channels?\b/i,
    class: 'model-gap',
  },
  {
    id: 'model-unknown-chinese',
    where: 'message',
    pattern:
      /模型[^，。]{0,60}(?:不存在|未找到|未配置|已下线|未启用|不支持(?=$|[\s，。！(（]))|不支持(?:的|该|此)?模型|无权(?:访问|使用)(?:该|此)?模型/,
    class: 'model-gap',
  },
  {
    id: 'model-unknown',
    statuses: MODEL_STATUSES,
    where: 'message',
    pattern:
      /\bmodel:? [`'"]?[\w./:@-]{0,100}[`'"]?,? ?(?:(?:was|is|does|could|do) )?not (?:be )?(?:found|exist)|\bmodel:? [`'"]?[\w./:@-]{0,100}[`'"]?,? ?is not (?:supported|available)\b|\b(?:unknown|unsupported|invalid) model\b(?! (?:parameter|setting|option|input|output))|not a valid model|model identifier is invalid|no endpoints found for|(?:no|not have) access to (?:the |this )?model/i,
    class: 'model-gap',
  },
  // A 404 names either a model or a path. `/models/` in a URL is a path.
  { id: 'model-in-404', statuses: [404], where: 'message', pattern: /(?<![/\w])models?\b/i, class: 'model-gap' },

  // Money.
  {
    id: 'funds-words',
    statuses: FUNDS_STATUSES,
    where: 'any',
    pattern:
      /insufficient[ _](?:user[ _])?(?:balance|credits?|funds)|not[ _]enough[ _](?:balance|credits?)|credit balance is too low|out of (?:credits|extra usage)|specified api usage limits|key limit exceeded|billing_(?:error|not_active|hard_limit_reached)|payment[ _]required|account .{0,60}in arrears|余额(?!度)|欠费|请(?:先|及时)?充值|充值后/i,
    class: 'out-of-funds',
  },
  {
    id: 'quota',
    statuses: FUNDS_STATUSES,
    where: 'any',
    // Not "quotation". `insufficient_quota`, `QuotaExceeded` and "quota" alone are.
    pattern: /(?<![a-z])quota(?!ti)|额度/i,
    class: 'out-of-funds',
    withNearReset: 'throttled',
  },

  {
    id: 'rate-limit-type',
    where: 'any',
    pattern:
      /^(?:rate_?limit(?:_error|_exceeded|_reached|_reached_error|ed)?|too_many_requests(?:_error)?|throttl(?:ed|ing)(?:_?exception|_error)?)$/i,
    class: 'throttled',
  },

  // Who may ask.
  {
    id: 'region',
    statuses: [400, 403],
    where: 'any',
    pattern: /unsupported_country_region_territory|user location is not supported|^request not allowed$/i,
    class: 'firewall',
  },
  {
    id: 'credential-type',
    where: 'any',
    pattern: /^(?:authentication_error|invalid_api_key|invalid_authentication_error|api_key_invalid|failed_to_auth)$/i,
    class: 'credential',
  },
  {
    id: 'credential-words',
    where: 'message',
    pattern:
      /(?:invalid|incorrect) api key|api key (?:is )?(?:not valid|invalid|expired)|无效的令牌|令牌.{0,12}(?:已过期|不可用|无效|已禁用|验证失败)/i,
    class: 'credential',
  },

  // Last: a 400 that is none of the client's, by words that the rules above may share.
  {
    id: 'masked-server-error',
    statuses: [400],
    where: 'any',
    pattern:
      /\boverloaded\b|\b(?:service|server|temporarily|currently)(?: is)?[ _](?:temporarily |currently )?unavailable|^unavailable$|upstream[ _](?:request[ _])?(?:error|failed|failure|timeout)|internal (?:server )?error|internal_server_error|bad_response_status_code|do_request_failed|负载|(?:服务|系统).{0,6}(?:不可用|繁忙)|上游.{0,20}(?:错误|失败|超时|异常)/i,
    class: 'masked-server-error',
  },
]
