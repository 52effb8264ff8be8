// The vault through the control plane: locked and unlocked, a new data key, another protection, export and import.
import { copyFile, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPassphraseGuard } from '../../src/host/control/passphrase-guard.ts'
import { vaultError } from '../../src/storage/secrets/vault-error.ts'
import { createHeldClock } from '../harness/held-clock.ts'
import { openTestHost, rejection, type TestHost, temporaryDirectory } from './open-test-host.ts'

const SECRET = 'sk-test-abcdefghijklmnop1234'
const PASSPHRASE = 'correct horse battery'

async function addRelay({ client }: TestHost, name = 'relay-a') {
  return client.nodes.create({ name, baseUrl: `https://${name}.example`, keys: [{ secret: SECRET }] })
}

async function restarted(host: TestHost, options: Parameters<typeof openTestHost>[0] = {}): Promise<TestHost> {
  await host.host.stop()
  return openTestHost({ ...options, dataDirectory: host.directory })
}

/** With a node, its key and the global proxy's password, locked behind a passphrase. */
async function lockedHost(): Promise<TestHost> {
  const host = await openTestHost()
  await addRelay(host)
  await host.client.settings.setSecret({ name: 'global-proxy-password', value: 'pass-word' })
  expect(await host.client.vault.protect({ protection: 'passphrase', passphrase: PASSPHRASE })).toEqual({
    protection: 'passphrase',
    state: 'open',
    message: null,
    sealed: 2,
  })
  return restarted(host)
}

const secretsInForce = ({ engine }: TestHost): readonly (readonly string[])[] =>
  engine.snapshot().nodes.map(({ keys }) => keys.map(({ secret }) => secret))

async function vaultFiles({ directory }: TestHost): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('vault')).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'hex')))
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
}

test('a new vault is open behind a key file; the status counts what is sealed', async () => {
  const host = await openTestHost()
  expect(await host.client.vault.status()).toEqual({
    protection: 'key-file',
    state: 'open',
    message: null,
    sealed: 0,
  })
  await addRelay(host)
  expect(host.host.status().vault).toMatchObject({ state: 'open', sealed: 1 })
})

test('behind a passphrase the daemon starts locked: nodes show why, nothing is sealed, nothing on disk changes', async () => {
  const host = await lockedHost()
  const files = await vaultFiles(host)
  expect(Object.keys(files)).toEqual(['vault.json'])
  expect(host.host.status().vault).toMatchObject({
    protection: 'passphrase',
    state: 'locked',
    sealed: 2,
    message: { code: 'vault-locked' },
  })
  const { keys } = await host.client.nodes.get({ ref: 'relay-a' })
  expect(keys).toMatchObject([
    { standing: 'unreadable', asideReason: expect.stringContaining('switchyard vault unlock') },
  ])
  expect(host.engine.snapshot().nodes).toMatchObject([{ keys: [], keysWithheld: true }])
  for (const refused of [
    addRelay(host, 'relay-b'),
    host.client.nodes.keys.add({ ref: 'relay-a', secret: 'sk-another-secret' }),
    host.client.nodes.update({ ref: 'relay-a', keys: [{ secret: 'sk-another-secret' }] }),
    host.client.settings.setSecret({ name: 'global-proxy-password', value: 'other' }),
    host.client.vault.rotate(),
    host.client.vault.export({ passphrase: PASSPHRASE }),
    host.client.vault.protect({ protection: 'key-file' }),
  ]) {
    expect(await rejection(refused)).toMatchObject({
      code: 'VAULT_LOCKED',
      status: 423,
      message: expect.stringContaining('switchyard vault unlock'),
    })
  }
  expect(await vaultFiles(host)).toEqual(files)
  expect((await host.client.nodes.list()).map(({ name }) => name)).toEqual(['relay-a'])
  // Once, not once for every key and load.
  expect(host.logText().match(/The vault is locked/g)).toHaveLength(1)
})

test('while it is locked, nodes without keys can be added, and others changed and removed', async () => {
  const host = await lockedHost()
  await host.client.nodes.create({ name: 'own', baseUrl: 'http://127.0.0.1:9' })
  await host.client.nodes.update({ ref: 'relay-a', priority: 3 })
  expect(host.engine.snapshot().nodes).toMatchObject([{ keysWithheld: true }, { keysWithheld: false }])
  await host.client.nodes.remove({ ref: 'relay-a' })
  await host.client.vault.unlock({ passphrase: PASSPHRASE })
})

test('once it is unlocked, the keys are in force for the next request', async () => {
  const host = await lockedHost()
  expect(secretsInForce(host)).toEqual([[]])
  const wrong = await rejection(host.client.vault.unlock({ passphrase: 'not this one' }))
  expect(wrong).toMatchObject({ code: 'REFUSED', status: 422, message: expect.stringContaining('not the passphrase') })
  expect(secretsInForce(host)).toEqual([[]])
  expect(await host.client.vault.unlock({ passphrase: PASSPHRASE })).toMatchObject({ state: 'open', message: null })
  expect(secretsInForce(host)).toEqual([[SECRET]])
  expect((await host.client.nodes.get({ ref: 'relay-a' })).keys).toMatchObject([
    { standing: 'usable', asideReason: null },
  ])
  expect((await addRelay(host, 'relay-b')).keys).toHaveLength(1)
  // Again it does nothing.
  expect(await host.client.vault.unlock({ passphrase: 'whatever' })).toMatchObject({ state: 'open' })
})

test('a passphrase given at the start opens it; a wrong one leaves it locked', async () => {
  const locked = await lockedHost()
  const wrong = await restarted(locked, { vaultPassphrase: 'not this one' })
  expect(wrong.host.status().vault).toMatchObject({
    state: 'locked',
    message: { code: 'vault-locked-wrong-passphrase' },
  })
  const right = await restarted(wrong, { vaultPassphrase: PASSPHRASE })
  expect(right.host.status().vault).toMatchObject({ protection: 'passphrase', state: 'open' })
  expect(secretsInForce(right)).toEqual([[SECRET]])
})

test('a rotation amid other changes loses none of them', async () => {
  const host = await openTestHost()
  await addRelay(host)
  await Promise.all([
    addRelay(host, 'relay-b'),
    host.client.vault.rotate(),
    host.client.nodes.keys.add({ ref: 'relay-a', secret: 'sk-second-secret' }),
    host.client.settings.setSecret({ name: 'global-proxy-password', value: 'pass-word' }),
    host.client.vault.rotate(),
    addRelay(host, 'relay-c'),
  ])
  const later = await restarted(host)
  expect(later.host.status().vault).toMatchObject({ state: 'open', sealed: 5 })
  expect(secretsInForce(later)).toEqual([[SECRET, 'sk-second-secret'], [SECRET], [SECRET]])
  expect(later.logText()).not.toContain('left out')
})

test('another protection is in force at the next start', async () => {
  const host = await openTestHost({ vaultPassphrase: PASSPHRASE })
  await addRelay(host)
  expect(Object.keys(await vaultFiles(host))).toEqual(['vault.json'])
  expect(await host.client.vault.protect({ protection: 'key-file' })).toMatchObject({ protection: 'key-file' })
  const later = await restarted(host)
  expect(secretsInForce(later)).toEqual([[SECRET]])
  const refused = await rejection(later.client.vault.protect({ protection: 'systemd-credential' }))
  expect(refused).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('LoadCredential') })
})

test('an export and the database open the vault on another machine', async () => {
  const host = await openTestHost()
  await addRelay(host)
  const { document } = await host.client.vault.export({ passphrase: PASSPHRASE })
  await host.host.stop()
  const elsewhere = await temporaryDirectory()
  await copyFile(join(host.directory, 'switchyard.db'), join(elsewhere, 'switchyard.db'))

  const other = await openTestHost({ dataDirectory: elsewhere })
  expect(other.host.status().vault).toMatchObject({ state: 'damaged', message: { code: 'vault-key-missing' } })
  const wrong = await rejection(other.client.vault.import({ document, passphrase: 'not this one' }))
  expect(wrong).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('not the passphrase of the export') })
  const nonsense = await rejection(other.client.vault.import({ document: 'hello', passphrase: PASSPHRASE }))
  expect(nonsense.code).toBe('REFUSED')
  expect(await other.client.vault.import({ document, passphrase: PASSPHRASE })).toMatchObject({
    protection: 'key-file',
    state: 'open',
  })
  expect(secretsInForce(other)).toEqual([[SECRET]])
  const again = await rejection(other.client.vault.import({ document, passphrase: PASSPHRASE }))
  expect(again).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('open already') })
})

test('an export and another protection need no database: who has trouble with it gets the key out', async () => {
  const host = await openTestHost()
  await addRelay(host)
  host.storage.fail('busy', ['loadRegistry'])
  const protectedBy = await host.client.vault.protect({ protection: 'passphrase', passphrase: PASSPHRASE })
  expect(protectedBy).toMatchObject({ protection: 'passphrase', state: 'open' })
  // The registry is read again, in vain: it is known from here on that the database is away.
  await host.client.settings.set({ values: { debug: true } })
  expect(await host.client.vault.export({ passphrase: PASSPHRASE })).toMatchObject({ document: expect.any(String) })
  host.storage.fail(null)
  const texts = (await host.client.decisions.recent({ limit: 10 })).map(({ text }) => text)
  expect(texts).toEqual(
    expect.arrayContaining([
      'The vault is protected by a passphrase now.',
      'The data key of the vault was exported under a passphrase.',
    ]),
  )
})

test('with its data key lost, the nodes are removed and added again, and all is well', async () => {
  const before = await openTestHost()
  await addRelay(before)
  await before.host.stop()
  await rm(join(before.directory, 'vault.key'))
  const host = await openTestHost({ dataDirectory: before.directory })
  await host.client.nodes.create({ name: 'own', baseUrl: 'http://127.0.0.1:9' })
  expect((await rejection(addRelay(host, 'relay-b'))).code).toBe('VAULT_LOCKED')
  await host.client.nodes.remove({ ref: 'relay-a' })
  expect(host.host.status().vault).toMatchObject({ state: 'open', sealed: 0 })
  await addRelay(host)
  const later = await restarted(host)
  expect(secretsInForce(later)).toEqual([[], [SECRET]])
})

test('a restored key file opens everything at the next start', async () => {
  const before = await openTestHost()
  await addRelay(before)
  await before.host.stop()
  const path = join(before.directory, 'vault.key')
  await rename(path, join(before.directory, 'elsewhere'))
  const damaged = await openTestHost({ dataDirectory: before.directory })
  expect(damaged.host.status().vault.state).toBe('damaged')
  await rename(join(before.directory, 'elsewhere'), path)
  expect(secretsInForce(await restarted(damaged))).toEqual([[SECRET]])
})

test('a database that does not take a rotation is answered as such, and the next one works', async () => {
  const host = await openTestHost()
  await addRelay(host)
  host.storage.fail('full', ['replaceSealed'])
  expect(await rejection(host.client.vault.rotate())).toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
  host.storage.fail(null)
  expect(secretsInForce(host)).toEqual([[SECRET]])
  expect((await host.client.vault.rotate()).resealed).toBe(1)
})

test.each([
  [
    'a short passphrase',
    (host: TestHost) => host.client.vault.protect({ protection: 'passphrase', passphrase: 'short' }),
  ],
  ['a short passphrase of an export', (host: TestHost) => host.client.vault.export({ passphrase: 'short' })],
  ['an empty passphrase', (host: TestHost) => host.client.vault.unlock({ passphrase: '' })],
  ['an empty document', (host: TestHost) => host.client.vault.import({ document: '', passphrase: PASSPHRASE })],
])('%s is refused before anything happens', async (_name, call) => {
  const host = await openTestHost()
  const files = await vaultFiles(host)
  expect((await rejection(call(host))).code).toBe('BAD_REQUEST')
  expect(await vaultFiles(host)).toEqual(files)
})

test('changes of the vault are written down, and neither key nor passphrase is in records, log or status', async () => {
  const host = await lockedHost()
  await rejection(host.client.vault.unlock({ passphrase: 'a wrong passphrase' }))
  await host.client.vault.unlock({ passphrase: PASSPHRASE })
  await host.client.vault.rotate()
  await host.client.vault.export({ passphrase: 'another passphrase' })
  const decisions = await host.client.decisions.recent({})
  expect(decisions.filter(({ kind }) => kind === 'vault-changed').map(({ text }) => text)).toEqual([
    'The data key of the vault was exported under a passphrase.',
    'The vault has a new data key; 2 secrets were sealed anew.',
    'The vault was unlocked.',
    'The vault is protected by a passphrase now.',
  ])
  const said = JSON.stringify([decisions, host.host.status(), await host.client.nodes.list()]) + host.logText()
  for (const secret of [SECRET, PASSPHRASE, 'another passphrase', 'a wrong passphrase', 'pass-word']) {
    expect(said).not.toContain(secret)
  }
})

test('three wrong passphrases are free; then each try waits, longer and longer, to a bound', async () => {
  const clock = createHeldClock()
  const guard = createPassphraseGuard(clock)
  const waitsMs: number[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    const attempt = expect(guard.attempt(tryWrong, undefined)).rejects.toMatchObject({ code: 'wrong-passphrase' })
    waitsMs.push(clock.pendingDelaysMs()[0] ?? 0)
    await clock.advance(waitsMs.at(-1) ?? 0)
    await attempt
  }
  expect(waitsMs).toEqual([0, 0, 0, 1000, 2000, 4000, 8000, 8000])
  expect(clock.pending()).toBe(0)

  // The right one waits as well, and clears the count.
  let isOpen = false
  const right = guard.attempt(async () => {
    isOpen = true
  }, undefined)
  await clock.advance(7999)
  expect(isOpen).toBe(false)
  await clock.advance(1)
  expect(await right).toEqual({ ok: true })
  await expect(guard.attempt(tryWrong, undefined)).rejects.toThrow('not the passphrase')
  expect(clock.pending()).toBe(0)
})

test('while one passphrase is being tried, another is turned away, and says when to come again', async () => {
  const clock = createHeldClock()
  const guard = createPassphraseGuard(clock)
  for (let tries = 0; tries < 5; tries += 1) {
    const attempt = expect(guard.attempt(tryWrong, undefined)).rejects.toThrow('not the passphrase')
    await clock.advance(4000)
    await attempt
  }
  const gone = new AbortController()
  const waiting = guard.attempt(tryWrong, gone.signal)
  expect(await guard.attempt(async () => undefined, undefined)).toEqual({ ok: false, retryAfterSeconds: 4 })
  // Whoever goes away is not tried, and holds nobody up.
  gone.abort()
  expect(await waiting).toMatchObject({ ok: false })
  expect(clock.pending()).toBe(0)
})

async function tryWrong(): Promise<void> {
  throw vaultError('wrong-passphrase', 'vault-wrong-passphrase')
}
