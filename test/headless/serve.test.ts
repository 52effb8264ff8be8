// The real daemon and the real command line as processes, from the sources: a first use from start to stop, and bad starts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'

/** A loaded machine takes seconds for a start; the default of one second is for a quick one. */
const PATIENCE = { timeout: 10_000 }

const CLI = join(import.meta.dirname, '../../src/headless/cli.ts')
const SECRET = 'upstream.secret-of-relay-a-9876'
const readySchema = z.strictObject({ event: z.literal('ready'), proxy: z.url(), control: z.url(), pid: z.int() })

type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
type Running = {
  readonly pid: number
  readonly stdout: () => string
  readonly result: Promise<Result>
  readonly kill: (signal: NodeJS.Signals) => void
}

let directory: string
let started: Running[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-serve-'))
  started = []
})
afterEach(async () => {
  for (const running of started) running.kill('SIGKILL')
  await Promise.all(started.map((running) => running.result))
  await rm(directory, { recursive: true, force: true })
})

function start(args: readonly string[], input = ''): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], HOME: directory, SWITCHYARD_DATA_DIR: join(directory, 'data') },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdin.end(input)
  const result = new Promise<Result>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  const running: Running = {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    result,
    kill: (signal) => {
      child.kill(signal)
    },
  }
  started.push(running)
  return running
}

const run = (args: readonly string[], input = ''): Promise<Result> => start(args, input).result

async function serve(args: readonly string[] = []): Promise<Running & { readonly ready: z.infer<typeof readySchema> }> {
  const running = start(['serve', '--port', '0', '--control-port', '0', '--json', ...args])
  await expect.poll(() => running.stdout(), PATIENCE).toContain('\n')
  return { ...running, ready: readySchema.parse(JSON.parse(running.stdout())) }
}

describe('a first use', () => {
  test('serve, node add, key create, status, stop', async () => {
    const daemon = await serve()
    expect(daemon.ready.pid).toBe(daemon.pid)
    expect(await (await fetch(`${daemon.ready.control}/health`)).json()).toMatchObject({ product: 'switchyard' })

    const add = ['node', 'add', '--name', 'relay-a', '--url', 'https://relay-a.example', '--key-stdin']
    expect(await run(add, SECRET)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('Added the node relay-a: https://relay-a.example, key …9876 sent as bearer.'),
    })
    expect(await run(add, SECRET)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('relay-a') })
    const plain = ['node', 'add', '--name', 'plain', '--url', 'http://relay.example', '--no-key']
    expect(await run(plain)).toMatchObject({ code: 1, stderr: expect.stringContaining('http') })

    const created = await run(['key', 'create', '--name', 'laptop', '--json'])
    const key = z.looseObject({ key: z.string().startsWith('sy-'), baseUrl: z.url() }).parse(JSON.parse(created.stdout))
    expect(key.baseUrl).toBe(daemon.ready.proxy)

    expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject({
      pid: daemon.pid,
      proxyUrl: daemon.ready.proxy,
      controlUrl: daemon.ready.control,
      nodes: [{ name: 'relay-a', keys: [{ last4: '9876' }] }],
    })
    expect((await run(['explain', '--model', 'claude-sonnet-4-5'])).stdout).toContain('would go to relay-a')

    expect(await run(['stop', '--json'])).toMatchObject({ code: 0, stdout: `{"stopped":true,"pid":${daemon.pid}}\n` })
    const ended = await daemon.result
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(await run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') })

    const logFile = join(directory, 'data', 'logs', 'switchyard.log')
    expect((await stat(logFile)).mode & 0o777).toBe(0o600)
    const log = await readFile(logFile, 'utf8')
    expect(log).not.toContain(SECRET)
    expect(log).not.toContain(key.key)
  })

  test('the simulated nodes answer at once with the key that serve prints, and tail shows it', async () => {
    const daemon = start(['serve', '--port', '0', '--control-port', '0', '--demo-if-empty'])
    await expect.poll(() => daemon.stdout(), PATIENCE).toContain('Stop with Ctrl-C')
    const printed = daemon.stdout()
    expect(printed).toContain('these nodes answer at once: sim-a (simulated), sim-b (simulated)')
    const proxy = /Proxy +(\S+)/.exec(printed)?.[1] ?? ''
    const key = /x-api-key: (sy-[\w-]+)/.exec(printed)?.[1] ?? ''
    const body = /-d '([^']+)'/.exec(printed)?.[1] ?? ''
    const headers = { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
    const answer = await fetch(`${proxy}/v1/messages`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('simulated')
    await expect
      .poll(async () => (await run(['tail', '--once'])).stdout, PATIENCE)
      .toMatch(/success {4}claude-\S+ from sim-a \(simulated\), .* in, \d+ out$/m)
    daemon.kill('SIGTERM')
    expect((await daemon.result).code).toBe(0)
  })

  test('a follower does not hold the stop up', async () => {
    const daemon = await serve()
    const tail = start(['tail'])
    await run(['key', 'create', '--name', 'laptop'])
    await expect
      .poll(async () => {
        await run(['key', 'create', '--name', `key-${Date.now()}`])
        return tail.stdout()
      }, PATIENCE)
      .toContain('was created')
    daemon.kill('SIGTERM')
    expect((await daemon.result).code).toBe(0)
    expect(await tail.result).toMatchObject({ code: 1, stderr: expect.stringContaining('stop') })
  })
})

describe('a start that cannot be', () => {
  test('a second daemon on the same data directory', async () => {
    const daemon = await serve()
    const second = await run(['serve', '--port', '0', '--control-port', '0', '--json'])
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse(second.stderr)).toMatchObject({ error: { code: 'ALREADY_RUNNING' } })
    // The first one is not disturbed.
    expect((await run(['status'])).code).toBe(0)
    daemon.kill('SIGINT')
    expect((await daemon.result).code).toBe(0)
  })

  test('a control port that another program has, named with its pid where the system tells; nothing is left running', async () => {
    const holder = createServer()
    holder.listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const result = await run(['serve', '--port', '0', '--control-port', String(port)])
      expect(result).toMatchObject({ code: 1, stdout: '' })
      expect(result.stderr).toContain(`Port ${port} is in use by`)
      expect(result.stderr).toContain('--control-port')
      if (process.platform === 'linux') expect(result.stderr).toContain(`(pid ${process.pid})`)
      expect(await run(['status'])).toMatchObject({ code: 1 })
    } finally {
      holder.close()
    }
  })

  test('a control port that another Switchyard has', async () => {
    const daemon = await serve()
    const port = new URL(daemon.ready.control).port
    const other = join(directory, 'other')
    const result = await run(['serve', '--port', '0', '--control-port', port, '--data-dir', other])
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('in use by another Switchyard') })
  })

  test('a proxy port in use', async () => {
    const daemon = await serve()
    const port = new URL(daemon.ready.proxy).port
    const result = await run(['serve', '--port', port, '--control-port', '0', '--data-dir', join(directory, 'other')])
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`Port ${port} is in use by`) })
  })

  test('a data directory that is a file', async () => {
    await writeFile(join(directory, 'data'), '')
    const result = await run(['serve', '--port', '0', '--control-port', '0', '--json'])
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'DATA_DIRECTORY' } })
  })

  test('a port that is no number', async () => {
    const result = await run(['serve', '--port', 'abc'])
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--port') })
  })
})

test('a daemon that was killed leaves nothing that misleads: commands say it is not running, serve starts again', async () => {
  const killed = await serve()
  killed.kill('SIGKILL')
  await killed.result
  expect(await run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') })
  const again = await serve()
  expect((await run(['status'])).code).toBe(0)
  again.kill('SIGTERM')
  expect((await again.result).code).toBe(0)
})

test.skipIf(process.platform === 'win32')('a terminal that is closed stops it like SIGTERM', async () => {
  const daemon = await serve()
  daemon.kill('SIGHUP')
  expect((await daemon.result).code).toBe(0)
  expect(await run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') })
})

test('the log is appended to, and a link in its place is not followed', async () => {
  const logs = join(directory, 'data', 'logs')
  const first = await serve()
  first.kill('SIGTERM')
  await first.result
  const second = await serve()
  second.kill('SIGTERM')
  await second.result
  const log = await readFile(join(logs, 'switchyard.log'), 'utf8')
  expect(log.match(/listens on/g)).toHaveLength(2)

  const target = join(directory, 'target')
  await rm(logs, { recursive: true })
  await mkdir(logs)
  await writeFile(target, '')
  await symlink(target, join(logs, 'switchyard.log'))
  const third = await serve()
  third.kill('SIGTERM')
  expect(await third.result).toMatchObject({ code: 0, stderr: expect.stringContaining('cannot be written') })
  expect(await readFile(target, 'utf8')).toBe('')
})
