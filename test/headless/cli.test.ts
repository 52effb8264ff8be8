// The other commands, in process: keys, status, explain, tail, stop, help, and finding the daemon.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resolveDataDirectory } from '../../src/headless/data-directory.ts'
import { writeDaemonFile } from '../../src/host/daemon-file.ts'
import type { ExchangeRecord } from '../../src/shared/model/exchange.ts'
import { nodeView } from './bridge-router.ts'
import { startCli, startTestDaemon, type TestDaemon } from './cli-harness.ts'

/** A loaded machine takes seconds for a start; the default of one second is for a quick one. */
const PATIENCE = { timeout: 10_000 }

let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
})
afterEach(async () => {
  await daemon.close()
})

const KEY = 'sy-test-key-000000004242'

describe('key create', () => {
  test('prints the key once, and the lines to paste', async () => {
    const { code, stdout } = await daemon.run(['key', 'create', '--name', 'laptop'])
    expect(code).toBe(0)
    expect(stdout).toContain('  export ANTHROPIC_BASE_URL=http://127.0.0.1:4780\n')
    expect(stdout).toContain(`  export ANTHROPIC_AUTH_TOKEN=${KEY}\n`)
    const settings = stdout.slice(stdout.indexOf('  {'), stdout.lastIndexOf('}') + 1)
    expect(JSON.parse(settings)).toEqual({
      env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:4780', ANTHROPIC_AUTH_TOKEN: KEY },
    })
    expect(stdout).toContain('The pool default has no node yet')
    expect(stdout).not.toContain('NO_PROXY')
  })

  test('prints one line of JSON', async () => {
    const { stdout } = await daemon.run(['key', 'create', '--name', 'ci', '--pool', 'team', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      key: KEY,
      name: 'ci',
      pools: ['team'],
      baseUrl: 'http://127.0.0.1:4780',
    })
  })

  test('sets NO_PROXY when a proxy is set, keeping what is there', async () => {
    const environment = { http_proxy: 'http://proxy.example:3128', NO_PROXY: 'internal.example' }
    const { stdout } = await daemon.run(['key', 'create', '--name', 'laptop'], { environment })
    expect(stdout).toContain('export NO_PROXY=internal.example,127.0.0.1')
    expect(stdout).toContain('"NO_PROXY": "internal.example,127.0.0.1"')
    expect(stdout).toContain('http_proxy is set here')
  })

  test('speaks PowerShell on Windows', async () => {
    const { stdout } = await daemon.run(['key', 'create', '--name', 'laptop'], { platform: 'win32' })
    expect(stdout).toContain(`$env:ANTHROPIC_AUTH_TOKEN = "${KEY}"`)
  })
})

test('key list shows the last four characters only; key revoke asks', async () => {
  expect((await daemon.run(['key', 'list'])).stdout).toContain('There are no client keys.')
  await daemon.run(['key', 'create', '--name', 'laptop'])
  const { stdout } = await daemon.run(['key', 'list'])
  expect(stdout).toMatch(/^laptop\s+…4242\s+default\s+enabled\s+2026-05-0/m)
  expect(stdout).not.toContain(KEY)
  expect(JSON.parse((await daemon.run(['key', 'list', '--json'])).stdout)).toHaveLength(1)
  expect((await daemon.run(['key', 'revoke', 'laptop'])).code).toBe(2)
  expect((await daemon.run(['key', 'revoke', 'none', '--yes'])).code).toBe(1)
  expect((await daemon.run(['key', 'revoke', 'laptop', '--yes'])).stdout).toBe(
    'Revoked the client key laptop. Tools that use it get 401 from now on.\n',
  )
  expect(daemon.keys).toEqual([])
})

test('status says where, how long and how well', async () => {
  daemon.nodes.push(nodeView({ name: 'relay-a' }))
  const { code, stdout } = await daemon.run(['status'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Switchyard 0\.1\.0 is running \(pid \d+, up 1 min 5 s\)\.$/m)
  expect(stdout).toContain('1,204 since start: 1,200 succeeded, 3 failed')
  expect(stdout).toContain('41 requests went on after a failed attempt')
  expect(JSON.parse((await daemon.run(['status', '--json'])).stdout)).toMatchObject({
    inFlight: 1,
    nodes: [{ name: 'relay-a' }],
  })
})

test('explain says which node would be chosen and wraps the reasons of the others', async () => {
  daemon.nodes.push(nodeView({ name: 'relay-a' }), nodeView({ name: 'sim-b', simulated: true }))
  const { stdout } = await daemon.run(['explain', '--model', 'claude-sonnet-4-5'])
  expect(stdout).toContain('A request for claude-sonnet-4-5 in the pool default would go to relay-a.')
  expect(stdout).toMatch(/^\* relay-a {12}would be chosen: first in order/m)
  expect(stdout).toMatch(/^ {2}sim-b \(simulated\) {2}cooling after 429/m)
  expect(stdout.replace(/\s+/g, ' ')).toContain('before it takes requests again, due in 8 s')
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect((await daemon.run(['explain'])).code).toBe(2)
})

describe('tail', () => {
  test('--once prints the recent exchanges, oldest first, with their attempts', async () => {
    daemon.exchanges.push(exchange({ id: 'one' }), exchange({ id: 'two', failedOver: true }))
    const { code, stdout } = await daemon.run(['tail', '--once'])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}success {4}claude-sonnet-4-5 from relay-b, 1\.84 s, 112 in, 345 out$/)
    expect(lines[2]).toMatch(/^ {10}1 {2}relay-a {2}server 500 {3}12 ms {2}The node answered 500/)
    expect(lines[3]).toMatch(/^ {10}2 {2}relay-b {2}success {5}1\.82 s$/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('names a request that did not succeed, as the answer and the log do', async () => {
    daemon.exchanges.push(exchange({ id: 'ex_good' }), { ...exchange({ id: 'ex_bad' }), outcome: 'failed' })
    const { stdout } = await daemon.run(['tail', '--once'])
    expect(stdout).toMatch(/^ {10}ex_bad$/m)
    expect(stdout).not.toContain('ex_good')
  })

  test('marks simulated nodes', async () => {
    daemon.exchanges.push(exchange({ id: 'one', nodeId: 'simulated_sim-a', nodeName: 'sim-a' }))
    expect((await daemon.run(['tail', '--once'])).stdout).toContain('from sim-a (simulated)')
  })

  test('follows, prints nothing twice, and ends with Ctrl-C and 0', async () => {
    daemon.exchanges.push(exchange({ id: 'past' }))
    const running = daemon.start(['tail', '--recent', '5', '--json'])
    await daemon.nextSubscriber()
    daemon.publish({ type: 'exchangeSettled', exchange: exchange({ id: 'past' }) })
    daemon.publish({ type: 'exchangeSettled', exchange: exchange({ id: 'new' }) })
    daemon.publish({ type: 'exchangeCommitted', exchangeId: 'newer', nodeName: 'relay-a' })
    await expect.poll(() => running.stdout(), PATIENCE).toContain('exchangeCommitted')
    running.sendStopSignal()
    expect((await running.result).code).toBe(0)
    const events = running
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(events).toMatchObject([{ exchange: { id: 'past' } }, { exchange: { id: 'new' } }, { exchangeId: 'newer' }])
  })

  test('says so and ends with 1 when the daemon stops', async () => {
    const running = daemon.start(['tail'])
    await daemon.nextSubscriber()
    const decision = {
      id: 'd',
      atMs: Date.now(),
      kind: 'breaker-opened',
      nodeId: 'n',
      exchangeId: null,
      text: 'relay-a is left out for 10 s: 5 failures in a row.',
    } as const
    daemon.publish({ type: 'decisionMade', decision })
    await expect.poll(() => running.stdout(), PATIENCE).toContain('relay-a is left out for 10 s')
    daemon.endEvents()
    expect(await running.result).toMatchObject({
      code: 1,
      stderr: 'switchyard: Switchyard has stopped: there is nothing more to follow.\n',
    })
  })

  test('says so and ends with 1 when the connection breaks', async () => {
    const running = daemon.start(['tail'])
    await daemon.nextSubscriber()
    await daemon.bridge.close()
    expect(await running.result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The daemon closed the connection'),
    })
  })
})

test('stop asks, waits until the process is gone, and says so', async () => {
  let polls = 0
  // Alive while it is looked for and for one poll more.
  const isAlive = () => {
    polls += 1
    return polls < 3
  }
  const { code, stdout } = await daemon.run(['stop'], { isAlive })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Stopping Switchyard \(pid \d+\): running requests may end first\.\nStopped\.\n$/)
  expect(daemon.received.stops).toBe(1)
})

test('stop is done when another daemon has the data directory, though a process still has the pid', async () => {
  const running = daemon.start(['stop'], { nowMs: () => 0 })
  await expect.poll(() => daemon.received.stops, PATIENCE).toBe(1)
  await writeDaemonFile(daemon.dataDirectory, { ...daemon.info, instanceId: 'another' })
  expect(await running.result).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') })
})

test('stop gives a daemon that took its file away a moment to end, and does not wait for more', async () => {
  let nowMs = 0
  let polls = 0
  const isAlive = () => {
    polls += 1
    nowMs += 500
    return true
  }
  const running = daemon.start(['stop'], { isAlive, nowMs: () => nowMs })
  await expect.poll(() => daemon.received.stops, PATIENCE).toBe(1)
  await rm(join(daemon.dataDirectory, 'daemon.json'))
  expect(await running.result).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') })
  expect(polls).toBeGreaterThan(3)
})

test('stop waits longer than usual while requests are still running', async () => {
  let nowMs = 0
  let polls = 0
  // Half a minute passes at each look at the clock.
  const nowMsStepping = () => (nowMs += 31_000)
  const isAlive = () => (polls += 1) < 9
  const { code, stdout } = await daemon.run(['stop'], { isAlive, nowMs: nowMsStepping })
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') })
})

describe('finding the daemon', () => {
  let empty: string
  beforeEach(async () => {
    empty = await mkdtemp(join(tmpdir(), 'switchyard-empty-'))
  })
  afterEach(async () => {
    await rm(empty, { recursive: true })
  })

  test('--data-dir wins over SWITCHYARD_DATA_DIR', async () => {
    const environment = { SWITCHYARD_DATA_DIR: empty }
    const found = await startCli(['status', '--json', '--data-dir', daemon.dataDirectory], { environment }).result
    expect(found.code).toBe(0)
    const not = await startCli(['status', '--data-dir', empty], {
      environment: { SWITCHYARD_DATA_DIR: daemon.dataDirectory },
    }).result
    expect(not.code).toBe(1)
  })

  test('none there: 1, and how to start one, by the name the program was called', async () => {
    const environment = { SWITCHYARD_DATA_DIR: empty, npm_lifecycle_event: 'switchyard' }
    const result = await startCli(['status'], { environment }).result
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain(
      `not running on the data directory ${empty}: start it with \`npm run -s switchyard -- serve\``,
    )
    const json = await startCli(['status', '--json'], { environment }).result
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'NOT_RUNNING' } })
  })

  test('a leftover of a killed daemon, a port nobody listens on, garbage: the same', async () => {
    expect(await daemon.run(['status'], { isAlive: () => false })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not running'),
    })
    await daemon.bridge.close()
    expect(await daemon.run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') })
    await writeFile(join(daemon.dataDirectory, 'daemon.json'), '{"pid":')
    expect(await daemon.run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not running') })
  })

  test('a daemon of another version is named; stop works all the same', async () => {
    const other = await startTestDaemon({ version: '9.9.9' })
    try {
      expect(await other.run(['status'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is Switchyard 9.9.9, this command is'),
      })
      let polls = 0
      expect((await other.run(['stop'], { isAlive: () => ++polls < 2 })).code).toBe(0)
    } finally {
      await other.close()
    }
  })

  test('a wrong token, and one that cannot be read', async () => {
    const file = join(daemon.dataDirectory, 'control-token')
    await writeFile(file, 'another-token')
    const refused = await daemon.run(['status'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('refused the control token') })
    expect(refused.stderr).not.toContain('another-token')
    await rm(file)
    // A directory in its place fails to read for root as well.
    await mkdir(file)
    expect(await daemon.run(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be read') })
  })

  test('the default follows the habits of each system', () => {
    const place = { environment: {}, platform: 'linux', homeDirectory: '/home/u' } as const
    expect(resolveDataDirectory(undefined, place)).toBe('/home/u/.local/share/switchyard')
    expect(resolveDataDirectory(undefined, { ...place, environment: { XDG_DATA_HOME: '/xdg' } })).toBe(
      '/xdg/switchyard',
    )
    expect(resolveDataDirectory(undefined, { ...place, environment: { XDG_DATA_HOME: 'relative' } })).toBe(
      '/home/u/.local/share/switchyard',
    )
    expect(resolveDataDirectory(undefined, { ...place, platform: 'darwin' })).toBe(
      '/home/u/Library/Application Support/Switchyard',
    )
    expect(
      resolveDataDirectory(undefined, { ...place, platform: 'win32', environment: { LOCALAPPDATA: '/appdata' } }),
    ).toBe('/appdata/Switchyard')
    expect(resolveDataDirectory('/x/../y', place)).toBe('/y')
  })
})

describe('help and wrong usage', () => {
  const commands = [
    ['serve'],
    ['stop'],
    ['status'],
    ['explain'],
    ['tail'],
    ['demo'],
    ['node', 'add'],
    ['node', 'list'],
    ['node', 'show'],
    ['node', 'edit'],
    ['node', 'remove'],
    ['node', 'enable'],
    ['node', 'disable'],
    ['key', 'create'],
    ['key', 'list'],
    ['key', 'revoke'],
  ]

  test('every command has --help with an example, --json and --data-dir, within 80 columns', async () => {
    for (const command of commands) {
      const { code, stdout, stderr } = await daemon.run([...command, '--help'])
      expect(code, command.join(' ')).toBe(0)
      expect(stderr).toBe('')
      expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}switchyard ${command.join(' ')}`))
      expect(stdout).toContain('--json')
      expect(stdout).toContain('--data-dir')
      expect(stdout).not.toContain('--auth-token')
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    }
  })

  test('an empty --data-dir is refused by every command: an unset variable must not mean the current directory', async () => {
    for (const command of commands) {
      const needed = command.includes('explain') ? ['--model', 'm'] : command.includes('create') ? ['--name', 'n'] : []
      const added = command.includes('add') ? ['--name', 'n', '--url', 'https://n.example', '--no-key'] : needed
      const named = ['show', 'edit', 'remove', 'enable', 'disable', 'revoke'].includes(command[1] ?? '') ? ['n'] : added
      for (const empty of [['--data-dir', ''], ['--data-dir=']]) {
        expect(await daemon.run([...command, ...named, ...empty]), command.join(' ')).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringContaining('--data-dir is empty'),
        })
      }
    }
  })

  test('the program has help and a version, and its help documents the exit codes', async () => {
    expect((await daemon.run(['--help'])).stdout).toContain('Exit codes: 0 done, 1 refused or failed, 2 wrong usage.')
    expect((await daemon.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('no command, an unknown one, an unknown option and extra words end with 2', async () => {
    expect(await daemon.run([])).toMatchObject({ code: 2 })
    expect(await daemon.run(['node'])).toMatchObject({ code: 2 })
    expect(await daemon.run(['nodes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no command nodes. Did you mean node?'),
    })
    expect(await daemon.run(['status', '--port'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no option --port'),
    })
    expect(await daemon.run(['status', 'extra'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('more words than this command takes'),
    })
  })

  test('with --json a usage error is JSON too', async () => {
    const { code, stdout, stderr } = await daemon.run(['serve', '--port', '99999', '--json'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'USAGE', message: expect.stringContaining('from 0 to 65535') },
    })
  })

  test('serve refuses one number for two ports', async () => {
    const { code, stderr } = await daemon.run(['serve', '--port', '5000', '--control-port', '5000'])
    expect(code).toBe(2)
    expect(stderr).toContain('are both 5000')
  })
})

type Shape = {
  readonly id: string
  readonly failedOver?: boolean
  readonly nodeId?: string
  readonly nodeName?: string
}

function exchange({ id, failedOver, nodeId = 'n2', nodeName = 'relay-b' }: Shape): ExchangeRecord {
  const times = { connectMs: 3, firstByteMs: 10, firstContentMs: null }
  const success = {
    number: failedOver ? 2 : 1,
    nodeId,
    nodeName,
    keyId: null,
    model: 'claude-sonnet-4-5',
    reason: 'first in order',
    probe: false,
    outcome: 'success',
    status: 200,
    message: null,
    startedAtMs: Date.now(),
    ...times,
    totalMs: 1820,
  } as const
  const failed = {
    ...success,
    number: 1,
    nodeId: 'n1',
    nodeName: 'relay-a',
    outcome: 'server',
    status: 500,
    message: `The node answered 500: ${'x'.repeat(100)}`,
    totalMs: 12,
  } as const
  return {
    id,
    startedAtMs: Date.now(),
    clientKeyId: null,
    clientKeyName: 'laptop',
    client: 'claude-cli/2.1.329',
    sessionId: null,
    protocol: 'anthropic',
    operation: 'messages',
    pool: 'default',
    model: 'claude-sonnet-4-5',
    stream: true,
    outcome: 'success',
    status: 200,
    errorCode: null,
    nodeId,
    nodeName,
    firstByteMs: 10,
    firstContentMs: 20,
    totalMs: 1840,
    requestBytes: 1,
    responseBytes: 1,
    usage: { input: 12, output: 345, cacheRead: 100, cacheWrite5m: 0, cacheWrite1h: 0, estimated: false },
    attempts: failedOver ? [failed, success] : [success],
  }
}
