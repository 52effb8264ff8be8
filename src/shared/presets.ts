// Providers that are known: where their APIs are, and how they want the key. Base URLs as a node takes them (client-contract):
// Anthropic's and Gemini's without the path, OpenAI's with the version.
import type { Preset } from './model/preset.ts'

type Endpoint = Preset['endpoints'][number]

const anthropic = (baseUrl: string, auth: Endpoint['auth'] = 'bearer'): Endpoint => ({
  protocol: 'anthropic',
  baseUrl,
  auth,
})
const chat = (baseUrl: string): Endpoint => ({ protocol: 'openai-chat', baseUrl, auth: 'bearer' })
const responses = (baseUrl: string): Endpoint => ({ protocol: 'openai-responses', baseUrl, auth: 'bearer' })

/** In the order in which they are offered. Keys of two regions of one provider are not interchangeable: those are two presets. */
export const presets: readonly Preset[] = [
  {
    id: 'anthropic',
    title: 'Anthropic',
    endpoints: [anthropic('https://api.anthropic.com', 'x-api-key')],
    keysUrl: 'https://console.anthropic.com/settings/keys',
  },
  {
    id: 'openai',
    title: 'OpenAI',
    endpoints: [responses('https://api.openai.com/v1'), chat('https://api.openai.com/v1')],
    keysUrl: 'https://platform.openai.com/api-keys',
  },
  {
    id: 'gemini',
    title: 'Google Gemini',
    endpoints: [
      { protocol: 'gemini', baseUrl: 'https://generativelanguage.googleapis.com', auth: 'x-goog-api-key' },
      chat('https://generativelanguage.googleapis.com/v1beta/openai'),
    ],
    keysUrl: 'https://aistudio.google.com/apikey',
  },
  {
    id: 'deepseek',
    title: 'DeepSeek',
    endpoints: [anthropic('https://api.deepseek.com/anthropic', 'x-api-key'), chat('https://api.deepseek.com')],
    keysUrl: 'https://platform.deepseek.com/api_keys',
  },
  {
    id: 'zhipu',
    title: 'Zhipu GLM (智谱, China)',
    endpoints: [anthropic('https://open.bigmodel.cn/api/anthropic'), chat('https://open.bigmodel.cn/api/paas/v4')],
    keysUrl: 'https://open.bigmodel.cn/usercenter/proj-mgmt/apikeys',
  },
  {
    id: 'zai',
    title: 'Z.ai GLM (international)',
    endpoints: [anthropic('https://api.z.ai/api/anthropic'), chat('https://api.z.ai/api/paas/v4')],
    keysUrl: 'https://z.ai/manage-apikey/apikey-list',
  },
  {
    id: 'moonshot',
    title: 'Moonshot Kimi (international)',
    endpoints: [anthropic('https://api.moonshot.ai/anthropic'), chat('https://api.moonshot.ai/v1')],
    keysUrl: 'https://platform.moonshot.ai/console/api-keys',
  },
  {
    id: 'moonshot-cn',
    title: 'Moonshot Kimi (月之暗面, China)',
    endpoints: [anthropic('https://api.moonshot.cn/anthropic'), chat('https://api.moonshot.cn/v1')],
    keysUrl: 'https://platform.moonshot.cn/console/api-keys',
  },
  {
    id: 'qwen',
    title: 'Alibaba Qwen, DashScope (阿里云百炼, China)',
    endpoints: [
      anthropic('https://dashscope.aliyuncs.com/apps/anthropic'),
      chat('https://dashscope.aliyuncs.com/compatible-mode/v1'),
      responses('https://dashscope.aliyuncs.com/compatible-mode/v1'),
    ],
    keysUrl: 'https://bailian.console.aliyun.com/?tab=model#/api-key',
  },
  {
    id: 'qwen-intl',
    title: 'Alibaba Qwen, DashScope (international)',
    endpoints: [
      anthropic('https://dashscope-intl.aliyuncs.com/apps/anthropic'),
      chat('https://dashscope-intl.aliyuncs.com/compatible-mode/v1'),
    ],
    keysUrl: 'https://modelstudio.console.alibabacloud.com/?tab=model#/api-key',
  },
  {
    id: 'minimax',
    title: 'MiniMax (international)',
    endpoints: [
      anthropic('https://api.minimax.io/anthropic'),
      chat('https://api.minimax.io/v1'),
      responses('https://api.minimax.io/v1'),
    ],
    keysUrl: 'https://platform.minimax.io/user-center/basic-information/interface-key',
  },
  {
    id: 'minimax-cn',
    title: 'MiniMax (China)',
    endpoints: [anthropic('https://api.minimaxi.com/anthropic'), chat('https://api.minimaxi.com/v1')],
    keysUrl: 'https://platform.minimaxi.com/user-center/basic-information/interface-key',
  },
  {
    id: 'volcengine',
    title: 'Volcengine Ark, Doubao (火山方舟)',
    endpoints: [
      chat('https://ark.cn-beijing.volces.com/api/v3'),
      responses('https://ark.cn-beijing.volces.com/api/v3'),
    ],
    keysUrl: 'https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey',
  },
  {
    // Billed by its own subscription; the pay-as-you-go API has no Anthropic endpoint.
    id: 'volcengine-coding',
    title: 'Volcengine Ark Coding Plan (火山方舟)',
    endpoints: [
      anthropic('https://ark.cn-beijing.volces.com/api/coding'),
      chat('https://ark.cn-beijing.volces.com/api/coding/v3'),
    ],
    keysUrl: 'https://console.volcengine.com/ark/region:ark+cn-beijing/apiKey',
  },
  {
    id: 'siliconflow',
    title: 'SiliconFlow (硅基流动)',
    endpoints: [anthropic('https://api.siliconflow.cn'), chat('https://api.siliconflow.cn/v1')],
    keysUrl: 'https://cloud.siliconflow.cn/account/ak',
  },
  {
    id: 'openrouter',
    title: 'OpenRouter',
    endpoints: [
      anthropic('https://openrouter.ai/api'),
      chat('https://openrouter.ai/api/v1'),
      responses('https://openrouter.ai/api/v1'),
    ],
    keysUrl: 'https://openrouter.ai/keys',
  },
  {
    id: 'groq',
    title: 'Groq',
    endpoints: [chat('https://api.groq.com/openai/v1'), responses('https://api.groq.com/openai/v1')],
    keysUrl: 'https://console.groq.com/keys',
  },
  {
    id: 'xai',
    title: 'xAI Grok',
    endpoints: [chat('https://api.x.ai/v1'), responses('https://api.x.ai/v1')],
    keysUrl: 'https://console.x.ai/',
  },
  {
    id: 'mistral',
    title: 'Mistral',
    endpoints: [chat('https://api.mistral.ai/v1')],
    keysUrl: 'https://console.mistral.ai/api-keys',
  },
]
