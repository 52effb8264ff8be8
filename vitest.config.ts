// Two test projects: `unit` is all of npm test, `clients` runs the real command-line tools. test/prove is no test run (npm run prove).
import { defineConfig } from 'vitest/config'

const SECOND = 1000

/** A file for the results as JSON; .ci/run counts from it. */
const report = process.env['SWITCHYARD_TEST_REPORT']

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // One process per file: better-sqlite3 is native code, and the storage worker is a real thread that a crash must not share.
    pool: 'forks',
    // Two cores are promised; more at once would only make timers late.
    maxWorkers: 2,
    testTimeout: 60 * SECOND,
    hookTimeout: 60 * SECOND,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        lines: 80,
        'src/engine/**': { lines: 90 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/clients/**', 'test/prove/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: ['test/clients/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
          // A real tool takes a core and hundreds of megabytes: one at a time.
          fileParallelism: false,
        },
      },
    ],
  },
})
