// Which value a setting has: the environment wins and locks it, then the database, then the default.
import type { Spoken } from '../text/spoken.ts'
import { type Setting, schemaOf } from './define.ts'
import { expects } from './refuse-value.ts'
import { type SettingName, type Settings, settingDefinitions } from './settings.ts'

export type SettingProblem = {
  readonly name: SettingName
  /** Where the bad value stood: the environment variable, or "database". */
  readonly where: string
  /** What is wrong and what would be right. Never shows the value. */
  readonly said: Spoken
}
export type ResolvedSettings = {
  readonly values: Settings
  /** Settings that the environment sets. */
  readonly locked: ReadonlySet<SettingName>
  readonly problems: readonly SettingProblem[]
}

/** A bad value is a problem and falls back to the next source; whether to start with problems is the caller's choice. */
export function resolveSettings(
  environment: Readonly<Record<string, string | undefined>>,
  stored: Readonly<Record<string, unknown>>,
): ResolvedSettings {
  const values: Record<string, unknown> = {}
  const locked = new Set<SettingName>()
  const problems: SettingProblem[] = []
  for (const name of settingNames) {
    const setting: Setting = settingDefinitions[name]
    values[name] = setting.default
    if (name in stored) {
      if (schemaOf(setting).safeParse(stored[name]).success) values[name] = stored[name]
      else problems.push({ name, where: 'database', said: expects('value', { name, setting, scale: 1 }) })
    }
    const text = environment[setting.env]
    if (text === undefined || text === '') continue
    const value = parseEnvironment(setting, text)
    if (value !== undefined && schemaOf(setting).safeParse(value).success) {
      values[name] = value
      locked.add(name)
    } else {
      const scale = setting.kind === 'number' ? setting.envScale : 1
      problems.push({ name, where: setting.env, said: expects('value', { name: setting.env, setting, scale }) })
    }
  }
  // Every name of the table was filled with a value that passed its own schema above.
  return { values: values as Settings, locked, problems }
}

export const settingNames = Object.keys(settingDefinitions) as readonly SettingName[] // the keys of a literal

export const defaultSettings: Settings = resolveSettings({}, {}).values

function parseEnvironment(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'number': {
      const value = Number(text)
      return Number.isFinite(value) && text.trim() !== '' ? value * setting.envScale : undefined
    }
    case 'boolean':
      return booleanWords.get(text.trim().toLowerCase())
    case 'statuses':
      return text.split(',').map((status) => Number(status.trim()))
    case 'choice':
      return text.trim().toLowerCase()
    case 'text':
      return text.trim()
  }
}

const booleanWords = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
])
