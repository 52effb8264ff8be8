// The demo in short: with the real engine, a node dies and comes back, and the client notices nothing.
import { readdir } from 'node:fs/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createHost } from '../../src/host/create-host.ts'
import { runDemo } from '../../src/host/run-demo.ts'
import type { Spoken } from '../../src/shared/text/spoken.ts'
import { temporaryDirectory } from './open-test-host.ts'

const times = { totalMs: 2400, killAtMs: 700, reviveAtMs: 1300, lineEveryMs: 400, requestsPerSecond: 40 }

test('a killed node costs the client nothing, and the last line has the figures', async () => {
  const lines: string[] = []
  const figures = await runDemo({ write: (line) => lines.push(line.text), createHost, version: '0.0.0-test', times })
  expect(figures.requests).toBeGreaterThan(50)
  expect(figures.failures).toBe(0)
  expect(figures.failedAttempts).toBeGreaterThan(0)
  expect(figures.undisturbed?.p50Ms).toBeGreaterThanOrEqual(0)
  expect(figures.failedOver?.p99Ms).toBeGreaterThan(0)
  expect(lines.filter((line) => /^ +\d+ s {2}answered by/.test(line))).toHaveLength(6)
  expect(lines.findIndex((line) => line.includes('sim-a is killed'))).toBeLessThan(
    lines.findIndex((line) => line.includes('sim-a is back')),
  )
  expect(lines.at(-1)).toMatch(
    new RegExp(
      `^${figures.requests} requests · 0 failures the client saw · ${figures.failedAttempts} attempts failed · added latency of a failover p50 `,
    ),
  )
})

test('an abort ends the demo early with figures, and its data directory is gone', async () => {
  // A place of its own: another demo may run on this machine.
  const place = await temporaryDirectory()
  vi.stubEnv('TMPDIR', place)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const lines: string[] = []
  const abort = new AbortController()
  const write = (line: Spoken): void => {
    lines.push(line.text)
    if (line.text.startsWith('Two simulated nodes')) abort.abort()
  }
  await runDemo({ write, createHost, version: '0.0.0-test', times, signal: abort.signal })
  expect(lines.at(-1)).toMatch(/^\d+ requests · 0 failures the client saw · 0 attempts failed$/)
  expect(await readdir(place)).toEqual([])
})
