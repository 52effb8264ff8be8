// The environment variables that point a tool at Switchyard, as lines to paste.
import type { CliIo } from './cli-io.ts'
import type { Text } from './text/text.ts'

export type ToolVariables = readonly (readonly [name: string, value: string])[]

export function anthropicVariables({
  baseUrl,
  key,
}: {
  readonly baseUrl: string
  readonly key: string
}): ToolVariables {
  return [
    ['ANTHROPIC_BASE_URL', baseUrl],
    ['ANTHROPIC_AUTH_TOKEN', key],
  ]
}

/** With an HTTP proxy set, tools send even 127.0.0.1 to it unless NO_PROXY says otherwise (client-contract, measured). */
export function withNoProxy(variables: ToolVariables, environment: CliIo['environment']): ToolVariables {
  if (proxyVariable(environment) === undefined) return variables
  const others = noProxyEntries(environment).filter((entry) => entry !== '127.0.0.1')
  return [...variables, ['NO_PROXY', [...others, '127.0.0.1'].join(',')]]
}

export function shellLines(variables: ToolVariables, platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return variables.map(([name, value]) => `$env:${name} = "${value}"`)
  return variables.map(([name, value]) => `export ${name}=${value}`)
}

export function settingsLines(variables: ToolVariables): readonly string[] {
  return JSON.stringify({ env: Object.fromEntries(variables) }, null, 2).split('\n')
}

export function proxyWarning(environment: CliIo['environment'], text: Text): readonly string[] {
  const variable = proxyVariable(environment)
  if (variable === undefined) return []
  return ['', text.say('key-create.proxy-warning', { variable })]
}

function proxyVariable(environment: CliIo['environment']): string | undefined {
  return ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'].find((name) => (environment[name] ?? '') !== '')
}

function noProxyEntries(environment: CliIo['environment']): readonly string[] {
  return (environment.NO_PROXY ?? environment.no_proxy ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
}
