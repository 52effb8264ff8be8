// What a setting is: its type, range, default, environment variable and text.
import { z } from 'zod'

export type NumberSetting = {
  readonly kind: 'number'
  readonly default: number
  readonly min: number
  readonly max: number
  /** Fractions allowed; else whole numbers only. */
  readonly fraction: boolean
  readonly env: string
  /** The environment variable counts in units of this many of the setting's own (1000: seconds for a setting in ms). */
  readonly envScale: number
  readonly text: string
}
export type BooleanSetting = {
  readonly kind: 'boolean'
  readonly default: boolean
  readonly env: string
  readonly text: string
}
/** A list of HTTP statuses, comma-separated in the environment. */
export type StatusListSetting = {
  readonly kind: 'statuses'
  readonly default: readonly number[]
  readonly env: string
  readonly text: string
}
export type Setting = NumberSetting | BooleanSetting | StatusListSetting

type NumberOptions = {
  default: number
  min: number
  max: number
  env: string
  text: string
  envScale?: number
  fraction?: boolean
}

export function number(options: NumberOptions): NumberSetting {
  return { kind: 'number', envScale: 1, fraction: false, ...options }
}

export function boolean(options: Omit<BooleanSetting, 'kind'>): BooleanSetting {
  return { kind: 'boolean', ...options }
}

export function statuses(options: Omit<StatusListSetting, 'kind'>): StatusListSetting {
  return { kind: 'statuses', ...options }
}

export type ValueOf<S extends Setting> = S extends NumberSetting
  ? number
  : S extends BooleanSetting
    ? boolean
    : readonly number[]

/** The schema of a setting's value, as the database and the control plane give it. */
export function schemaOf(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case 'number': {
      const range = z.number().min(setting.min).max(setting.max)
      return setting.fraction ? range : range.int()
    }
    case 'boolean':
      return z.boolean()
    case 'statuses':
      return z.array(z.int().min(400).max(599)).max(50)
  }
}
