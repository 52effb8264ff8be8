// Each preset passes the check of a node's base URL, and what a client asks for arrives at the address that the provider documents.
import { expect, test } from 'vitest'
import { protocolModules } from '../../src/engine/protocols/protocols.ts'
import { parseBaseUrl } from '../../src/engine/upstream/base-url.ts'
import { upstreamBase, upstreamTarget } from '../../src/engine/upstream/target.ts'
import { defaultNodeFields } from '../../src/shared/model/node.ts'
import { presetSchema } from '../../src/shared/model/preset.ts'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { presets } from '../../src/shared/presets.ts'

const asked: Readonly<Record<Protocol, string>> = {
  anthropic: '/v1/messages',
  'openai-responses': '/v1/responses',
  'openai-chat': '/v1/chat/completions',
  gemini: '/v1beta/models/m:generateContent',
}

/** As the providers' own pages write them. */
const documented = [
  'anthropic https://api.anthropic.com/v1/messages',
  'openai https://api.openai.com/v1/responses',
  'openai https://api.openai.com/v1/chat/completions',
  'gemini https://generativelanguage.googleapis.com/v1beta/models/m:generateContent',
  'gemini https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
  'deepseek https://api.deepseek.com/anthropic/v1/messages',
  'deepseek https://api.deepseek.com/chat/completions',
  'zhipu https://open.bigmodel.cn/api/anthropic/v1/messages',
  'zhipu https://open.bigmodel.cn/api/paas/v4/chat/completions',
  'zai https://api.z.ai/api/anthropic/v1/messages',
  'zai https://api.z.ai/api/paas/v4/chat/completions',
  'moonshot https://api.moonshot.ai/anthropic/v1/messages',
  'moonshot https://api.moonshot.ai/v1/chat/completions',
  'moonshot-cn https://api.moonshot.cn/anthropic/v1/messages',
  'moonshot-cn https://api.moonshot.cn/v1/chat/completions',
  'qwen https://dashscope.aliyuncs.com/apps/anthropic/v1/messages',
  'qwen https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
  'qwen https://dashscope.aliyuncs.com/compatible-mode/v1/responses',
  'qwen-intl https://dashscope-intl.aliyuncs.com/apps/anthropic/v1/messages',
  'qwen-intl https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
  'minimax https://api.minimax.io/anthropic/v1/messages',
  'minimax https://api.minimax.io/v1/chat/completions',
  'minimax https://api.minimax.io/v1/responses',
  'minimax-cn https://api.minimaxi.com/anthropic/v1/messages',
  'minimax-cn https://api.minimaxi.com/v1/chat/completions',
  'volcengine https://ark.cn-beijing.volces.com/api/v3/chat/completions',
  'volcengine https://ark.cn-beijing.volces.com/api/v3/responses',
  'volcengine-coding https://ark.cn-beijing.volces.com/api/coding/v1/messages',
  'volcengine-coding https://ark.cn-beijing.volces.com/api/coding/v3/chat/completions',
  'siliconflow https://api.siliconflow.cn/v1/messages',
  'siliconflow https://api.siliconflow.cn/v1/chat/completions',
  'openrouter https://openrouter.ai/api/v1/messages',
  'openrouter https://openrouter.ai/api/v1/chat/completions',
  'openrouter https://openrouter.ai/api/v1/responses',
  'groq https://api.groq.com/openai/v1/chat/completions',
  'groq https://api.groq.com/openai/v1/responses',
  'xai https://api.x.ai/v1/chat/completions',
  'xai https://api.x.ai/v1/responses',
  'mistral https://api.mistral.ai/v1/chat/completions',
]

test('what is asked of each preset arrives where its provider documents it', () => {
  const built = presets.flatMap(({ id, endpoints }) =>
    endpoints.map(({ protocol, baseUrl }) => {
      const base = upstreamBase(baseUrl)
      return `${id} ${base.origin}${upstreamTarget(base, protocolModules[protocol].upstreamTarget(asked[protocol]))}`
    }),
  )
  expect(built).toEqual(documented)
})

test.each(presets.map((preset) => [preset.id, preset] as const))(
  '%s is whole, and its addresses are good',
  (_id, preset) => {
    expect(presetSchema.parse(preset)).toEqual(preset)
    expect(preset.keysUrl).toMatch(/^https:\/\//)
    for (const { baseUrl, protocol, auth } of preset.endpoints) {
      expect(parseBaseUrl(baseUrl, { allowPlainHttp: false })).toMatchObject({ ok: true, baseUrl, loopback: false })
      // Who knows better than the default says so: only DeepSeek documents another header.
      if (preset.id !== 'deepseek' && preset.id !== 'gemini')
        expect(auth).toBe(defaultNodeFields(baseUrl, protocol).auth)
    }
    const protocols = preset.endpoints.map(({ protocol }) => protocol)
    expect(new Set(protocols).size).toBe(protocols.length)
  },
)

test('no two presets have one name', () => {
  expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length)
  expect(new Set(presets.map(({ title }) => title)).size).toBe(presets.length)
})
