// Acknowledged means kept, for the whole daemon: kill -9 while it writes, and again, on the same data directory.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runKillLoop } from '../prove/scenarios/kill-loop.ts'
import { temporaryDirectory } from '../storage/temporary-directory.ts'

/** `npm run prove` does this 200 times; one start of the real daemon takes half a second. */
const KILLS = 20

test('killed in the middle of writes, the daemon starts clean each time and has everything it acknowledged', {
  timeout: 240_000,
}, async () => {
  const figures = await runKillLoop({ rounds: KILLS, seed: 3, dataDirectory: await temporaryDirectory() })
  expect(figures.problems).toEqual([])
  // It was worth something: kills met writes, and there was something to lose.
  expect(figures.kills).toBe(KILLS)
  expect(figures.writesCut).toBeGreaterThanOrEqual(KILLS)
  expect(figures.writesAcknowledged).toBeGreaterThanOrEqual(KILLS)
  expect(figures.exchangesAcknowledged).toBeGreaterThanOrEqual(KILLS)
})

test('the loop notices what is lost', { timeout: 60_000 }, async () => {
  const dataDirectory = await temporaryDirectory()
  const figures = await runKillLoop({
    rounds: 2,
    seed: 3,
    dataDirectory,
    // What a database without its commits would look like.
    onKilled: () => rm(join(dataDirectory, 'switchyard.db-wal'), { force: true }),
  })
  expect(figures.problems.join('\n')).toMatch(/acknowledged was/)
})
