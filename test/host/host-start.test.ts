// Start and stop of a host: what stands in the way is said in full sentences, and nothing is left behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { readControlToken, readDaemonFile, writeDaemonFile } from '../../src/host/daemon-file.ts'
import { acquireDaemonLock } from '../../src/storage/daemon-lock.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { sampleExchange } from '../storage/samples.ts'
import { createFaultyStorage, openTestHost, rejection, temporaryDirectory } from './open-test-host.ts'

test('a started host listens, and is found through its data directory once it is announced', async () => {
  const { host, directory } = await openTestHost()
  expect((await fetch(`http://127.0.0.1:${host.proxyPort}/health`)).status).toBe(200)
  expect(await readDaemonFile(directory)).toBeNull()
  const info = await host.announce()
  expect(info).toEqual({
    pid: process.pid,
    instanceId: host.instanceId,
    proxyUrl: `http://127.0.0.1:${host.proxyPort}`,
    controlUrl: 'http://127.0.0.1:4781',
    startedAtMs: expect.any(Number),
    version: '0.0.0-test',
  })
  expect(await readDaemonFile(directory)).toEqual(info)
  expect(await readControlToken(directory)).toBe(host.controlToken)
})

test.skipIf(process.platform === 'win32')('the control token and daemon.json are for their owner only', async () => {
  const { host, directory } = await openTestHost()
  await host.announce()
  for (const name of ['control-token', 'daemon.json']) {
    expect(((await stat(join(directory, name))).mode & 0o777).toString(8)).toBe('600')
  }
})

test('the token is new at every start and at least 32 bytes long', async () => {
  const directory = await temporaryDirectory()
  const first = await openTestHost({ dataDirectory: directory })
  await first.host.stop()
  const second = await openTestHost({ dataDirectory: directory })
  expect(second.host.controlToken).not.toBe(first.host.controlToken)
  expect(Buffer.from(second.host.controlToken, 'base64url')).toHaveLength(32)
})

test('a stopped host has let go of everything and can be started again', async () => {
  const directory = await temporaryDirectory()
  const first = await openTestHost({ dataDirectory: directory, demo: 'always' })
  await first.host.announce()
  await first.client.clientKeys.create({ name: 'laptop' })
  await Promise.all([first.host.stop(), first.host.stop()])
  expect(await readDaemonFile(directory)).toBeNull()
  await expect(fetch(`http://127.0.0.1:${first.host.proxyPort}/health`)).rejects.toThrow('fetch failed')
  const second = await openTestHost({ dataDirectory: directory })
  expect(await second.client.clientKeys.list()).toMatchObject([{ name: 'laptop' }])
})

test('decisions of the last moment are in the database after a stop', async () => {
  const { client, host, directory } = await openTestHost()
  await client.clientKeys.create({ name: 'laptop' })
  await host.stop()
  const storage = await openStorage({ directory })
  onTestFinished(() => storage.close())
  expect(await storage.recentDecisions(10)).toMatchObject([{ kind: 'client-key-created' }])
})

test('the daemon.json of a daemon that was killed is gone before there is a new token', async () => {
  const directory = await temporaryDirectory()
  const leftover = { pid: 1, instanceId: 'sw_killed', proxyUrl: 'p', controlUrl: 'c', startedAtMs: 1, version: '0' }
  await writeDaemonFile(directory, leftover)
  const { host } = await openTestHost({ dataDirectory: directory })
  expect(await readDaemonFile(directory)).toBeNull()
  expect(await readControlToken(directory)).toBe(host.controlToken)
})

test('files of a crash are gone after the start, and modes are private again', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, '.control-token.0123456789abcdef.tmp'), 'x')
  await writeFile(join(directory, 'daemon.lock'), '', { mode: 0o644 })
  await openTestHost({ dataDirectory: directory })
  expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([])
  if (process.platform !== 'win32') expect((await stat(join(directory, 'daemon.lock'))).mode & 0o777).toBe(0o600)
  // The repair did not cost it its lock.
  expect(acquireDaemonLock(directory)).toBeNull()
})

test('a stop that loses records is rejected with how many and why, with everything released', async () => {
  const { host, engine, directory, storage } = await openTestHost()
  storage.fail('corrupt', ['writeLedger'])
  engine.options().ports.ledger.recordExchange(sampleExchange())
  expect(await rejection(host.stop())).toEqual({
    code: 'records-lost',
    message:
      'Switchyard has stopped, but 1 record is lost: the database did not take it before the end. The database is corrupt.',
  })
  const lock = acquireDaemonLock(directory)
  expect(lock).not.toBeNull()
  lock?.release()
})

test('a database with a damaged setting starts, and says which setting', async () => {
  const directory = await temporaryDirectory()
  await (await openTestHost({ dataDirectory: directory })).host.stop()
  const vandal = new Database(join(directory, 'switchyard.db'))
  vandal.exec("INSERT INTO settings VALUES ('parkMs', '[oops')")
  vandal.close()
  const { logText } = await openTestHost({ dataDirectory: directory })
  expect(logText()).toContain('[settings] parkMs: expected')
})

test('daemon.json of another daemon is left alone', async () => {
  const { host, directory } = await openTestHost()
  const info = await host.announce()
  await writeDaemonFile(directory, { ...info, instanceId: 'sw_another' })
  await host.stop()
  expect(await readDaemonFile(directory)).toMatchObject({ instanceId: 'sw_another' })
})

test('a second host on the same data directory says who runs there', async () => {
  const { host, directory } = await openTestHost()
  await host.announce()
  expect(await rejection(openTestHost({ dataDirectory: directory }))).toEqual({
    code: 'already-running',
    message: `Switchyard is already running on the data directory ${directory} (pid ${process.pid}): proxy http://127.0.0.1:${host.proxyPort}, control http://127.0.0.1:4781. Use it, stop it, or choose another directory with --data-dir.`,
  })
  expect(await readDaemonFile(directory)).toMatchObject({ instanceId: host.instanceId })
  expect(await readControlToken(directory)).toBe(host.controlToken)
})

test('a data directory that is locked without a daemon.json is starting or stopping', async () => {
  const { directory } = await openTestHost()
  const error = await rejection(openTestHost({ dataDirectory: directory }))
  expect(error).toMatchObject({ code: 'already-running', message: expect.stringContaining('starting or stopping') })
})

test('bad environment values stop the start with a line each, without the value', async () => {
  const directory = await temporaryDirectory()
  const environment = { RETRY_MAX_ATTEMPTS: 'nine-thousand', CB_FAILURE_RATE: '7', DEBUG: 'true' }
  const error = await rejection(openTestHost({ dataDirectory: directory, environment }))
  expect(error.code).toBe('bad-settings')
  expect(error.message.split('\n')).toEqual([
    'These environment variables have values that cannot be used. Correct or unset them:',
    '  RETRY_MAX_ATTEMPTS: expected a whole number from 1 to 8',
    '  CB_FAILURE_RATE: expected a number from 0.01 to 1',
  ])
  // The lock was given back.
  await openTestHost({ dataDirectory: directory })
})

test('the environment wins over the database, and a bad value there falls back with a warning', async () => {
  const directory = await temporaryDirectory()
  const storage = await openStorage({ directory })
  await storage.saveSettings({ retryMaxAttempts: 2 })
  await storage.saveSettings({ maxNodesPerExchange: 3 })
  await storage.saveSettings({ parkMs: 'soon' })
  await storage.close()
  const host = await openTestHost({ dataDirectory: directory, environment: { RETRY_MAX_ATTEMPTS: '5' } })
  expect(host.engine.options().settings()).toMatchObject({
    retryMaxAttempts: 5,
    maxNodesPerExchange: 3,
    parkMs: 3_600_000,
  })
  expect(host.logText()).toContain('[settings] parkMs: expected')
})

test('a port held by another Switchyard is said to be, with its pid', async () => {
  const { host } = await openTestHost()
  expect(await rejection(openTestHost({ proxyPort: host.proxyPort }))).toEqual({
    code: 'port-in-use',
    message: `Port ${host.proxyPort} is in use by another Switchyard (pid ${process.pid}). Use that one, stop it, or start this one with another --port and its own --data-dir.`,
  })
})

test.runIf(process.platform === 'linux')('a port held by another program is said to be, by name and pid', async () => {
  const program = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString('utf8'))
  const error = await rejection(openTestHost({ proxyPort: port }))
  expect(error.code).toBe('port-in-use')
  expect(error.message).toMatch(new RegExp(`^Port ${port} is in use by .+ \\(pid ${child.pid}\\)\\. Stop it, or`))
})

test('an HTTP server that is no Switchyard is not taken for one', async () => {
  const server = createServer((_request, response) => response.end('{"status":"ok"}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const error = await rejection(openTestHost({ proxyPort: port }))
  expect(error).toMatchObject({ code: 'port-in-use', message: expect.not.stringContaining('another Switchyard') })
})

test('after a port in use everything opened so far is released', async () => {
  const { host } = await openTestHost()
  const directory = await temporaryDirectory()
  await rejection(openTestHost({ dataDirectory: directory, proxyPort: host.proxyPort, demo: 'always' }))
  const lock = acquireDaemonLock(directory)
  expect(lock).not.toBeNull()
  lock?.release()
})

test('a data directory that is a file is refused', async () => {
  const path = join(await temporaryDirectory(), 'file')
  await writeFile(path, 'x')
  const error = await rejection(openTestHost({ dataDirectory: path }))
  expect(error).toMatchObject({ code: 'data-directory', message: expect.stringContaining('not a directory') })
})

test('a database that is none is refused with the sentence of the storage', async () => {
  const directory = await temporaryDirectory()
  await writeFile(
    join(directory, 'switchyard.db'),
    'this is no database, and it is long enough to be looked at'.repeat(20),
  )
  const error = await rejection(openTestHost({ dataDirectory: directory }))
  expect(error).toMatchObject({ code: 'database', message: expect.stringContaining('switchyard.db') })
})

test('a database that is found damaged late in the start is refused the same way', async () => {
  const directory = await temporaryDirectory()
  const storage = createFaultyStorage()
  // Closing fails too: what is said is why it did not start.
  storage.fail('corrupt', ['loadBreakers', 'close'])
  const error = await rejection(openTestHost({ dataDirectory: directory }, storage))
  expect(error).toMatchObject({ code: 'database', message: 'The database is corrupt.' })

  const early = createFaultyStorage()
  early.fail('corrupt', ['loadSettings', 'close'])
  const other = await rejection(openTestHost({ dataDirectory: await temporaryDirectory() }, early))
  expect(other).toMatchObject({ code: 'database', message: 'The database is corrupt.' })
})

test('running requests get the drain time of the settings', async () => {
  const { host, engine, logText } = await openTestHost({ environment: { SWITCHYARD_DRAIN_TIMEOUT_MS: '250' } })
  await host.stop()
  expect(engine.stops()).toEqual([250])
  expect(logText()).toContain('running requests get 0.25 s')
})

test('a missing key file with sealed keys in the database is not made anew: it starts, and says what is missing', async () => {
  const directory = await temporaryDirectory()
  const first = await openTestHost({ dataDirectory: directory })
  await first.client.nodes.create({
    name: 'relay',
    baseUrl: 'https://relay.example',
    keys: [{ secret: 'sk-a-secret' }],
  })
  await first.host.stop()
  await rename(join(directory, 'vault.key'), join(directory, 'elsewhere'))
  const { host, logText } = await openTestHost({ dataDirectory: directory })
  expect(host.status().vault).toMatchObject({ state: 'damaged', sealed: 1, message: { code: 'vault-key-missing' } })
  expect(logText()).toContain('[vault] The vault is damaged')
  expect(await readdir(directory)).not.toContain('vault.key')
})

test('a daemon.json or token that cannot be understood counts as none', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'daemon.json'), '{"pid":"x"}')
  await writeFile(join(directory, 'control-token'), '\n')
  expect(await readDaemonFile(directory)).toBeNull()
  expect(await readControlToken(directory)).toBeNull()
  await writeFile(join(directory, 'daemon.json'), 'garbage')
  expect(await readDaemonFile(directory)).toBeNull()
})
