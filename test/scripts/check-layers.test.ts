// The ring checker must see every way to break a ring.
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkLayers } from '../../scripts/check-layers.ts'
import { plantProject } from './planted-project.ts'

const EMPTY = 'export {}\n'

/** What the checker says about one planted file; the files it may import exist. */
function problemsOf(file: string, text: string): readonly string[] {
  const root = plantProject({
    'package.json': '{}',
    'src/shared/words.ts': EMPTY,
    'src/engine/engine.ts': EMPTY,
    'src/engine/events.ts': EMPTY,
    'src/engine/attempts/run-attempts.ts': EMPTY,
    'src/engine/upstream/base-url.ts': EMPTY,
    'src/storage/storage.ts': EMPTY,
    'src/storage/secrets/vault.ts': EMPTY,
    'src/storage/sqlite/nodes.ts': EMPTY,
    'src/host/create-host.ts': EMPTY,
    'src/host/daemon-file.ts': EMPTY,
    'src/host/ledger/batch.ts': EMPTY,
    'src/headless/cli.ts': EMPTY,
    'test/harness/clock.ts': EMPTY,
    [file]: text,
  })
  return checkLayers(root).map((problem) => `${problem.file}:${problem.line}  ${problem.message}`)
}

describe('lets through', () => {
  test.each([
    ['shared using zod and the contract library', 'src/shared/a.ts', "import 'zod'\nimport '@orpc/contract'\n"],
    [
      'engine using Node and undici',
      'src/engine/a.ts',
      "import 'node:http'\nimport 'undici'\nimport '../shared/words.ts'\n",
    ],
    [
      'host at the doors',
      'src/host/a.ts',
      "import '../engine/engine.ts'\nimport '../engine/upstream/base-url.ts'\nimport '../storage/secrets/vault.ts'\n",
    ],
    [
      'headless at the doors of host and storage',
      'src/headless/a.ts',
      "import '../host/create-host.ts'\nimport '../host/daemon-file.ts'\nimport '../storage/storage.ts'\n",
    ],
    ['electron in main and preload', 'src/main/a.ts', "import 'electron'\n"],
    ['a shell reading its version', 'src/headless/version.ts', "import '../../package.json' with { type: 'json' }\n"],
    ['a sub-path of an allowed package', 'src/headless/a.ts', "import '@orpc/openapi/node'\n"],
    [
      'import(…) and require in a comment or a string',
      'src/shared/a.ts',
      "// import 'undici'\nexport const text = \"import 'undici'\"\n",
    ],
  ])('%s', (_, file, text) => {
    expect(problemsOf(file, text)).toEqual([])
  })
})

describe('reports a ring that imports another it may not', () => {
  test.each([
    ['by an import', "import { a } from '../storage/storage.ts'"],
    ['by a type-only import', "import type { A } from '../storage/storage.ts'"],
    ['by an inline type import', "export type A = import('../storage/storage.ts').A"],
    ['by a dynamic import', "export const load = () => import('../storage/storage.ts')"],
    ['by a re-export', "export { a } from '../storage/storage.ts'"],
    ['by a re-export of everything', "export * from '../storage/storage.ts'"],
    ['by require', "export const a: unknown = require('../storage/storage.ts')"],
  ])('%s', (_, line) => {
    expect(problemsOf('src/engine/a.ts', `// A file.\n${line}\n`)).toEqual([
      expect.stringMatching(/^src\/engine\/a\.ts:2 {2}engine may not import storage .*Turn the dependency round/),
    ])
  })

  test.each([
    ['storage', 'engine', '../engine/engine.ts'],
    ['storage', 'host', '../host/create-host.ts'],
    ['engine', 'host', '../host/create-host.ts'],
    ['shared', 'engine', '../engine/events.ts'],
    ['headless', 'engine', '../engine/engine.ts'],
    ['host', 'headless', '../headless/cli.ts'],
    ['renderer', 'host', '../host/create-host.ts'],
    ['preload', 'shared', '../shared/words.ts'],
    ['main', 'headless', '../headless/cli.ts'],
  ])('%s → %s', (ring, other, specifier) => {
    expect(problemsOf(`src/${ring}/a.ts`, `import '${specifier}'\n`)).toEqual([
      expect.stringContaining(`${ring} may not import ${other}`),
    ])
  })
})

test.each([
  ['host', 'engine', 'attempts/run-attempts.ts'],
  ['host', 'storage', 'sqlite/nodes.ts'],
  ['headless', 'storage', 'sqlite/nodes.ts'],
  ['headless', 'host', 'ledger/batch.ts'],
])('reports %s going past the doors of %s', (ring, other, file) => {
  expect(problemsOf(`src/${ring}/a.ts`, `import '../${other}/${file}'\n`)).toEqual([
    expect.stringMatching(new RegExp(`^src/${ring}/a\\.ts:1 .*'${file}' is no door of ${other}`)),
  ])
})

describe('reports packages and modules of Node that a ring may not use', () => {
  test.each([
    ['shared', 'node:fs', 'shared must run without Node'],
    ['renderer', 'node:path', 'renderer must run without Node'],
    ['shared', 'undici', "shared may not import the package 'undici'"],
    ['engine', 'better-sqlite3', "engine may not import the package 'better-sqlite3'"],
    ['engine', 'pino', "engine may not import the package 'pino'"],
    ['host', 'better-sqlite3', "host may not import the package 'better-sqlite3'"],
    ['host', 'node:sqlite', 'SQL belongs to storage'],
    ['engine', 'electron', "'electron' may be imported by main and preload only"],
    ['headless', 'electron', "'electron' may be imported by main and preload only"],
    ['engine', 'fs', "Write 'node:fs'"],
    ['engine', 'src/shared/words.ts', 'Use a relative path'],
  ])('%s and %s', (ring, specifier, message) => {
    expect(problemsOf(`src/${ring}/a.ts`, `import type { A } from '${specifier}'\n`)).toEqual([
      expect.stringContaining(message),
    ])
  })
})

test.each([
  ['a path out of src', "import '../../test/harness/clock.ts'", 'leaves src'],
  ['package.json outside a shell', "import '../../package.json'", 'leaves src'],
  ['an import without an ending', "import './engine'", 'has no ending'],
  ['a file that does not exist', "import './nowhere.ts'", 'does not exist'],
  ['a computed import', 'export const load = (name: string) => import(name)', 'imports a computed name'],
  ['a file that cannot be parsed', 'export const = 1', 'cannot be parsed'],
])('reports %s', (_, line, message) => {
  expect(problemsOf('src/engine/a.ts', `${line}\n`)).toEqual([expect.stringContaining(message)])
})

test('reports a file that lies in no ring', () => {
  expect(problemsOf('src/utils/a.ts', EMPTY)).toEqual([expect.stringContaining('lies in no ring')])
})

test('reports a circle once, type-only imports included, with the whole way round', () => {
  const root = plantProject({
    'src/engine/a.ts': "import './b.ts'\n",
    'src/engine/b.ts': "import type { C } from './c.ts'\n",
    'src/engine/c.ts': "export * from './a.ts'\nimport './d.ts'\n",
    'src/engine/d.ts': EMPTY,
  })

  expect(checkLayers(root).map((problem) => problem.message)).toEqual([
    expect.stringContaining('src/engine/a.ts → src/engine/b.ts → src/engine/c.ts → src/engine/a.ts'),
  ])
})

test('finds the project itself clean', () => {
  expect(checkLayers(resolve(import.meta.dirname, '../..'))).toEqual([])
})
