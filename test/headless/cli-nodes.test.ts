// The node commands, in process: what they send, print and refuse.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { displayWidth } from '../../src/headless/terminal/plain-text.ts'
import { nodeView } from './bridge-router.ts'
import { startTestDaemon, type TestDaemon } from './cli-harness.ts'

const SECRET = 'upstream.secret-of-relay-a-9876'
let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
})
afterEach(async () => {
  await daemon.close()
})

const add = ['node', 'add', '--name', 'relay-a', '--url', 'https://relay-a.example']

describe('node add takes the key', () => {
  test('from standard input, one a line', async () => {
    const result = await daemon.run([...add, '--key-stdin'], { input: `${SECRET}\r\n\nsecond-key-1234\n` })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(daemon.received.secrets).toEqual([SECRET, 'second-key-1234'])
    expect(result.stdout).toContain(
      'Added the node relay-a: https://relay-a.example, keys …9876, …1234 sent as bearer.',
    )
    expect(result.stdout).toContain('It is the only anthropic node of the pool default')
    expect(result.stdout).toContain('switchyard key create --name laptop')
    expect(result.stdout).not.toContain(SECRET)
  })

  test('from several environment variables, named after them', async () => {
    const environment = { KEY_A: SECRET, KEY_B: 'second-key-1234' }
    const result = await daemon.run([...add, '--key-env', 'KEY_A', '--key-env', 'KEY_B', '--json'], { environment })
    expect(daemon.received.secrets).toEqual([SECRET, 'second-key-1234'])
    expect(JSON.parse(result.stdout)).toMatchObject({
      name: 'relay-a',
      keys: [{ label: 'KEY_A', last4: '9876' }, { label: 'KEY_B' }],
    })
    expect(result.stdout.trim().split('\n')).toHaveLength(1)
  })

  test('from a terminal, without showing it, with backspace and a pasted key', async () => {
    const running = daemon.start(add, { isTerminal: true, input: `x\u007f\u001b[200~${SECRET}\u001b[201~\r` })
    const result = await running.result
    expect(result.code).toBe(0)
    expect(running.rawModes).toEqual([true, false])
    expect(daemon.received.secrets).toEqual([SECRET])
    expect(result.stderr).toContain('Key of relay-a')
    expect(result.stdout + result.stderr).not.toContain(SECRET)
  })

  test('not at all for --no-key', async () => {
    expect((await daemon.run([...add, '--no-key'])).stdout).toContain('no key')
    expect(daemon.received.secrets).toEqual([])
  })

  test('and is cancelled by Ctrl-C', async () => {
    const running = daemon.start(add, { isTerminal: true, input: 'half\u0003' })
    expect(await running.result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cancelled: nothing was changed.'),
    })
    expect(running.rawModes).toEqual([true, false])
    expect(daemon.nodes).toEqual([])
  })
})

describe('node add refuses', () => {
  test('a key on the command line, in every spelling, and says why', async () => {
    const spellings = [
      ['--key', SECRET],
      [`--key=${SECRET}`],
      ['--key'],
      ['--api-key', SECRET],
      ['--token', SECRET],
      [`--secret=${SECRET}`],
      ['--auth-token', SECRET],
    ]
    for (const spelling of spellings) {
      const result = await daemon.run([...add, ...spelling])
      expect(result, spelling.join(' ')).toMatchObject({ code: 2, stdout: '' })
      expect(result.stderr).toContain('is not taken: what stands on a command line is seen by other users')
      expect(result.stderr).toContain('--key-stdin')
      expect(result.stderr).not.toContain(SECRET)
    }
    expect(daemon.nodes).toEqual([])
  })

  test('never repeats a key that stands where none belongs', async () => {
    const calls = [
      [...add, SECRET],
      [...add, `--apikey=${SECRET}`],
      [...add, '--key-env', SECRET],
      ['node', 'add', SECRET],
    ]
    for (const call of calls) {
      const result = await daemon.run(call)
      expect(result.code, call.join(' ')).toBe(2)
      expect(result.stdout + result.stderr).not.toContain(SECRET)
    }
  })

  test('no key and no terminal with 2 and the three ways', async () => {
    const result = await daemon.run(add)
    expect(result.code).toBe(2)
    for (const way of ['--key-stdin', '--key-env NAME', '--no-key']) expect(result.stderr).toContain(way)
  })

  test('an empty variable, an empty pipe, two sources at once and a key with spaces with 2', async () => {
    const cases = [
      { args: ['--key-env', 'MISSING'], says: 'MISSING is not set or empty' },
      { args: ['--key-stdin'], says: 'Standard input was empty' },
      { args: ['--key-stdin', '--no-key'], says: 'Use one of' },
      { args: ['--key-stdin'], input: 'two words', says: 'without spaces' },
    ]
    for (const { args, says, input } of cases) {
      const result = await daemon.run([...add, ...args], { input: input ?? '' })
      expect(result, says).toMatchObject({ code: 2, stderr: expect.stringContaining(says) })
    }
  })

  test('wrong values with 2, saying which option and what it takes', async () => {
    const cases = [
      {
        args: ['--priority', '0'],
        says: '--priority takes a whole number from 1 to 100.',
      },
      { args: ['--weight', '5x'], says: '--weight takes a whole number from 0 to 100.' },
      { args: ['--max-concurrent', '-1'], says: '--max-concurrent' },
      { args: ['--map', 'nothing'], says: '--map takes FROM=TO' },
      { args: ['--auth', 'cookie'], says: 'takes one of: bearer, x-api-key, x-goog-api-key.' },
      { args: ['--pool', 'no pool'], says: 'A name has 1 to 64 letters' },
      { args: ['--surprise'], says: 'There is no option --surprise. See `switchyard node add --help`.' },
      { args: ['--name'], says: '--name <name> needs a value. See `switchyard node add --help`.' },
    ]
    for (const { args, says } of cases) {
      const result = await daemon.run([...add, '--no-key', ...args])
      expect(result, says).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) })
    }
    expect((await daemon.run(['node', 'add', '--name', 'x'])).stderr).toContain('The option --url is required.')
  })

  test('what the daemon refuses with 1 and its sentence', async () => {
    await daemon.run([...add, '--no-key'])
    expect(await daemon.run([...add, '--no-key'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'switchyard: A node named relay-a exists already.\n',
    })
    const json = await daemon.run(['node', 'add', '--name', 'b', '--url', 'ftp://x', '--no-key', '--json'])
    expect(json).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse(json.stderr)).toEqual({ error: { code: 'REFUSED', message: 'The base URL must be https.' } })
  })
})

test('node add sends every field', async () => {
  const options = [
    '--protocol',
    'anthropic',
    '--auth',
    'x-api-key',
    '--priority',
    '10',
    '--weight',
    '0',
    '--model',
    'claude-*',
    '--model',
    'glm-4.6',
  ]
  const more = [
    '--map',
    'claude-*=glm-4.6',
    '--max-concurrent',
    '8',
    '--pool',
    'default',
    '--pool',
    'team',
    '--allow-http',
    '--disabled',
  ]
  expect((await daemon.run([...add, '--no-key', ...options, ...more])).code).toBe(0)
  expect(daemon.nodes[0]).toMatchObject({
    auth: 'x-api-key',
    priority: 10,
    weight: 0,
    models: ['claude-*', 'glm-4.6'],
    modelMap: [{ from: 'claude-*', to: 'glm-4.6' }],
    maxConcurrent: 8,
    pools: ['default', 'team'],
    allowPlainHttp: true,
    enabled: false,
  })
})

test('node add says which place the node has in the order', async () => {
  daemon.nodes.push(nodeView({ name: 'second', priority: 20 }), nodeView({ name: 'first', priority: 10 }))
  daemon.nodes.push(nodeView({ name: 'twin', priority: 50 }))
  daemon.nodes.push(nodeView({ name: 'sim-a', simulated: true, priority: 1 }))
  const result = await daemon.run([...add, '--no-key'])
  expect(result.stdout).toContain(
    'In the pool default it is tried after first, second (place 3 of 4). It has the same priority as twin.',
  )
})

test('node add asks for no key when the name is taken or nothing is running', async () => {
  daemon.nodes.push(nodeView({ name: 'Relay-A' }))
  const taken = daemon.start(add, { isTerminal: true, input: `${SECRET}\n` })
  expect(await taken.result).toMatchObject({
    code: 1,
    stderr:
      'switchyard: There is already a node named "Relay-A". Choose another name, or change that one with `switchyard node edit Relay-A`.\n',
  })
  const environment = { SWITCHYARD_DATA_DIR: '/nowhere/switchyard' }
  const nobody = daemon.start(add, { isTerminal: true, input: `${SECRET}\n`, environment })
  expect(await nobody.result).toMatchObject({ code: 1, stderr: expect.stringContaining('is not running') })
  expect([...taken.rawModes, ...nobody.rawModes]).toEqual([])
})

test('node add says where requests go when the base URL already holds a part of the path', async () => {
  const twice = await daemon.run(['node', 'add', '--name', 'b', '--url', 'https://relay.example/v1', '--no-key'])
  expect(twice.stdout).toContain('Requests go to https://relay.example/v1/v1/messages.')
  const good = await daemon.run(['node', 'add', '--name', 'c', '--url', 'https://relay.example/api', '--no-key'])
  expect(good.stdout).not.toContain('Requests go to')
})

test('a name that is none is refused with a sentence', async () => {
  const result = await daemon.run(['node', 'add', '--name', 'a/b', '--url', 'https://relay.example', '--no-key'])
  expect(result.stderr).toContain('A name has 1 to 64 letters')
})

describe('node edit', () => {
  beforeEach(() => {
    const keys = [
      {
        id: 'k',
        nodeId: 'node-relay-a',
        label: 'key-1',
        last4: '9876',
        enabled: true,
        standing: 'usable' as const,
        asideUntilMs: null,
        asideReason: null,
      },
    ]
    daemon.nodes.push(nodeView({ name: 'relay-a', keys, maxConcurrent: 4, models: ['claude-*'] }))
  })

  test('changes what is given and leaves the rest', async () => {
    const result = await daemon.run(['node', 'edit', 'relay-a', '--priority', '3', '--no-model', '--no-max-concurrent'])
    expect(result.code).toBe(0)
    expect(daemon.nodes[0]).toMatchObject({
      priority: 3,
      models: [],
      maxConcurrent: null,
      weight: 50,
      keys: [{ last4: '9876' }],
    })
  })

  test('says that a new origin dropped the keys', async () => {
    const result = await daemon.run(['node', 'edit', 'relay-a', '--url', 'https://other.example'])
    expect(result.stdout).toContain('Its stored keys were dropped')
    expect(result.stdout).toContain('switchyard node edit relay-a --key-stdin')
  })

  test('refuses to change nothing, and a node nobody knows', async () => {
    expect(await daemon.run(['node', 'edit', 'relay-a'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Nothing to change'),
    })
    expect(await daemon.run(['node', 'edit', 'none', '--weight', '1'])).toMatchObject({
      code: 1,
      stderr: 'switchyard: There is no node none.\n',
    })
    expect(await daemon.run(['node', 'edit'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The argument node is missing.'),
    })
  })

  test('takes no key from the command line either', async () => {
    const result = await daemon.run(['node', 'edit', 'relay-a', `--key=${SECRET}`])
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('is not taken') })
    expect(result.stderr).not.toContain(SECRET)
  })
})

test('node disable and enable', async () => {
  daemon.nodes.push(nodeView({ name: 'relay-a' }))
  expect(await daemon.run(['node', 'disable', 'relay-a'])).toMatchObject({
    code: 0,
    stdout: 'Disabled the node relay-a.\n',
  })
  expect(daemon.nodes[0]?.enabled).toBe(false)
  expect((await daemon.run(['node', 'enable', 'relay-a', '--json'])).stdout).toContain('"enabled":true')
})

describe('node remove asks first', () => {
  beforeEach(() => {
    daemon.nodes.push(nodeView({ name: 'relay-a' }))
  })

  test('and without a terminal wants --yes', async () => {
    expect(await daemon.run(['node', 'remove', 'relay-a'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --yes'),
    })
    expect(daemon.nodes).toHaveLength(1)
    expect(await daemon.run(['node', 'remove', 'relay-a', '--yes', '--json'])).toMatchObject({
      code: 0,
      stdout: '{"removed":"node-relay-a"}\n',
    })
    expect(daemon.nodes).toEqual([])
  })

  test('not for a node nobody knows: that is said at once', async () => {
    const result = await daemon.run(['node', 'remove', 'none'], { isTerminal: true, input: 'y\n' })
    expect(result).toMatchObject({ code: 1, stderr: 'switchyard: There is no node none.\n' })
  })

  test('at a terminal takes y, and anything else for a no', async () => {
    for (const answer of ['\n', 'n\n', 'nope\n']) {
      const result = await daemon.run(['node', 'remove', 'relay-a'], { isTerminal: true, input: answer })
      expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('Cancelled') })
    }
    expect((await daemon.run(['node', 'remove', 'relay-a'], { isTerminal: true, input: 'y\n' })).code).toBe(0)
    expect(daemon.nodes).toEqual([])
  })
})

describe('node list and node show', () => {
  beforeEach(() => {
    daemon.nodes.push(
      nodeView({
        name: 'relay-with-a-name-that-is-really-very-long-indeed',
        priority: 60,
        status: 'circuit_breaker_half_open',
        baseUrl: 'https://a-long-host-name.of-a-relay.example/with/a/path',
      }),
      nodeView({ name: 'simulated-node-with-a-long-name', simulated: true, priority: 1, pools: ['demo'] }),
      nodeView({
        name: 'relay-a',
        status: 'cooling',
        unavailableUntilMs: Date.now() + 7_900,
        unavailableReason: '429 from the node \u001b[31mwith an escape',
        modelMap: [{ from: 'claude-*', to: 'glm-4.6' }],
        pools: ['default', 'team', 'another-pool'],
      }),
    )
  })

  test('fit the width, mark simulated nodes, show no escape sequence of others', async () => {
    for (const args of [
      ['node', 'list'],
      ['status'],
      ['node', 'show', 'relay-a'],
      ['node', 'show', 'simulated-node-with-a-long-name'],
    ]) {
      for (const columns of [80, 120]) {
        const { code, stdout } = await daemon.run(args, { columns })
        expect(code).toBe(0)
        for (const line of stdout.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(columns)
        if (args[2] !== 'relay-a') expect(stdout).toContain('(simulated)')
        expect(stdout).not.toContain('\u001b')
      }
    }
  })

  test('list in the order nodes are tried', async () => {
    const { stdout } = await daemon.run(['node', 'list'], { columns: 200 })
    const names = stdout.split('\n').map((line) => line.split(' ')[0])
    expect(names.slice(0, 4)).toEqual([
      'NODE',
      'simulated-node-with-a-long-name',
      'relay-a',
      'relay-with-a-name-that-is-really-very-long-indeed',
    ])
  })

  test('use colours at a terminal only, and honour NO_COLOR', async () => {
    expect((await daemon.run(['node', 'list'], { stdoutIsTerminal: true })).stdout).toContain('\u001b[33m')
    const environment = { NO_COLOR: '1' }
    expect((await daemon.run(['node', 'list'], { stdoutIsTerminal: true, environment })).stdout).not.toContain('\u001b')
  })

  test('show says when a node is due and why it is out', async () => {
    const { stdout } = await daemon.run(['node', 'show', 'relay-a'])
    expect(stdout).toMatch(/Status {4}cooling, due in 8 s: 429 from the node/)
    expect(stdout).toContain('claude-* → glm-4.6')
  })

  test('print the same as JSON', async () => {
    expect(JSON.parse((await daemon.run(['node', 'list', '--json'])).stdout)).toEqual(daemon.nodes)
    expect(JSON.parse((await daemon.run(['node', 'show', 'relay-a', '--json'])).stdout)).toEqual(daemon.nodes[2])
  })
})
