// `serve` and `demo` in this process, with the real host: signals, the ready text, the ports.

import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type CliWorld, startCli } from './cli-harness.ts'

/** A loaded machine takes seconds for a start; the default of one second is for a quick one. */
const PATIENCE = { timeout: 10_000 }

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-serve-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const serveArguments = ['serve', '--port', '0', '--control-port', '0']
const start = (args: readonly string[], world: CliWorld = {}) =>
  startCli(args, { ...world, environment: { SWITCHYARD_DATA_DIR: directory, ...world.environment } })

test('prints the addresses and what to do next, by the name the program was called', async () => {
  const running = start(serveArguments, { environment: { npm_lifecycle_event: 'start' } })
  await expect.poll(() => running.stdout(), PATIENCE).toContain('Stop with Ctrl-C')
  const text = running.stdout()
  expect(text).toMatch(/Proxy {4}http:\/\/127\.0\.0\.1:\d+\n/)
  expect(text).toMatch(/Control {2}http:\/\/127\.0\.0\.1:\d+\n/)
  expect(text).toContain('npm run -s switchyard -- node add --name relay-a --url https://relay-a.example')
  expect(text).not.toContain('simulated')
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(84)
  running.sendStopSignal()
  expect(await running.result).toMatchObject({ code: 0, stderr: '' })
})

test('a second signal ends at once with 1; the echo of the first, which npm passes on, does not', async () => {
  let nowMs = 0
  const running = start([...serveArguments, '--json'], { nowMs: () => nowMs })
  await expect.poll(() => running.stdout(), PATIENCE).toContain('ready')
  running.sendStopSignal()
  nowMs = 20
  running.sendStopSignal()
  expect(running.exits).toEqual([])
  nowMs = 2_000
  running.sendStopSignal()
  expect(running.exits).toEqual([1])
  expect((await running.result).code).toBe(0)
})

test('with --demo it prints a request that answers, and the commands know the data directory', async () => {
  const given = join(directory, 'with space')
  const running = start([...serveArguments, '--demo', '--data-dir', given])
  await expect.poll(() => running.stdout(), PATIENCE).toContain('Stop with Ctrl-C')
  expect(running.stdout()).toContain('these nodes answer at once: sim-a (simulated), sim-b (simulated).')
  expect(running.stdout()).toContain(`switchyard stop --data-dir '${given}'`)
  running.sendStopSignal()
  expect((await running.result).code).toBe(0)
})

test('a control port in use by somebody who says nothing of himself is an error that names the port', async () => {
  const server = createServer((_request, response) => {
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const result = await start(['serve', '--port', '0', '--control-port', String(port), '--json']).result
  server.close()
  expect(result).toMatchObject({ code: 1, stdout: '' })
  expect(JSON.parse(result.stderr)).toMatchObject({
    error: { code: 'PORT_IN_USE', message: expect.stringContaining(`Port ${port} is in use by`) },
  })
})

test('an environment value that no setting takes is refused at the start, and named', async () => {
  const result = await start(serveArguments, { environment: { RETRY_MAX_ATTEMPTS: 'many' } }).result
  expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('RETRY_MAX_ATTEMPTS') })
})

test('demo can be ended early and still gives its figures', async () => {
  const running = start(['demo'])
  await expect.poll(() => running.stdout(), PATIENCE).toMatch(/\d s {2}answered by sim-a/)
  running.sendStopSignal()
  const result = await running.result
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(result.stdout).toMatch(/\d+ requests · 0 failures the client saw/)
})

test('says that it stops, and that a second Ctrl-C ends at once', async () => {
  const running = start(serveArguments)
  await expect.poll(() => running.stdout(), PATIENCE).toContain('Stop with Ctrl-C')
  running.sendStopSignal()
  expect(await running.result).toMatchObject({ code: 0, stderr: '' })
  expect(running.stdout()).toContain('\nStopping: nothing is running.\n')
  expect(running.stdout()).toMatch(/\nStopped\.\n$/)
})

test('a stop that fails still lets go of the control port, so that the process can end', async () => {
  const running = start([...serveArguments, '--json'])
  await expect.poll(() => running.stdout(), PATIENCE).toContain('ready')
  const { control } = z.object({ control: z.string() }).parse(JSON.parse(running.stdout()))
  // A directory in place of daemon.json cannot be read at the stop.
  await rm(join(directory, 'daemon.json'))
  await mkdir(join(directory, 'daemon.json'))
  running.sendStopSignal()
  expect((await running.result).code).toBe(1)
  await expect(fetch(`${control}/health`)).rejects.toThrow('fetch failed')
})
