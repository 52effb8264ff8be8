// Says what a setting may be, to whoever gave it something else. Never shows the value.
import { speak } from '../text/speak.ts'
import type { Spoken } from '../text/spoken.ts'
import { type Setting, schemaOf } from './define.ts'

/** Null: the setting may have that value. */
export function refuseValue(name: string, setting: Setting, value: unknown): Spoken | null {
  if (schemaOf(setting).safeParse(value).success) return null
  switch (setting.kind) {
    case 'number': {
      const { min, max } = setting
      return speak(setting.fraction ? 'setting-expects-number' : 'setting-expects-whole-number', { name, min, max })
    }
    case 'boolean':
      return speak('setting-expects-boolean', { name })
    case 'statuses':
      return speak('setting-expects-statuses', { name })
    case 'choice':
      return speak('setting-expects-choice', { name, choices: setting.choices.join(', ') })
    case 'text':
      return speak('setting-expects-text', { name, form: setting.form })
  }
}
