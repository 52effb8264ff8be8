// Runs the real opencode once (`opencode run`), against a base URL of ours, with Chat Completions.
import { runTool, type ToolRun } from './run-tool.ts'

export type OpencodeOptions = { readonly baseUrl: string; readonly token: string }

export function runOpencode(options: OpencodeOptions): Promise<ToolRun> {
  return runTool('opencode', {
    // With a title it does not ask the model for one first.
    args: ['run', '--title', 'test', 'hi'],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      // It installs a package for plugins in the background, which nobody has asked for.
      npm_config_offline: 'true',
    },
    work: { 'opencode.json': JSON.stringify(configuration(options)) },
  })
}

function configuration({ baseUrl, token }: OpencodeOptions): object {
  return {
    model: 'switchyard/gpt-test',
    small_model: 'switchyard/gpt-test',
    autoupdate: false,
    share: 'disabled',
    provider: {
      switchyard: {
        // Comes inside opencode; nothing is downloaded for it.
        npm: '@ai-sdk/openai-compatible',
        name: 'Switchyard',
        options: { baseURL: `${baseUrl}/v1`, apiKey: token },
        models: { 'gpt-test': { name: 'gpt-test' } },
      },
    },
  }
}
