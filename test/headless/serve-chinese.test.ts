// Starting in Chinese: why it cannot start, what it says when it is ready, and the demo.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { listenOnFreePort } from '../harness/listen.ts'
import { type CliWorld, startCli } from './cli-harness.ts'

/** A loaded machine takes seconds for a start. */
const PATIENCE = { timeout: 10_000 }

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchyard-zh-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const start = (args: readonly string[], world: CliWorld = {}) =>
  startCli(args, {
    ...world,
    environment: { SWITCHYARD_DATA_DIR: directory, LANG: 'zh_CN.UTF-8', ...world.environment },
  })
const serve = ['serve', '--port', '0', '--control-port', '0']

async function takenPort(): Promise<number> {
  const server = createServer((_request, response) => response.end('{}'))
  onTestFinished(() => void server.close())
  return listenOnFreePort(server)
}

test('a port in use is said with what to do, for both ports; the code stays as it is', async () => {
  const port = String(await takenPort())
  const proxy = await start(['serve', '--port', port, '--control-port', '0']).result
  expect(proxy).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`端口 ${port} 已被.*--port`)),
  })
  const control = await start(['serve', '--port', '0', '--control-port', port, '--json']).result
  expect(control.code).toBe(1)
  expect(JSON.parse(control.stderr)).toMatchObject({
    error: { code: 'PORT_IN_USE', message: expect.stringMatching(new RegExp(`端口 ${port} 已被.*--control-port`)) },
  })
})

test('bad environment values are said a line each', async () => {
  const environment = { RETRY_MAX_ATTEMPTS: 'many', SWITCHYARD_PROXY_URL: 'no-proxy' }
  const { code, stderr } = await start(serve, { environment }).result
  expect(code).toBe(1)
  expect(stderr.trimEnd().split('\n')).toEqual([
    'switchyard: 这些环境变量的值无法使用。请改正或取消设置：',
    expect.stringMatching(/^ {2}RETRY_MAX_ATTEMPTS：应为 1 到 \d+ 之间的整数$/),
    expect.stringMatching(/^ {2}SWITCHYARD_PROXY_URL：应为代理的 URL，例如 http:\/\/127\.0\.0\.1:7890/),
  ])
})

test('a data directory that cannot be one, and a database that is none', async () => {
  const file = join(directory, 'a-file')
  await writeFile(file, 'x')
  const notOne = await start([...serve, '--data-dir', file]).result
  expect(notOne).toMatchObject({
    code: 1,
    stderr: `switchyard: 数据目录 ${file} 不是目录；请移走那里的文件，或选择另一个目录。\n`,
  })
  await writeFile(join(directory, 'switchyard.db'), 'this is no database, however long it is. '.repeat(50), {
    mode: 0o600,
  })
  const { code, stderr } = await start(serve).result
  expect(code).toBe(1)
  // The gist in Chinese, and what SQLite said.
  expect(stderr).toMatch(/数据库已损坏.*switchyard\.db/)
})

test('a second daemon is told of the first; the first says in Chinese that it is ready and that it stops', async () => {
  const running = start(serve)
  await expect.poll(() => running.stdout(), PATIENCE).toContain('用 Ctrl-C 或以下命令停止')
  expect(running.stdout()).toContain('已就绪')
  expect(await start(serve).result).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^switchyard: Switchyard 已经在数据目录 .* 上运行（pid \d+）/),
  })
  running.sendStopSignal()
  expect(await running.result).toMatchObject({ code: 0, stderr: '' })
  expect(running.stdout()).toMatch(/正在停止：没有正在运行的请求。\n已停止。\n$/)
})

test('the demo speaks Chinese too', async () => {
  const running = start(['demo'])
  await expect.poll(() => running.stdout(), PATIENCE).toMatch(/\d 秒 {2}由 sim-a/)
  running.sendStopSignal()
  const { code, stdout, stderr } = await running.result
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/后面有两个模拟节点/)
  expect(stdout).toMatch(/\d+ 个请求 · 客户端看到的失败 0 次/)
  expect(stdout).not.toMatch(/[a-z]+ [a-z]+ [a-z]+/)
})
