// The settings of the running daemon: resolved once at start, changed at run time.

import { schemaOf } from '../shared/settings/define.ts'
import { resolveSettings, type SettingProblem } from '../shared/settings/resolve.ts'
import { type SettingName, type Settings, settingDefinitions } from '../shared/settings/settings.ts'
import { HostError } from './host-error.ts'

export type SettingsService = {
  /** Ask at every use: a change counts for the next request. */
  readonly current: () => Settings
  /** Settings that the environment sets. */
  readonly locked: () => ReadonlySet<SettingName>
  /** Bad values in the database; the defaults stand in for them. */
  readonly problems: readonly SettingProblem[]
  readonly change: (name: SettingName, value: unknown) => Promise<SettingChange>
}
export type SettingChange = { readonly ok: true } | { readonly ok: false; readonly message: string }

export type SettingsServiceOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stored: Readonly<Record<string, unknown>>
  readonly save: (name: SettingName, value: unknown) => Promise<void>
}

/** Throws a HostError `bad-settings` with a line for each bad environment value: a typo must not pass for a default. */
export function createSettingsService({ environment, stored, save }: SettingsServiceOptions): SettingsService {
  let values = stored
  let resolved = resolveSettings(environment, values)
  const problems = resolved.problems.filter((problem) => problem.where === 'database')
  const bad = resolved.problems.filter((problem) => problem.where !== 'database')
  if (bad.length > 0) throw new HostError('bad-settings', badSettingsMessage(bad))

  async function change(name: SettingName, value: unknown): Promise<SettingChange> {
    const definition = settingDefinitions[name]
    if (resolved.locked.has(name)) {
      return {
        ok: false,
        message: `${name} is set by the environment (${definition.env}). Change it there and restart.`,
      }
    }
    const parsed = schemaOf(definition).safeParse(value)
    if (!parsed.success) {
      const reasons = parsed.error.issues.map((issue) => issue.message).join('; ')
      return { ok: false, message: `${name} cannot have that value: ${reasons}.` }
    }
    await save(name, parsed.data)
    values = { ...values, [name]: parsed.data }
    resolved = resolveSettings(environment, values)
    return { ok: true }
  }

  return { current: () => resolved.values, locked: () => resolved.locked, problems, change }
}

function badSettingsMessage(problems: readonly SettingProblem[]): string {
  const lines = problems.map((problem) => `  ${problem.message}`)
  return ['These environment variables have values that cannot be used. Correct or unset them:', ...lines].join('\n')
}
