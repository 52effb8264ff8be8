// `vault …` on the command line, against a daemon of this process with the real host, engine and database.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { messagesBody } from '../harness/messages-body.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { temporaryDirectory } from '../storage/temporary-directory.ts'
import { type CliResult, type CliWorld, type RunningCli, startCli } from './cli-harness.ts'

const PASSPHRASE = 'correct horse battery'
const SECRET = 'sk-node-secret-0123456789'
/** A loaded machine takes seconds for a start; scrypt another one. */
const PATIENCE = { timeout: 15_000 }

const readySchema = z.looseObject({ event: z.literal('ready'), proxy: z.url() })
const running = new Set<RunningCli>()
afterEach(async () => {
  for (const daemon of running) await stop(daemon)
})

type TestDaemon = {
  readonly daemon: RunningCli
  readonly directory: string
  readonly proxy: string
  readonly run: (args: readonly string[], world?: CliWorld) => Promise<CliResult>
}

async function serve(directory: string, args: readonly string[] = [], world: CliWorld = {}): Promise<TestDaemon> {
  const withDirectory = (options: CliWorld): CliWorld => ({
    ...options,
    environment: { SWITCHYARD_DATA_DIR: directory, ...options.environment },
  })
  const serving = ['serve', '--port', '0', '--control-port', '0', '--json', ...args]
  const daemon = startCli(serving, withDirectory(world))
  running.add(daemon)
  await expect.poll(() => daemon.stdout(), PATIENCE).toContain('ready')
  const { proxy } = readySchema.parse(JSON.parse(daemon.stdout()))
  return { daemon, directory, proxy, run: (given, options = {}) => startCli(given, withDirectory(options)).result }
}

async function stop(daemon: RunningCli): Promise<void> {
  running.delete(daemon)
  daemon.sendStopSignal()
  expect((await daemon.result).code).toBe(0)
}

async function done(result: Promise<CliResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

/** With a node of the test's own, its key, and a local key. */
async function filled(daemon: TestDaemon): Promise<{ readonly token: string; readonly authorization: () => unknown }> {
  const upstream = await startScriptedUpstream({ name: 'relay' })
  onTestFinished(upstream.close)
  await done(daemon.run(['node', 'add', '--name', 'relay', '--url', upstream.url, '--key-stdin'], { input: SECRET }))
  const created = await done(daemon.run(['key', 'create', '--name', 'laptop', '--json']))
  const { key } = z.looseObject({ key: z.string() }).parse(JSON.parse(created))
  return { token: key, authorization: () => upstream.requests.at(-1)?.header('authorization') }
}

function ask(proxy: string, token: string): Promise<Response> {
  return fetch(`${proxy}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: messagesBody({ stream: false }),
  })
}

test('locked after a restart, a request gets 503 that names the vault; unlocked, the next one is answered', {
  timeout: 60_000,
}, async () => {
  const first = await serve(await temporaryDirectory())
  const { token, authorization } = await filled(first)
  const said = await done(
    first.run(['vault', 'protect', 'passphrase', '--passphrase-env', 'PHRASE'], {
      environment: { PHRASE: PASSPHRASE },
    }),
  )
  expect(said).toContain('locked until `switchyard vault unlock`')
  expect((await ask(first.proxy, token)).status).toBe(200)
  await stop(first.daemon)

  const second = await serve(first.directory)
  const refused = await ask(second.proxy, token)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('vault')
  expect(await done(second.run(['vault', 'status']))).toContain('switchyard vault unlock')
  expect(await done(second.run(['status']))).toContain('The vault is locked')
  expect(await done(second.run(['node', 'show', 'relay']))).toContain('The vault is locked')
  const add = await second.run(['node', 'add', '--name', 'b', '--url', 'https://b.example', '--key-stdin'], {
    input: SECRET,
  })
  expect(add).toMatchObject({ code: 1, stderr: expect.stringContaining('switchyard vault unlock') })

  const wrong = await second.run(['vault', 'unlock', '--passphrase-stdin'], { input: 'not this one\n' })
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('not the passphrase') })
  const unlocking = startCli(['vault', 'unlock', '--data-dir', first.directory], {
    isTerminal: true,
    input: `${PASSPHRASE}\n`,
  })
  const unlocked = await unlocking.result
  expect(unlocked).toMatchObject({ code: 0, stdout: expect.stringContaining('The vault is open') })
  // It was not shown while it was typed.
  expect(unlocking.rawModes).toEqual([true, false])
  expect(unlocked.stdout + unlocked.stderr).not.toContain(PASSPHRASE)
  expect((await ask(second.proxy, token)).status).toBe(200)
  expect(authorization()).toBe(`Bearer ${SECRET}`)
  expect(await done(second.run(['vault', 'unlock']))).toBe('The vault is open already.\n')

  const log = await readFile(join(first.directory, 'logs', 'switchyard.log'), 'utf8')
  for (const secret of [PASSPHRASE, 'not this one', SECRET]) expect(log).not.toContain(secret)
})

test('a start with the passphrase, from a file or the environment, is open; the variable is gone from the process', {
  timeout: 60_000,
}, async () => {
  const directory = await temporaryDirectory()
  const file = join(await temporaryDirectory(), 'passphrase')
  await writeFile(file, `${PASSPHRASE}\nnot this line\n`)
  const first = await serve(directory, ['--vault-passphrase-file', file])
  const { token } = await filled(first)
  expect(JSON.parse(await done(first.run(['vault', 'status', '--json'])))).toEqual({
    protection: 'passphrase',
    state: 'open',
    message: null,
    sealed: 1,
  })
  await stop(first.daemon)

  process.env['SWITCHYARD_VAULT_PASSPHRASE'] = PASSPHRASE
  const second = await serve(directory, [], { environment: { SWITCHYARD_VAULT_PASSPHRASE: PASSPHRASE } })
  expect(process.env).not.toHaveProperty('SWITCHYARD_VAULT_PASSPHRASE')
  expect((await ask(second.proxy, token)).status).toBe(200)
})

test('a passphrase that is given twice, or in a file without one, stops the start before anything is opened', async () => {
  const directory = await temporaryDirectory()
  const file = join(await temporaryDirectory(), 'passphrase')
  const start = (environment: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
    startCli(['serve', '--vault-passphrase-file', file], {
      environment: { SWITCHYARD_DATA_DIR: directory, ...environment },
    }).result
  expect(await start()).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
  await writeFile(file, '\nsecond line')
  expect(await start()).toMatchObject({ code: 2, stderr: expect.stringContaining('is empty') })
  await writeFile(file, 'x'.repeat(5000))
  expect(await start()).toMatchObject({ code: 2, stderr: expect.stringContaining('larger than 4 KiB') })
  await writeFile(file, PASSPHRASE)
  const twice = await start({ SWITCHYARD_VAULT_PASSPHRASE: PASSPHRASE })
  expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('use one of them') })
  expect(await readdir(directory)).not.toContain('switchyard.db')
})

test('an export of one machine opens the database on another', { timeout: 60_000 }, async () => {
  const first = await serve(await temporaryDirectory())
  const { token } = await filled(first)
  const file = join(await temporaryDirectory(), 'export.json')
  const phrase = { environment: { PHRASE: 'the export phrase' } }
  const exporting = ['vault', 'export', '--output', file, '--passphrase-env', 'PHRASE']
  expect(await done(first.run(exporting, phrase))).toContain(`Exported to ${file}.`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  // Never over another one.
  expect(await first.run(exporting, phrase)).toMatchObject({ code: 1, stderr: expect.stringContaining('EEXIST') })
  const printed = await done(first.run(['vault', 'export', '--passphrase-env', 'PHRASE'], phrase))
  expect(JSON.parse(printed)).toMatchObject({ switchyard: 'vault export', format: 1 })
  await stop(first.daemon)
  await rm(join(first.directory, 'vault.key'))

  const second = await serve(first.directory)
  expect((await ask(second.proxy, token)).status).toBe(503)
  const damaged = await second.run(['vault', 'unlock', '--passphrase-env', 'PHRASE'], phrase)
  expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining('is missing') })
  const gone = await second.run(
    ['vault', 'import', join(first.directory, 'nothing'), '--passphrase-env', 'PHRASE'],
    phrase,
  )
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
  const importing = second.run(['vault', 'import', file, '--passphrase-env', 'PHRASE'], phrase)
  expect(await done(importing)).toContain('The vault is open')
  expect((await ask(second.proxy, token)).status).toBe(200)
})

test('a rotation asks first, says how many it sealed, and requests go on', { timeout: 60_000 }, async () => {
  const daemon = await serve(await temporaryDirectory())
  const { token } = await filled(daemon)
  expect(await daemon.run(['vault', 'rotate'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  const no = await daemon.run(['vault', 'rotate'], { isTerminal: true, input: 'n\n' })
  expect(no).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') })
  expect(await done(daemon.run(['vault', 'rotate', '--yes']))).toContain('1 secret was sealed anew')
  expect((await ask(daemon.proxy, token)).status).toBe(200)
  expect(JSON.parse(await done(daemon.run(['vault', 'rotate', '--yes', '--json'])))).toMatchObject({ resealed: 1 })
})

test('a new passphrase is asked for twice, and refused when it is short, empty or differs', {
  timeout: 60_000,
}, async () => {
  const daemon = await serve(await temporaryDirectory())
  const protect = (...answers: readonly string[]): Promise<CliResult> =>
    daemon.run(['vault', 'protect', 'passphrase'], { isTerminal: true, answers })
  const differs = await protect(`${PASSPHRASE}\n`, 'something else\n')
  expect(differs).toMatchObject({ code: 2, stderr: expect.stringContaining('not the same') })
  expect(await protect('short\n')).toMatchObject({ code: 2, stderr: expect.stringContaining('8 characters') })
  expect(await protect('\n')).toMatchObject({ code: 2, stderr: expect.stringContaining('empty') })
  expect(await done(daemon.run(['vault', 'status']))).toContain('key file')
  expect(await protect(`${PASSPHRASE}\n`, `${PASSPHRASE}\n`)).toMatchObject({ code: 0 })
  expect(await done(daemon.run(['vault', 'status']))).toContain('passphrase')
})

test.each([
  [['vault', 'unlock', '--passphrase', PASSPHRASE], '--passphrase is not taken'],
  [['vault', 'export', `--password=${PASSPHRASE}`], '--password is not taken'],
  [['vault', 'protect', 'keychain'], 'key-file, passphrase, systemd-credential'],
  [['vault', 'protect', 'key-file', '--passphrase-stdin'], 'goes with the protection "passphrase" only'],
  [['vault', 'protect', 'passphrase', '--passphrase-stdin', '--passphrase-env', 'X'], 'one of'],
  [['vault', 'protect', 'passphrase', '--passphrase-env', 'UNSET'], 'UNSET'],
  [['vault', 'protect', 'passphrase'], '--passphrase-stdin'],
])('%j is refused with what to do, and does not repeat the passphrase', async (args, part) => {
  const { code, stdout, stderr } = await startCli(args, { environment: { SWITCHYARD_DATA_DIR: '/nowhere/at/all' } })
    .result
  expect(code).toBe(2)
  expect(stderr).toContain(part)
  expect(stdout + stderr).not.toContain(PASSPHRASE)
})

test('the vault speaks Chinese to whoever does', { timeout: 60_000 }, async () => {
  const directory = await temporaryDirectory()
  const first = await serve(directory, [], { environment: { SWITCHYARD_VAULT_PASSPHRASE: PASSPHRASE } })
  await stop(first.daemon)
  const second = await serve(directory)
  const status = await done(second.run(['vault', 'status'], { environment: { LANG: 'zh_CN.UTF-8' } }))
  expect(status).toContain('保险库已锁定')
  const wrong = await second.run(['vault', 'unlock', '--passphrase-stdin'], {
    input: 'not this one',
    environment: { LC_ALL: 'zh_CN.UTF-8' },
  })
  expect(wrong.stderr).toContain('这不是保险库的口令')
})
