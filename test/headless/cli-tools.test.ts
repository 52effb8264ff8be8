// The lines of `key create` for the tools whose protocols the key's nodes speak.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { nodeView } from './bridge-router.ts'
import { type CliWorld, startTestDaemon, type TestDaemon } from './cli-harness.ts'

const KEY = 'sy-test-key-000000004242'
const PROXY = 'http://127.0.0.1:4780'

let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
})
afterEach(() => daemon.close())

async function linesFor(protocols: readonly Protocol[], world: CliWorld = {}): Promise<string> {
  for (const protocol of protocols) daemon.nodes.push(nodeView({ name: `of-${protocol}`, protocol }))
  const { code, stdout } = await daemon.run(['key', 'create', '--name', 'laptop'], world)
  expect(code).toBe(0)
  return stdout
}

test('Codex gets a provider of its own, the key in a variable', async () => {
  const text = await linesFor(['openai-responses'])
  const table = text.slice(text.indexOf('  model_provider'), text.indexOf('\n\nand in the terminal'))
  expect(table.split('\n').map((line) => line.trim())).toEqual([
    'model_provider = "switchyard"',
    '',
    '[model_providers.switchyard]',
    'name = "Switchyard"',
    `base_url = "${PROXY}/v1"`,
    'wire_api = "responses"',
    'env_key = "SWITCHYARD_KEY"',
  ])
  expect(text).toContain(`\n  export SWITCHYARD_KEY=${KEY}\n`)
  expect(text).not.toContain('ANTHROPIC')
})

test('the OpenAI SDK and opencode get the base URL with its version', async () => {
  const text = await linesFor(['openai-chat'])
  expect(text).toContain(`\n  export OPENAI_BASE_URL=${PROXY}/v1\n  export OPENAI_API_KEY=${KEY}\n`)
  const json = text.slice(text.indexOf('  {'), text.lastIndexOf('}') + 1)
  expect(JSON.parse(json)).toMatchObject({
    provider: { switchyard: { npm: '@ai-sdk/openai-compatible', options: { baseURL: `${PROXY}/v1`, apiKey: KEY } } },
  })
})

test('Gemini CLI gets the base URL without a path, and says how it signs in', async () => {
  const text = await linesFor(['gemini'])
  expect(text).toContain(`\n  export GOOGLE_GEMINI_BASE_URL=${PROXY}\n  export GEMINI_API_KEY=${KEY}\n`)
  expect(text).toContain('\n  {"security":{"auth":{"selectedType":"gemini-api-key"}}}\n')
})

test('a pool that speaks several has the lines of each, Claude Code first, and no others', async () => {
  daemon.nodes.push(nodeView({ name: 'elsewhere', protocol: 'gemini', pools: ['team'] }))
  const text = await linesFor(['openai-responses', 'anthropic', 'anthropic'])
  expect(text.indexOf('ANTHROPIC_BASE_URL')).toBeLessThan(text.indexOf('model_provider'))
  expect(text.split('ANTHROPIC_BASE_URL=')).toHaveLength(2)
  expect(text).not.toContain('GEMINI')
})

test('behind an HTTP proxy each of them gets NO_PROXY; on Windows they are for PowerShell', async () => {
  const environment = { HTTP_PROXY: 'http://proxy.example:3128' }
  const text = await linesFor(['gemini', 'openai-chat'], { environment, platform: 'win32' })
  expect(text.split('$env:NO_PROXY = "127.0.0.1"')).toHaveLength(3)
  expect(text).toContain(`$env:GEMINI_API_KEY = "${KEY}"`)
  expect(text).toContain('HTTP_PROXY is set here')
})
