// The commands against the real daemon: what they change is changed, and what it refuses is said in both languages.
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientKeySchema } from '../../src/shared/model/client-key.ts'
import { listenOnFreePort } from '../harness/listen.ts'
import { type RealDaemon, startRealDaemon } from './real-daemon.ts'

const DAY_MS = 86_400_000

let daemon: RealDaemon
let provider: Server
let url: string
beforeAll(async () => {
  // Takes the key "good-…" only, and lists two models.
  provider = createServer((request, response) => {
    request.resume()
    const isGood = request.headers.authorization?.startsWith('Bearer good-') === true
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' })
    const refused = { type: 'error', error: { type: 'authentication_error', message: 'bad key' } }
    response.end(JSON.stringify(isGood ? { data: [{ id: 'claude-x' }, { id: 'claude-y' }] } : refused))
  })
  url = `http://127.0.0.1:${await listenOnFreePort(provider)}`
  daemon = await startRealDaemon({ DEBUG: 'false' })
}, 30_000)
afterAll(async () => {
  provider.close()
  expect(await daemon.stop()).toMatchObject({ code: 0, stderr: '' })
}, 30_000)

const keyEnvironment = {
  environment: {
    GOOD: 'good-key-of-the-test-1111',
    BAD: 'bad-key-of-the-test-2222',
    SPARE: 'good-key-of-the-test-3333',
  },
}
const addNode = (name: string, ...more: readonly string[]) =>
  daemon.run(['node', 'add', '--name', name, '--url', url, ...more], keyEnvironment)

describe('client keys', () => {
  test('end after a span or with a local day, and stop ending', async () => {
    await daemon.run(['key', 'create', '--name', 'ends'])
    const before = Date.now()
    expect(await daemon.run(['key', 'edit', 'ends', '--expires', '30d'])).toMatchObject({
      code: 0,
      stdout: 'Changed the client key ends.\n',
    })
    const listed = async () => {
      const keys = clientKeySchema.array().parse(await daemon.json(['key', 'list']))
      return keys.find(({ name }) => name === 'ends')
    }
    const inDays = (await listed())?.expiresAtMs
    expect(inDays).toBeGreaterThanOrEqual(before + 30 * DAY_MS)
    expect(inDays).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS)
    await daemon.run(['key', 'edit', 'ends', '--expires', '2031-01-31'])
    expect(await listed()).toMatchObject({ expiresAtMs: new Date(2031, 0, 31, 23, 59, 59, 999).getTime() })
    expect((await daemon.run(['key', 'list'])).stdout).toMatch(/^ends .*2031-01-31/m)
    await daemon.run(['key', 'edit', 'ends', '--expires', '90m'])
    expect((await daemon.run(['key', 'list'])).stdout).toMatch(/^ends .*in 1 h (?:29|30) min/m)
    await daemon.run(['key', 'edit', 'ends', '--no-expires'])
    expect(await listed()).toMatchObject({ expiresAtMs: null })
  })

  test('refuse a day that is none, and one that is past, in the language of the terminal', async () => {
    await daemon.run(['key', 'create', '--name', 'never'])
    for (const wrong of ['2031-02-31', '30', 'tomorrow', '2031-1-1', '31d2']) {
      expect(await daemon.run(['key', 'edit', 'never', '--expires', wrong]), wrong).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--expires takes a span like 90m'),
      })
    }
    const past = ['key', 'edit', 'never', '--expires', '2001-01-01']
    expect(await daemon.run(past)).toMatchObject({ code: 1, stderr: expect.stringContaining('would have expired') })
    expect(await daemon.runChinese(past)).toMatchObject({ code: 1, stderr: expect.stringContaining('已经过去') })
  })

  test('are pinned, strictly or not, and freed', async () => {
    await addNode('pin-target', '--key-env', 'GOOD')
    await daemon.run(['key', 'create', '--name', 'pinned'])
    expect(await daemon.json(['key', 'edit', 'pinned', '--pin', 'pin-target', '--strict'])).toMatchObject({
      pinned: { strict: true },
    })
    expect((await daemon.run(['key', 'list'])).stdout).toMatch(/^pinned .*pin-target \(only\)/m)
    expect(await daemon.json(['key', 'edit', 'pinned', '--no-pin'])).toMatchObject({ pinned: null })
    expect(await daemon.run(['key', 'edit', 'pinned', '--strict'])).toMatchObject({ code: 2 })
    expect(await daemon.run(['key', 'edit', 'pinned'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Nothing to change'),
    })
  })

  test('are disabled and enabled, and explain says what that means, in both languages', async () => {
    await daemon.run(['key', 'create', '--name', 'resting', '--model', 'claude-*'])
    expect((await daemon.run(['key', 'disable', 'resting'])).stdout).toContain('are refused from now on')
    const explain = ['explain', '--model', 'claude-x', '--key', 'resting']
    expect((await daemon.run(explain)).stdout).toContain('The client key "resting" is disabled')
    expect((await daemon.runChinese(explain)).stdout).toContain('已禁用')
    expect((await daemon.runChinese(['key', 'enable', 'resting'])).stdout).toBe('已启用客户端密钥 resting。\n')
    expect((await daemon.runChinese(explain)).stdout).not.toContain('已禁用')
  })

  test('a wrong name is said before the question', async () => {
    const nobody = { isTerminal: true, answers: ['y\n'] }
    for (const args of [
      ['key', 'revoke', 'nobody'],
      ['pool', 'remove', 'nobody'],
      ['node', 'key', 'remove', 'nobody', 'k'],
    ]) {
      const { code, stderr } = await daemon.run(args, nobody)
      expect(code, args.join(' ')).toBe(1)
      expect(stderr).toContain('There is no')
      expect(stderr).not.toContain('?')
    }
  })
})

describe('settings', () => {
  test('are set all or none, shown and put back', async () => {
    const done = await daemon.run(['settings', 'set', 'connectTimeoutMs=3000', 'pingIntervalMs=8000'])
    expect(done).toMatchObject({ code: 0, stdout: 'connectTimeoutMs is now 3000.\npingIntervalMs is now 8000.\n' })
    const half = ['settings', 'set', 'connectTimeoutMs=4000', 'pingIntervalMs=soon']
    expect(await daemon.run(half)).toMatchObject({ code: 1, stderr: expect.stringContaining('pingIntervalMs cannot') })
    expect(await daemon.runChinese(half)).toMatchObject({ code: 1, stderr: expect.stringContaining('不能取这个值') })
    expect((await daemon.run(['settings', 'get', 'connectTimeoutMs'])).stdout).toMatch(/Value +3000 \(set\)/)
    const changed = await daemon.run(['settings', 'list', '--changed'])
    expect(changed.stdout).toMatch(/^connectTimeoutMs +3000 +set/m)
    expect(changed.stdout).not.toContain('maxNodesPerExchange')
    for (const name of ['connectTimeoutMs', 'pingIntervalMs']) {
      expect((await daemon.run(['settings', 'reset', name])).stdout).toContain(`${name} is back at`)
    }
    expect((await daemon.runChinese(['settings', 'get', 'connectTimeoutMs'])).stdout).toMatch(/值 +5000（默认）/)
  })

  test('that the environment locks are refused, as are unknown names and other forms', async () => {
    expect(await daemon.run(['settings', 'set', 'debug=true'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('debug is set by the environment (DEBUG)'),
    })
    expect(await daemon.runChinese(['settings', 'set', 'debug=true'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('由环境变量（DEBUG）设定'),
    })
    expect((await daemon.run(['settings', 'list', '--changed'])).stdout).toMatch(/^debug +false +environment/m)
    expect(await daemon.run(['settings', 'set', 'conectTimeoutMs=1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean'),
    })
    expect(await daemon.run(['settings', 'set', 'debug'])).toMatchObject({ code: 2 })
  })

  test('take every kind of value', async () => {
    const values = ['retryOnStatus=520,521', 'globalProxyMode=none', 'batchUpdateEnabled=off']
    expect(await daemon.json(['settings', 'set', ...values])).toMatchObject([
      { name: 'retryOnStatus', value: [520, 521] },
      { name: 'globalProxyMode', value: 'none' },
      { name: 'batchUpdateEnabled', value: false },
    ])
    expect(await daemon.run(['settings', 'set', 'retryOnStatus=5xx'])).toMatchObject({ code: 1 })
    for (const name of ['retryOnStatus', 'globalProxyMode', 'batchUpdateEnabled']) {
      await daemon.run(['settings', 'reset', name])
    }
  })

  test('the password of the global proxy is asked for, kept out of sight, and removed', async () => {
    const typed = await daemon.run(['settings', 'proxy-password'], { isTerminal: true, answers: ['hidden-9999\n'] })
    expect(typed).toMatchObject({ code: 0, stdout: 'The password of the global proxy is set.\n' })
    expect(typed.stderr).not.toContain('hidden-9999')
    expect(await daemon.run(['settings', 'proxy-password'])).toMatchObject({ code: 2 })
    expect((await daemon.run(['settings', 'proxy-password', '--none'])).stdout).toContain('is removed')
  })
})

describe('keys of a node', () => {
  test('are added, renamed, put in order, disabled and removed', async () => {
    await addNode('cycle', '--key-env', 'BAD')
    const added = ['node', 'key', 'add', 'cycle', '--key-env', 'GOOD', '--label', 'main']
    expect((await daemon.run(added, keyEnvironment)).stdout).toMatch(/^main +…1111 +usable$/m)
    await daemon.run(['node', 'key', 'edit', 'cycle', 'main', '--position', '1'])
    await daemon.run(['node', 'key', 'edit', 'cycle', 'BAD', '--label', 'old', '--disable'])
    const { stdout } = await daemon.run(['node', 'key', 'list', 'cycle'])
    expect(stdout).toMatch(/LABEL.*\nmain +…1111 +usable\nold +…2222 +disabled\n$/)
    expect((await daemon.runChinese(['node', 'key', 'list', 'cycle'])).stdout).toMatch(/^old +…2222 +已停用$/m)
    expect((await daemon.run(['node', 'key', 'remove', 'cycle', 'old', '--yes'])).code).toBe(0)
    expect(await daemon.json(['node', 'key', 'list', 'cycle'])).toMatchObject([{ label: 'main' }])
  })

  test('are not asked for when there is no such node, and never taken from the command line', async () => {
    const typed = { isTerminal: true, input: 'good-key-of-the-test-5555\n' }
    expect(await daemon.run(['node', 'key', 'add', 'nobody'], typed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no node "nobody"'),
    })
    const onLine = await daemon.run(['node', 'key', 'add', 'cycle', '--key', 'good-key-of-the-test-5555'])
    expect(onLine).toMatchObject({ code: 2, stderr: expect.stringContaining('--key is not taken') })
    expect(onLine.stderr).not.toContain('5555')
    // A node that has keys is not one that needs none.
    expect((await daemon.run(['node', 'key', 'add', 'cycle', '--no-key'])).code).toBe(2)
  })
})

describe('node test', () => {
  test('says in both languages that a node works, with 0', async () => {
    await addNode('works', '--key-env', 'GOOD')
    const english = await daemon.run(['node', 'test', 'works'])
    expect(english).toMatchObject({ code: 0, stderr: '' })
    expect(english.stdout).toContain('Models listed: 2.')
    expect(english.stdout).toContain('The node answers, and accepts the key.')
    const chinese = await daemon.runChinese(['node', 'test', 'works'])
    expect(chinese).toMatchObject({ code: 0, stderr: '' })
    expect(chinese.stdout).toContain('节点有回应，密钥有效。')
    expect(chinese.stdout).not.toMatch(/[a-z]+ [a-z]+ [a-z]+/)
  })

  test('says in both languages what is wrong, with 1', async () => {
    await addNode('refuses', '--key-env', 'BAD')
    const english = await daemon.run(['node', 'test', 'refuses'])
    expect(english.code).toBe(1)
    expect(english.stderr).toContain('The key was refused (401)')
    const chinese = await daemon.runChinese(['node', 'test', 'refuses'])
    expect(chinese.code).toBe(1)
    expect(chinese.stderr).toMatch(/密钥被拒绝（401）/)
    const json = await daemon.run(['node', 'test', 'refuses', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, steps: [{ step: 'connect' }, { result: 'failed' }] })
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'NODE_TEST_FAILED' } })
  })
})

describe('nodes', () => {
  test('come from a preset, in the protocol that is asked for, and the prompt says where keys are made', async () => {
    const added = await daemon.run(['node', 'add', '--name', 'deep', '--preset', 'deepseek', '--disabled'], {
      isTerminal: true,
      answers: ['good-key-of-the-test-7777\n'],
    })
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('https://api.deepseek.com/anthropic') })
    expect(added.stderr).toContain('Keys of DeepSeek are made at https://')
    const chat = ['node', 'add', '--name', 'deep-chat', '--preset', 'deepseek', '--protocol', 'openai-chat']
    expect(await daemon.json([...chat, '--no-key', '--disabled'])).toMatchObject({ protocol: 'openai-chat' })
    const wrong = ['node', 'add', '--name', 'x', '--no-key', '--preset']
    expect((await daemon.run([...wrong, 'nobody'])).stderr).toContain('There is no preset "nobody". Presets: anthropic')
    expect((await daemon.runChinese([...wrong, 'deepseek', '--protocol', 'gemini'])).stderr).toContain('不支持 gemini')
    expect((await daemon.run(['node', 'presets'])).stdout).toMatch(/^deepseek +DeepSeek +anthropic/m)
  })

  test('are isolated and reset, and say so', async () => {
    await addNode('alone', '--key-env', 'GOOD')
    expect((await daemon.run(['node', 'isolate', 'alone'])).stdout).toContain('`switchyard node reset alone`')
    expect((await daemon.runChinese(['node', 'list'], { columns: 120 })).stdout).toMatch(/^alone +已隔离/m)
    const explained = await daemon.runChinese(['explain', '--model', 'claude-x'])
    expect(explained.stdout).toMatch(/^ {2}alone +已隔离$/m)
    expect((await daemon.run(['node', 'reset', 'alone'])).stdout).toContain('Reset the node alone. It is now: ')
  })

  test('go through a proxy of their own, with certificates of their own', async () => {
    const file = join(daemon.dataDirectory, 'not-certificates.pem')
    await writeFile(file, 'nothing of the kind')
    expect(await addNode('by-proxy', '--no-key', '--ca', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This text holds no certificate'),
    })
    expect(await addNode('by-proxy', '--no-key', '--ca', '/nowhere/ca.pem')).toMatchObject({ code: 2 })
    const proxied = await addNode('by-proxy', '--no-key', '--proxy', 'http://127.0.0.1:9', '--proxy-user', 'me')
    expect(proxied.code).toBe(0)
    expect((await daemon.run(['node', 'show', 'by-proxy'])).stdout).toMatch(/Proxy +http:\/\/127\.0\.0\.1:9 as me/)
    expect((await daemon.run(['node', 'edit', 'by-proxy', '--proxy', 'none', '--no-proxy-user'])).code).toBe(0)
    expect((await daemon.runChinese(['node', 'show', 'by-proxy'])).stdout).toMatch(/代理 +无，直连/)
  })
})

test('pools are created, shown and removed, and one that is in use is not', async () => {
  expect((await daemon.run(['pool', 'create', 'team'])).stdout).toContain('switchyard node edit NODE --pool team')
  await addNode('of-team', '--key-env', 'GOOD', '--pool', 'team')
  expect((await daemon.run(['pool', 'show', 'team'])).stdout).toMatch(/Nodes +of-team/)
  expect((await daemon.runChinese(['pool', 'list'])).stdout).toMatch(/^team +of-team/m)
  expect(await daemon.run(['pool', 'remove', 'team', '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has nodes in it: of-team'),
  })
  expect((await daemon.run(['node', 'remove', 'of-team', '--yes'])).code).toBe(0)
  const asked = { isTerminal: true, answers: ['是\n'] }
  expect((await daemon.runChinese(['pool', 'remove', 'team'], asked)).stdout).toBe('已移除节点池 team。\n')
})

test('history says what was changed, with the newest last', async () => {
  await addNode('historic', '--no-key')
  const { stdout } = await daemon.run(['history', '--recent', '1'], { columns: 200 })
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d\n\d\d:\d\d:\d\d {2}.*historic.*\n$/)
  expect((await daemon.run(['history', '--recent', '0'])).code).toBe(2)
})
