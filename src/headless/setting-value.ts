// A setting's value as it is typed and as it is shown.
import type { SettingView } from '../shared/contract/settings.ts'
import type { Text } from './text/text.ts'

/** What does not fit its kind goes on as text: the daemon says what it expects. */
export function parseSettingValue(kind: SettingView['kind'], text: string): SettingView['value'] {
  switch (kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      return booleans.get(text.toLowerCase()) ?? text
    case 'statuses':
      return parseStatuses(text)
    case 'choice':
    case 'text':
      return text
  }
}

function parseStatuses(text: string): SettingView['value'] {
  if (text.trim() === '') return []
  const statuses = text.split(',').map((status) => Number(status.trim()))
  return statuses.every(Number.isFinite) ? statuses : text
}

const booleans = new Map([
  ['true', true],
  ['on', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['off', false],
  ['no', false],
  ['0', false],
])

export function settingText(value: SettingView['value'], { say }: Text): string {
  if (value === null || value === '') return say('word.none')
  if (Array.isArray(value)) return value.length === 0 ? say('word.none') : value.join(', ')
  return String(value)
}
