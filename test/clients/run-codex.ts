// Runs the real Codex once (`codex exec`), against a base URL of ours.
import { runTool, type ToolRun } from './run-tool.ts'

export type CodexOptions = { readonly baseUrl: string; readonly token: string }

export function runCodex(options: CodexOptions): Promise<ToolRun> {
  return runTool('codex', {
    args: ['exec', '--skip-git-repo-check', 'hi'],
    env: { SWITCHYARD_KEY: options.token },
    home: { '.codex/config.toml': configuration(options.baseUrl) },
  })
}

/** A provider of its own: the built-in one tries WebSocket first. The rest keeps it from calling home. */
function configuration(baseUrl: string): string {
  return `
model = "gpt-5-codex"
model_provider = "switchyard"
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
apps = false
plugins = false
remote_plugin = false

[model_providers.switchyard]
name = "Switchyard"
base_url = "${baseUrl}/v1"
wire_api = "responses"
env_key = "SWITCHYARD_KEY"
`
}
