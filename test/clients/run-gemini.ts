// Runs the real Gemini CLI once (`gemini -p hi`), against a base URL of ours.
import { runTool, type ToolRun } from './run-tool.ts'

export type GeminiOptions = { readonly baseUrl: string; readonly token: string }

export function runGemini(options: GeminiOptions): Promise<ToolRun> {
  return runTool('gemini', {
    // Without a model it asks a small one first which to take.
    args: ['-p', 'hi', '-m', 'gemini-2.5-flash'],
    env: {
      GEMINI_API_KEY: options.token,
      GOOGLE_GEMINI_BASE_URL: options.baseUrl,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
    },
    home: { '.gemini/settings.json': JSON.stringify(settings) },
  })
}

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
}
