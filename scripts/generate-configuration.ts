// Makes docs/configuration.md from the settings. Run it after a change of src/shared/settings; `npm run check` compares.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { assertNever } from '../src/shared/assert-never.ts'
import type { NumberSetting, Setting } from '../src/shared/settings/define.ts'
import { settingDefinitions } from '../src/shared/settings/settings.ts'

/** The whole page. */
export function renderConfiguration(settings: Readonly<Record<string, Setting>> = settingDefinitions): string {
  const rows = Object.entries(settings).map(([name, setting]) => row(name, setting))
  return [
    '<!-- Made by scripts/generate-configuration.ts from src/shared/settings. Do not edit. -->',
    '# Configuration',
    '',
    'Every setting has a default that is meant to be right. A value comes from the first of these that has one:',
    '',
    '1. the environment variable, which also locks the setting while it is set;',
    '2. the database;',
    '3. the default below.',
    '',
    'Default and range are given as the environment variable counts them.',
    '',
    '## Where the data lies',
    '',
    '| variable | default | meaning |',
    '|---|---|---|',
    `| \`SWITCHYARD_DATA_DIR\` | ${DEFAULT_DATA_DIRECTORY} | Folder of the database, the key file and the control token; created for you alone. \`--data-dir\` wins over it. |`,
    '',
    '## Settings',
    '',
    '| setting | environment variable | default | range | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

const DEFAULT_DATA_DIRECTORY = [
  'Linux: `$XDG_DATA_HOME/switchyard`, else `~/.local/share/switchyard`',
  'macOS: `~/Library/Application Support/Switchyard`',
  'Windows: `%LOCALAPPDATA%\\Switchyard`',
].join('; ')

function row(name: string, setting: Setting): string {
  const text = setting.text.replaceAll('|', '\\|')
  return `| \`${name}\` | \`${setting.env}\` | ${defaultOf(name, setting)} | ${rangeOf(setting)} | ${text} |`
}

function defaultOf(name: string, setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return amount(name, setting)
    case 'boolean':
      return String(setting.default)
    case 'statuses':
      return setting.default.length === 0 ? 'none' : setting.default.join(',')
    case 'choice':
      return setting.default
    case 'text':
      return setting.default === '' ? 'empty' : setting.default
    default:
      return assertNever(setting)
  }
}

function rangeOf(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return `${setting.min / setting.envScale} – ${setting.max / setting.envScale}`
    case 'boolean':
      return 'true, false'
    case 'statuses':
      return '400 – 599, separated by commas'
    case 'choice':
      return setting.choices.join(', ')
    case 'text':
      return setting.form
    default:
      return assertNever(setting)
  }
}

/** The number, its unit (names end in it, style §15), and the same in words where the number is hard to read. */
function amount(name: string, setting: NumberSetting): string {
  const inEnvironment = setting.default / setting.envScale
  if (name.endsWith('Ms')) {
    if (setting.envScale === SECOND) return `${inEnvironment} s`
    return setting.default < SECOND ? `${inEnvironment} ms` : `${inEnvironment} ms (${duration(setting.default)})`
  }
  if (name.includes('Bytes')) return `${inEnvironment} bytes (${setting.default / MIB} MiB)`
  if (name.endsWith('Percent')) return `${inEnvironment} %`
  return String(inEnvironment)
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const MIB = 1024 * 1024

function duration(ms: number): string {
  return ms % MINUTE === 0 ? `${ms / MINUTE} min` : `${ms / SECOND} s`
}

if (import.meta.main) {
  writeFileSync(join(resolve(import.meta.dirname, '..'), 'docs/configuration.md'), renderConfiguration())
}
