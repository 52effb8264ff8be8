// docs/configuration.md is made from the settings; these are the promises of its table.
import { expect, test } from 'vitest'
import { renderConfiguration } from '../../scripts/generate-configuration.ts'
import { boolean, choice, number, statuses, text } from '../../src/shared/settings/define.ts'
import { settingDefinitions } from '../../src/shared/settings/settings.ts'

test('names every setting with its environment variable', () => {
  const page = renderConfiguration()

  for (const [name, setting] of Object.entries(settingDefinitions)) {
    expect(page).toContain(`| \`${name}\` | \`${setting.env}\` |`)
  }
  expect(page).toContain('`SWITCHYARD_DATA_DIR`')
})

test('gives default and range in the unit of the environment variable', () => {
  const page = renderConfiguration({
    waitMs: number({ default: 1500, min: 0, max: 5000, env: 'WAIT_MS', text: 'A wait.' }),
    shortMs: number({ default: 10, min: 0, max: 100, env: 'SHORT_MS', text: 'A short one.' }),
    windowMs: number({
      default: 60_000,
      min: 1000,
      max: 90_000,
      env: 'WINDOW_SECONDS',
      envScale: 1000,
      text: 'A window.',
    }),
    bodyBytesMax: number({ default: 2 * 1024 * 1024, min: 1, max: 4 * 1024 * 1024, env: 'BYTES', text: 'A size.' }),
    sharePercent: number({ default: 20, min: 0, max: 100, env: 'SHARE', text: 'A share.' }),
    failureRatio: number({ default: 0.5, min: 0.1, max: 1, fraction: true, env: 'RATIO', text: 'A ratio.' }),
    on: boolean({ default: true, env: 'ON', text: 'This | that.' }),
    none: statuses({ default: [], env: 'NONE', text: 'No statuses.' }),
    some: statuses({ default: [408, 499], env: 'SOME', text: 'Some.' }),
    word: choice({ default: 'b', choices: ['a', 'b'], env: 'WORD', text: 'A word.' }),
    line: text({ maxCharacters: 9, form: 'a line', env: 'LINE', text: 'A line.' }),
  })

  expect(page.split('\n').filter((line) => /^\| `[a-z]/.test(line))).toEqual([
    '| `waitMs` | `WAIT_MS` | 1500 ms (1.5 s) | 0 – 5000 | A wait. |',
    '| `shortMs` | `SHORT_MS` | 10 ms | 0 – 100 | A short one. |',
    '| `windowMs` | `WINDOW_SECONDS` | 60 s | 1 – 90 | A window. |',
    '| `bodyBytesMax` | `BYTES` | 2097152 bytes (2 MiB) | 1 – 4194304 | A size. |',
    '| `sharePercent` | `SHARE` | 20 % | 0 – 100 | A share. |',
    '| `failureRatio` | `RATIO` | 0.5 | 0.1 – 1 | A ratio. |',
    '| `on` | `ON` | true | true, false | This \\| that. |',
    '| `none` | `NONE` | none | 400 – 599, separated by commas | No statuses. |',
    '| `some` | `SOME` | 408,499 | 400 – 599, separated by commas | Some. |',
    '| `word` | `WORD` | b | a, b | A word. |',
    '| `line` | `LINE` | empty | a line | A line. |',
  ])
})

test('gives no environment variable to two settings', () => {
  const names = Object.values(settingDefinitions).map((setting) => setting.env)

  expect(new Set(names).size).toBe(names.length)
})
