// The settings of the running daemon: resolved once at start, changed at run time.
import type { SettingView } from '../shared/contract/settings.ts'
import { contradictionIn } from '../shared/settings/contradictions.ts'
import { refuseValue } from '../shared/settings/refuse-value.ts'
import { resolveSettings, type SettingProblem, settingNames } from '../shared/settings/resolve.ts'
import { type SettingName, type Settings, settingDefinitions } from '../shared/settings/settings.ts'
import { speak } from '../shared/text/speak.ts'
import type { Spoken } from '../shared/text/spoken.ts'
import { HostError } from './host-error.ts'

export type SettingsService = {
  /** Ask at every use: a change counts for the next request. */
  readonly current: () => Settings
  readonly sourceOf: (name: SettingName) => SettingView['source']
  /** Bad values in the database, with the defaults in their stead; values that make no sense together. */
  readonly problems: readonly SettingProblem[]
  /** Works out a change of several at once; undefined is the default. One plan at a time: it counts on nothing in between. */
  readonly plan: (values: SettingValues) => SettingsPlan
}

export type SettingValues = { readonly [Name in SettingName]?: unknown }

export type SettingsPlan =
  | {
      readonly ok: true
      /** Those that will have another value. */
      readonly differences: readonly SettingDifference[]
      /** All or none, and the secrets of these owners gone with the old values. In force when it resolves. */
      readonly commit: (removedSecrets?: readonly string[]) => Promise<void>
    }
  | { readonly ok: false; readonly refusal: Spoken }

export type SettingDifference = { readonly name: SettingName; readonly before: unknown; readonly after: unknown }

export type SettingsServiceOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stored: Readonly<Record<string, unknown>>
  /** All or none; undefined removes. */
  readonly save: (values: Readonly<Record<string, unknown>>, removedSecrets: readonly string[]) => Promise<void>
}

/** Throws a HostError `bad-settings` with a line for each bad environment value: a typo must not pass for a default. */
export function createSettingsService({ environment, stored, save }: SettingsServiceOptions): SettingsService {
  let values = stored
  let resolved = resolveSettings(environment, values)
  const bad = resolved.problems.filter((problem) => problem.where !== 'database')
  if (bad.length > 0)
    throw new HostError('bad-settings', { spoken: speak('bad-settings'), lines: bad.map(({ said }) => said) })

  function sourceOf(name: SettingName): SettingView['source'] {
    if (resolved.locked.has(name)) return 'environment'
    return values[name] !== undefined && refuseValue(name, settingDefinitions[name], values[name]) === null
      ? 'database'
      : 'default'
  }

  function plan(wanted: SettingValues): SettingsPlan {
    const names = settingNames.filter((name) => Object.hasOwn(wanted, name))
    for (const name of names) {
      const refusal = refuse(name, wanted[name])
      if (refusal !== null) return { ok: false, refusal }
    }
    const next = withoutUndefined({ ...values, ...wanted })
    const after = resolveSettings(environment, next)
    // Only of what is changed here: two variables of the environment that do not fit must not lock all the others.
    const refusal = contradictionIn(after.values, new Set(names))
    if (refusal !== null) return { ok: false, refusal }
    const before = resolved.values
    return {
      ok: true,
      differences: names
        .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after.values[name]))
        .map((name) => ({ name, before: before[name], after: after.values[name] })),
      commit: async (removedSecrets = []) => {
        await save({ ...wanted }, removedSecrets)
        values = next
        resolved = after
      },
    }
  }

  function refuse(name: SettingName, value: unknown): Spoken | null {
    const setting = settingDefinitions[name]
    if (resolved.locked.has(name)) return speak('setting-locked', { name, variable: setting.env })
    return value === undefined ? null : refuseValue(name, setting, value)
  }

  return {
    current: () => resolved.values,
    sourceOf,
    problems: [...resolved.problems, ...clashes(resolved.values)],
    plan,
  }
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function clashes(settings: Settings): readonly SettingProblem[] {
  return settingNames.flatMap((name) => {
    const clash = contradictionIn(settings, new Set([name]))
    // Each is found from both its ends; it is told at the first.
    if (clash === null || clash.parameters.high === name) return []
    return [{ name, where: 'settings', said: clash }]
  })
}
