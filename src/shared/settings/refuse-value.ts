// Says what a setting may be, to whoever gave it something else. Never shows the value.
import { speak } from '../text/speak.ts'
import type { Spoken } from '../text/spoken.ts'
import { type Setting, schemaOf } from './define.ts'

/** Null: the setting may have that value. */
export function refuseValue(name: string, setting: Setting, value: unknown): Spoken | null {
  return schemaOf(setting).safeParse(value).success ? null : expects('setting', { name, setting, scale: 1 })
}

/** `setting`: a sentence about it by itself; `value`: a line of a list of bad values. */
type Manner = 'setting' | 'value'

/** `scale`: how many of the setting's own units one of what was given is; fractions of those may be whole ones of its own. */
type Expected = { readonly name: string; readonly setting: Setting; readonly scale: number }

export function expects(manner: Manner, { name, setting, scale }: Expected): Spoken {
  switch (setting.kind) {
    case 'number': {
      const number = setting.fraction || scale !== 1 ? 'number' : 'whole-number'
      return speak(`${manner}-expects-${number}`, { name, min: setting.min / scale, max: setting.max / scale })
    }
    case 'boolean':
      return speak(`${manner}-expects-boolean`, { name })
    case 'statuses':
      return speak(`${manner}-expects-statuses`, { name })
    case 'choice':
      return speak(`${manner}-expects-choice`, { name, choices: setting.choices.join(', ') })
    case 'text':
      return speak(`${manner}-expects-text`, { name, form: setting.form })
  }
}
