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
/** One of a few words. */
export type ChoiceSetting<Choice extends string = string> = {
  readonly kind: 'choice'
  readonly default: Choice
  readonly choices: readonly Choice[]
  readonly env: string
  readonly text: string
}
/** A line of text; empty means none. */
export type TextSetting = {
  readonly kind: 'text'
  readonly default: string
  readonly maxCharacters: number
  /** What a text that is not empty must look like; null: anything on one line. */
  readonly pattern: RegExp | null
  /** The pattern for people, after "expected": "a URL like http://127.0.0.1:7890". */
  readonly form: string
  readonly env: string
  readonly text: string
}
export type Setting = NumberSetting | BooleanSetting | StatusListSetting | ChoiceSetting | TextSetting

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

export function choice<const Choice extends string>(
  options: Omit<ChoiceSetting<Choice>, 'kind'>,
): ChoiceSetting<Choice> {
  return { kind: 'choice', ...options }
}

type TextOptions = { maxCharacters: number; env: string; text: string; form: string; pattern?: RegExp }

export function text(options: TextOptions): TextSetting {
  return { kind: 'text', default: '', pattern: null, ...options }
}

export type ValueOf<S extends Setting> = S extends NumberSetting
  ? number
  : S extends BooleanSetting
    ? boolean
    : S extends ChoiceSetting<infer Choice>
      ? Choice
      : S extends TextSetting
        ? string
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
    case 'choice':
      return z.enum(setting.choices)
    case 'text': {
      const { pattern } = setting
      const line = z
        .string()
        .max(setting.maxCharacters)
        .regex(/^\P{Cc}*$/u, 'a control character')
      return pattern === null ? line : line.refine((value) => value === '' || pattern.test(value), setting.form)
    }
  }
}
