// Every built-in body rule: an error as it was recorded, and a near miss that must not match it.
import { describe, expect, test } from 'vitest'
import { classifyEnd } from '../../src/engine/classify/classify-end.ts'
import { readErrorFacts } from '../../src/engine/classify/error-facts.ts'
import { builtInRules, matchRule } from '../../src/engine/classify/rules.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'

type Recorded = readonly [ruleId: string, status: number, body: string]

const anthropic = (type: string, message: string) =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_011CU' })
const openai = (message: string, type: string, code: string | null = null) =>
  JSON.stringify({ error: { message, type, param: null, code } })

const examples: readonly Recorded[] = [
  ['prompt-too-long', 400, anthropic('invalid_request_error', 'prompt is too long: 214823 tokens > 200000 maximum')],
  [
    'prompt-too-long',
    400,
    anthropic(
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    ),
  ],
  [
    'prompt-too-long',
    400,
    openai(
      "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.",
      'invalid_request_error',
      'context_length_exceeded',
    ),
  ],
  [
    'prompt-too-long',
    413,
    openai(
      'Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 8000',
      'tokens',
      'rate_limit_exceeded',
    ),
  ],
  [
    'thinking-signature',
    400,
    anthropic('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block'),
  ],
  [
    'thinking-signature',
    400,
    anthropic('invalid_request_error', 'messages.3.content.0: Invalid `data` in `redacted_thinking` block'),
  ],
  [
    'thinking-signature',
    400,
    anthropic('invalid_request_error', 'messages.1.content.0.thinking.signature: Field required'),
  ],
  [
    'thinking-signature',
    400,
    anthropic(
      'invalid_request_error',
      'messages.219.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block.',
    ),
  ],
  [
    'thinking-signature',
    400,
    anthropic(
      'invalid_request_error',
      'messages.5.content.1: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.',
    ),
  ],
  [
    'thinking-signature',
    400,
    JSON.stringify({
      type: 'error',
      error: {
        type: 'request_fail',
        upstream_error: {
          type: 'error',
          error: {
            type: 'invalid_request_error',
            message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
          },
        },
      },
    }),
  ],
  [
    'thinking-signature',
    400,
    JSON.stringify({
      error: {
        code: 400,
        message: anthropic('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block'),
        status: 'INVALID_ARGUMENT',
      },
    }),
  ],
  [
    'thinking-signature',
    400,
    openai(
      `litellm.BadRequestError: AnthropicException - ${anthropic('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block')}`,
      'invalid_request_error',
      '400',
    ),
  ],
  [
    'encrypted-reasoning',
    400,
    openai(
      'The encrypted content gAAA...Rg== could not be verified.',
      'invalid_request_error',
      'invalid_encrypted_content',
    ),
  ],
  [
    'encrypted-reasoning',
    400,
    openai(
      `litellm.BadRequestError: OpenAIException - ${openai('The encrypted content gAAA...OA== could not be verified.', 'invalid_request_error', 'invalid_encrypted_content')}`,
      'invalid_request_error',
      '400',
    ),
  ],
  ['overloaded-type', 529, anthropic('overloaded_error', 'Overloaded')],
  ['overloaded-type', 500, anthropic('overloaded_error', 'Overloaded')],
  [
    'overloaded-type',
    429,
    openai('The engine is currently overloaded, please try again later', 'engine_overloaded_error'),
  ],
  [
    'overloaded-code',
    503,
    openai(
      'Our servers are currently overloaded. Please try again later.',
      'service_unavailable_error',
      'server_is_overloaded',
    ),
  ],
  ['overloaded-code', 503, openai('Slow down', 'service_unavailable_error', 'slow_down')],
  [
    'relay-saturated',
    429,
    openai('当前分组上游负载已饱和，请稍后再试 (request id: 20250423020142736330894dLoIRrS6)', 'new_api_error'),
  ],
  [
    'relay-saturated',
    429,
    openai('当前分组负载已饱和，请稍后再试，或升级账户以提升服务质量。', 'billing_not_active', 'billing_not_active'),
  ],
  [
    'quota-per-minute',
    429,
    JSON.stringify({
      error: {
        code: 429,
        message:
          "Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request limit per minute for a region'",
        status: 'RESOURCE_EXHAUSTED',
      },
    }),
  ],
  [
    'model-code',
    404,
    openai(
      'The model `gpt-9` does not exist or you do not have access to it.',
      'invalid_request_error',
      'model_not_found',
    ),
  ],
  [
    'model-code',
    503,
    openai(
      '当前分组 default 下对于模型 claude-opus-4 无可用渠道 (request id: 2025)',
      'new_api_error',
      'model_not_found',
    ),
  ],
  [
    'no-channel',
    503,
    openai(
      '当前分组 default 下对于模型 gpt-4 无可用渠道 (request id: 20240228101052599904120N0ueO2Zb)',
      'one_api_error',
    ),
  ],
  [
    'no-channel',
    503,
    anthropic('new_api_error', 'No available channel for model claude-x under group default (distributor)'),
  ],
  ['model-unknown-chinese', 400, JSON.stringify({ error: { code: '1211', message: '模型不存在，请检查模型代码。' } })],
  ['model-unknown-chinese', 403, openai('该令牌无权访问模型 claude-opus-4', 'new_api_error')],
  ['model-unknown', 400, openai('Model Not Exist', 'invalid_request_error', 'invalid_request_error')],
  ['model-unknown', 404, JSON.stringify({ error: 'model "qwen9" not found, try pulling it first' })],
  [
    'model-unknown',
    400,
    JSON.stringify({ error: { message: 'anthropic/claude-9 is not a valid model ID', code: 400 } }),
  ],
  ['model-in-404', 404, anthropic('not_found_error', 'model: claude-sonnet-9')],
  [
    'model-in-404',
    404,
    JSON.stringify([
      {
        error: {
          code: 404,
          message: 'models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.',
          status: 'NOT_FOUND',
        },
      },
    ]),
  ],
  [
    'funds-words',
    400,
    anthropic(
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
  ],
  ['funds-words', 403, JSON.stringify({ code: 403, reason: 'NOT_ENOUGH_BALANCE', message: 'not enough balance' })],
  ['funds-words', 403, openai('用户余额不足', 'new_api_error')],
  ['funds-words', 429, JSON.stringify({ error: { code: '1113', message: '您的账户已欠费，请充值后重试。' } })],
  [
    'quota',
    429,
    openai(
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
      'insufficient_quota',
    ),
  ],
  ['quota', 403, openai('用户额度不足, 剩余额度: ＄0.002', 'new_api_error', 'insufficient_user_quota')],
  ['quota', 401, openai('[sk-4f***9aX] 该令牌额度已用尽', 'new_api_error')],
  [
    'rate-limit-type',
    403,
    anthropic('rate_limit_error', 'This request would exceed the rate limit of your organization'),
  ],
  ['rate-limit-type', 503, openai('Too many requests', 'requests', 'rate_limit_exceeded')],
  [
    'region',
    403,
    openai('Country, region, or territory not supported', 'request_forbidden', 'unsupported_country_region_territory'),
  ],
  ['region', 403, JSON.stringify({ error: { type: 'forbidden', message: 'Request not allowed' } })],
  ['credential-type', 400, openai('Authentication Fails', 'authentication_error', 'invalid_request_error')],
  [
    'credential-words',
    400,
    JSON.stringify({
      error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' },
    }),
  ],
  ['credential-words', 500, openai('无效的令牌', 'one_api_error')],
  ['credential-words', 403, JSON.stringify({ success: false, message: '该令牌已过期' })],
  [
    'masked-server-error',
    400,
    openai('bad response status code 400 (request id: 2024)', 'upstream_error', 'bad_response_status_code'),
  ],
  ['masked-server-error', 400, anthropic('invalid_request_error', 'The service is temporarily unavailable')],
  ['masked-server-error', 400, JSON.stringify({ msg: '上游服务请求失败', code: 400 })],
  ['masked-server-error', 400, 'upstream error: do request failed'],
]

const nearMisses: readonly Recorded[] = [
  [
    'prompt-too-long',
    400,
    anthropic(
      'invalid_request_error',
      'max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens',
    ),
  ],
  [
    'thinking-signature',
    400,
    anthropic('invalid_request_error', 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024'),
  ],
  ['thinking-signature', 500, anthropic('api_error', 'Invalid `signature` in `thinking` block')],
  ['encrypted-reasoning', 400, openai('The signature could not be verified.', 'invalid_request_error')],
  ['overloaded-type', 500, anthropic('api_error', 'Overloaded')],
  ['overloaded-code', 500, openai('The operator is overloaded', 'server_error', 'operator_overloaded')],
  ['relay-saturated', 400, openai('负载参数错误', 'new_api_error')],
  [
    'quota-per-minute',
    429,
    openai('You exceeded your current quota. Try again at a later minute.', 'insufficient_quota'),
  ],
  ['model-code', 400, anthropic('invalid_request_error', 'tool model_not_found_handler is not defined')],
  ['no-channel', 503, anthropic('api_error', 'the channel was closed')],
  ['model-unknown-chinese', 400, openai('模型 glm-4.6 不支持图片输入', 'invalid_request_error')],
  ['model-unknown', 400, anthropic('invalid_request_error', '`temperature` is not supported with this model')],
  ['model-unknown', 400, anthropic('invalid_request_error', 'unsupported model parameter: top_k')],
  ['model-in-404', 404, openai('Invalid URL (POST /v1/models/messages)', 'invalid_request_error')],
  ['funds-words', 400, anthropic('invalid_request_error', 'tools.0.name: "balance sheet" is not a valid name')],
  ['funds-words', 500, openai('余额查询失败', 'new_api_error')],
  ['quota', 400, anthropic('invalid_request_error', 'unterminated quotation in system prompt')],
  ['quota', 500, openai('database is locked', 'new_api_error', 'get_user_quota_failed')],
  ['rate-limit-type', 400, anthropic('invalid_request_error', 'the field rate_limit_error is not permitted')],
  ['region', 403, anthropic('permission_error', 'Request not allowed for this workspace')],
  ['credential-type', 400, anthropic('invalid_request_error', 'authentication_error is not a tool')],
  ['credential-words', 400, anthropic('invalid_request_error', 'metadata: api key is a reserved name')],
  [
    'masked-server-error',
    400,
    anthropic('invalid_request_error', 'the tool web_search is unavailable for this request'),
  ],
  ['masked-server-error', 422, anthropic('invalid_request_error', 'upstream error')],
]

describe('each rule matches what was recorded', () => {
  test.each(examples)('%s, %i: %s', (ruleId, status, body) => {
    expect(matchRule(builtInRules, readErrorFacts(body), [status])?.id).toBe(ruleId)
  })
})

describe('and not its near miss', () => {
  test.each(nearMisses)('%s, %i: %s', (ruleId, status, body) => {
    expect(matchRule(builtInRules, readErrorFacts(body), [status])?.id).not.toBe(ruleId)
  })
})

test('no rule is without an example and a near miss, and no id is there twice', () => {
  const ids = builtInRules.map((rule) => rule.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect([...new Set(examples.map(([id]) => id))].toSorted()).toEqual(ids.toSorted())
  expect([...new Set(nearMisses.map(([id]) => id))].toSorted()).toEqual(ids.toSorted())
})

test('patterns keep no state between calls', () => {
  expect(builtInRules.filter((rule) => rule.pattern.global || rule.pattern.sticky)).toEqual([])
})

describe("what the request said is not taken for the node's words", () => {
  const request =
    'my account is out of credits and the prompt is too long and the service is temporarily unavailable, quota exceeded'
  test.each([
    [
      'a long quotation',
      anthropic('invalid_request_error', `messages.0.content: Input should be a valid list, got "${request}"`),
    ],
    [
      'a field of another name',
      JSON.stringify({
        detail: [{ type: 'list_type', loc: ['body', 'messages'], msg: 'Input should be a valid list', input: request }],
      }),
    ],
    [
      'the body of a 422 in full',
      JSON.stringify({ error: { type: 'invalid_request_error', message: 'bad field' }, request: { prompt: request } }),
    ],
  ])('%s', (_where, body) => {
    const verdict = classifyEnd(
      { kind: 'status', status: 400, headers: {}, body },
      { settings: defaultSettings, model: 'claude-x', wallNowMs: 0, stream: true, redact: (text) => text },
    )
    expect(verdict.outcome).toBe('client-perhaps')
    expect(verdict.message).not.toContain('out of credits')
  })
})
