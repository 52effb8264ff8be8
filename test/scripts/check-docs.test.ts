// The docs checker must see a page that stopped being true.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { checkDocs } from '../../scripts/check-docs.ts'
import { longFiles } from '../../scripts/checks/long-files.ts'
import { renderConfiguration } from '../../scripts/generate-configuration.ts'
import { plantProject } from './planted-project.ts'

const CONFIGURATION = '# Configuration\n\nall of it\n'
const SOUND = {
  'package.json': '{"scripts":{"start":"x","test":"x","bench":"x"}}',
  'docs/configuration.md': CONFIGURATION,
}

function problemsOf(
  files: Readonly<Record<string, string>>,
  mayBeLong: Readonly<Record<string, string>> = {},
): readonly string[] {
  const root = plantProject({ ...SOUND, ...files })
  return checkDocs({ root, configuration: CONFIGURATION, longFiles: mayBeLong }).map(
    (problem) => `${problem.file}:${problem.line}  ${problem.message}`,
  )
}

function lines(count: number): string {
  return 'a line\n'.repeat(count)
}

test('says nothing about pages that are true', () => {
  const readme = [
    '# Top',
    'See [the settings](docs/configuration.md#configuration), [below](#what-it-is-not), [the web](https://example.com/x).',
    'Run `npm start`, `npm test`, `npm run -s bench -- --long`, `npm ci`.',
    '```sh',
    'echo "[not a link](nowhere.md)"',
    '```',
    '## What it is, *not*?',
    '## What it is not',
  ].join('\n')

  expect(problemsOf({ 'README.md': readme })).toEqual([])
})

test('reports a link that leads nowhere, with its line', () => {
  expect(problemsOf({ 'docs/page.md': '# Page\n\n[gone](../src/gone.ts)\n' })).toEqual([
    "docs/page.md:3  the link '../src/gone.ts' leads nowhere (src/gone.ts does not exist).",
  ])
})

test('reports a broken picture and a broken reference link', () => {
  expect(problemsOf({ 'docs/page.md': '![shot](shot.png)\n\n[ref]: ./gone.md\n' })).toEqual([
    expect.stringContaining("docs/page.md:1  the link 'shot.png'"),
    expect.stringContaining("docs/page.md:3  the link './gone.md'"),
  ])
})

test.each([
  ['a heading that is not there', '[x](configuration.md#nothing)', 'names a heading'],
  ['an absolute path', '[x](/docs/configuration.md)', 'is absolute'],
  ['a way out of the project', '[x](../../elsewhere.md)', 'leaves the project'],
])('reports a link with %s', (_, text, message) => {
  expect(problemsOf({ 'docs/page.md': `${text}\n` })).toEqual([expect.stringContaining(message)])
})

test.each([
  ['npm run gone', 'gone'],
  ['npm run -s gone -- --flag', 'gone'],
  ['npm run test:gone', 'test:gone'],
  ['npm stop', 'stop'],
])('reports the command "%s" that package.json does not have', (command, name) => {
  expect(problemsOf({ 'README.md': `# Top\n\n\`${command}\`\n` })).toEqual([
    expect.stringMatching(new RegExp(`^README\\.md:3 .*package\\.json has no script '${name}'`)),
  ])
})

test('reports a README of 120 lines, not one of 119', () => {
  expect(problemsOf({ 'README.md': lines(119) })).toEqual([])
  expect(problemsOf({ 'README.md': lines(120) })).toEqual([expect.stringMatching(/^README\.md:120 {2}120 lines/)])
})

test('reports the first line in which the configuration page differs from the settings', () => {
  expect(problemsOf({ 'docs/configuration.md': '# Configuration\n\nhalf of it\n' })).toEqual([
    expect.stringMatching(/^docs\/configuration\.md:3 {2}is not what src\/shared\/settings says\. Run: npm run format/),
  ])
})

test('reports a file of more than 250 lines unless it is listed with a reason', () => {
  expect(problemsOf({ 'src/engine/a.ts': lines(250) })).toEqual([])
  expect(problemsOf({ 'src/engine/a.ts': lines(251) })).toEqual([
    expect.stringMatching(/^src\/engine\/a\.ts:251 {2}251 lines/),
  ])
  expect(problemsOf({ 'src/engine/a.ts': lines(251) }, { 'src/engine/a.ts': 'one table' })).toEqual([])
})

test('reports a listed file that is not long any more', () => {
  expect(problemsOf({ 'src/engine/a.ts': lines(10) }, { 'src/engine/a.ts': 'one table' })).toEqual([
    expect.stringContaining("'src/engine/a.ts' is not long (any more)"),
  ])
})

test('finds the project itself true', () => {
  const root = resolve(import.meta.dirname, '../..')
  expect(checkDocs({ root, configuration: renderConfiguration(), longFiles })).toEqual([])
})
