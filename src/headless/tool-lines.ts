// What to paste into the tools that speak the protocols of a key's nodes, as measured with the real ones.
import { type Protocol, protocolSchema } from '../shared/model/protocol.ts'
import type { CliIo } from './cli-io.ts'
import type { Text } from './text/text.ts'
import { anthropicVariables, settingsLines, shellLines, type ToolVariables, withNoProxy } from './tool-variables.ts'

export type ToolAccess = {
  readonly baseUrl: string
  readonly key: string
  readonly io: Pick<CliIo, 'environment' | 'platform'>
  readonly text: Text
}

/** A block for each protocol, with an empty line before it. Without nodes yet: for Claude Code. */
export function toolLines(protocols: readonly Protocol[], access: ToolAccess): readonly string[] {
  const spoken = protocolSchema.options.filter((protocol) => protocols.includes(protocol))
  return (spoken.length === 0 ? (['anthropic'] as const) : spoken).flatMap((protocol) => blocks[protocol](access))
}

const blocks: Readonly<Record<Protocol, (access: ToolAccess) => readonly string[]>> = {
  anthropic: claudeCode,
  'openai-responses': codex,
  'openai-chat': openAi,
  gemini: geminiCli,
}

function claudeCode(access: ToolAccess): readonly string[] {
  const { say } = access.text
  const variables = withNoProxy(anthropicVariables(access), access.io.environment)
  return [
    ...block(say('key-create.one-terminal'), shellLines(variables, access.io.platform)),
    ...block(say('key-create.every-session'), settingsLines(variables)),
  ]
}

/** Its built-in provider would try a WebSocket first; its own table is asked over HTTP at once. */
function codex(access: ToolAccess): readonly string[] {
  const { say } = access.text
  const table = [
    'model_provider = "switchyard"',
    '',
    '[model_providers.switchyard]',
    'name = "Switchyard"',
    `base_url = "${access.baseUrl}/v1"`,
    'wire_api = "responses"',
    `env_key = "${KEY_VARIABLE}"`,
  ]
  return [
    ...block(say('key-create.codex'), table),
    ...block(say('key-create.in-terminal'), shell([[KEY_VARIABLE, access.key]], access)),
  ]
}

function openAi(access: ToolAccess): readonly string[] {
  const { say } = access.text
  const baseUrl = `${access.baseUrl}/v1`
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: baseUrl, apiKey: access.key },
    models: { MODEL: {} },
  }
  return [
    ...block(
      say('key-create.openai'),
      shell(
        [
          ['OPENAI_BASE_URL', baseUrl],
          ['OPENAI_API_KEY', access.key],
        ],
        access,
      ),
    ),
    ...block(say('key-create.opencode'), jsonLines({ provider: { switchyard: provider } })),
  ]
}

function geminiCli(access: ToolAccess): readonly string[] {
  const { say } = access.text
  const variables = [
    ['GOOGLE_GEMINI_BASE_URL', access.baseUrl],
    ['GEMINI_API_KEY', access.key],
  ] as const
  return [
    ...block(say('key-create.gemini'), shell(variables, access)),
    ...block(say('key-create.gemini-settings'), [
      JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
    ]),
  ]
}

const KEY_VARIABLE = 'SWITCHYARD_KEY'

function shell(variables: ToolVariables, { io }: ToolAccess): readonly string[] {
  return shellLines(withNoProxy(variables, io.environment), io.platform)
}

function jsonLines(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2).split('\n')
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return ['', title, '', ...lines.map((line) => (line === '' ? '' : `  ${line}`))]
}
