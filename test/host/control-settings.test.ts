// Settings through the control plane: seen with where they come from, changed while it runs, written down.
import { expect, test } from 'vitest'
import { settingNames } from '../../src/shared/settings/resolve.ts'
import { openTestHost, refusal, temporaryDirectory } from './open-test-host.ts'

const PASSWORD = 'global-proxy-password-of-the-test'

test('every setting is listed with its kind, range, default and variable', async () => {
  const { client } = await openTestHost()
  const settings = await client.settings.list()
  expect(settings.map(({ name }) => name)).toEqual(settingNames)
  expect(await client.settings.get({ name: 'retryMaxAttempts' })).toEqual({
    name: 'retryMaxAttempts',
    value: 3,
    default: 3,
    source: 'default',
    env: 'RETRY_MAX_ATTEMPTS',
    kind: 'number',
    min: 1,
    max: 8,
    choices: [],
    text: expect.stringContaining('failover'),
  })
  expect(await client.settings.get({ name: 'globalProxyMode' })).toMatchObject({
    value: 'system',
    kind: 'choice',
    choices: ['system', 'environment', 'custom', 'none'],
    min: null,
    max: null,
  })
  expect(await client.settings.get({ name: 'globalProxyUrl' })).toMatchObject({ value: '', kind: 'text' })
  expect(await client.settings.get({ name: 'retryOnStatus' })).toMatchObject({ value: [], kind: 'statuses' })
})

test('a change is in force for the engine when the call returns, and after a restart', async () => {
  const directory = await temporaryDirectory()
  const { client, engine, host } = await openTestHost({ dataDirectory: directory })
  const changed = await client.settings.set({ values: { retryMaxAttempts: 5, retryOnStatus: [418], debug: true } })
  expect(changed).toMatchObject([
    { name: 'retryMaxAttempts', value: 5, source: 'database' },
    { name: 'retryOnStatus', value: [418], source: 'database' },
    { name: 'debug', value: true, source: 'database' },
  ])
  expect(engine.options().settings()).toMatchObject({ retryMaxAttempts: 5, retryOnStatus: [418], debug: true })
  await host.stop()
  const after = await openTestHost({ dataDirectory: directory })
  expect(after.engine.options().settings()).toMatchObject({ retryMaxAttempts: 5, retryOnStatus: [418], debug: true })
})

test('each change is written down once, old and new; what stays the same is not', async () => {
  const { client } = await openTestHost()
  await client.settings.set({ values: { retryMaxAttempts: 5, debug: false, retryOnStatus: [418, 420] } })
  await client.settings.set({ values: { retryMaxAttempts: 5 } })
  await client.settings.reset({ name: 'retryMaxAttempts' })
  const decisions = await client.decisions.recent({})
  expect(decisions.map(({ kind, text }) => [kind, text])).toEqual(
    [
      ['setting-changed', 'The setting retryMaxAttempts was changed: 3 → 5.'],
      ['setting-changed', 'The setting retryOnStatus was changed: none → 418, 420.'],
      ['setting-changed', 'The setting retryMaxAttempts was set back to its default: 5 → 3.'],
    ].toReversed(),
  )
})

test('several are changed together or not at all', async () => {
  const { client, engine } = await openTestHost()
  const error = await refusal(client.settings.set({ values: { debug: true, retryMaxAttempts: 99 } }))
  expect(error).toEqual({
    code: 'REFUSED',
    sentence: 'setting-expects-whole-number',
    text: 'retryMaxAttempts cannot have that value: it takes a whole number from 1 to 8.',
  })
  expect(engine.options().settings().debug).toBe(false)
  expect(await client.decisions.recent({})).toEqual([])
})

test('a database that does not take the change leaves everything as it was', async () => {
  const { client, engine, storage } = await openTestHost()
  storage.fail('full', ['saveSettings'])
  await expect(client.settings.set({ values: { debug: true } })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(engine.options().settings().debug).toBe(false)
  storage.fail(null)
  expect(await client.settings.get({ name: 'debug' })).toMatchObject({ value: false, source: 'default' })
})

test('a change counts also while the registry cannot be read', async () => {
  const { client, engine, storage } = await openTestHost()
  storage.fail('busy', ['loadRegistry'])
  expect(await client.settings.set({ values: { debug: true } })).toMatchObject([{ value: true }])
  expect(engine.options().settings().debug).toBe(true)
})

test('reset is the default again', async () => {
  const { client, engine } = await openTestHost()
  await client.settings.set({ values: { retryMaxAttempts: 5 } })
  expect(await client.settings.reset({ name: 'retryMaxAttempts' })).toMatchObject({ value: 3, source: 'default' })
  expect(engine.options().settings().retryMaxAttempts).toBe(3)
})

test('a setting of the environment is shown as such and locked, with its variable named', async () => {
  const { client } = await openTestHost({ environment: { CB_COOLDOWN_SECONDS: '45' } })
  expect(await client.settings.get({ name: 'breakerCooldownMs' })).toMatchObject({
    value: 45_000,
    default: 30_000,
    source: 'environment',
    env: 'CB_COOLDOWN_SECONDS',
  })
  const locked = { code: 'REFUSED', sentence: 'setting-locked', text: expect.stringContaining('CB_COOLDOWN_SECONDS') }
  expect(await refusal(client.settings.set({ values: { breakerCooldownMs: 1000 } }))).toMatchObject(locked)
  expect(await refusal(client.settings.reset({ name: 'breakerCooldownMs' }))).toMatchObject(locked)
})

test.each([
  ['retryMaxAttempt', 'Did you mean "retryMaxAttempts"?'],
  ['RETRY_MAX_ATTEMPTS', 'Did you mean "retryMaxAttempts"?'],
  ['zzzzzz', 'The list of the settings has them all.'],
  ['constructor', 'The list of the settings has them all.'],
])('the unknown setting %s is answered with what there is', async (name, text) => {
  const { client } = await openTestHost()
  for (const call of [
    client.settings.get({ name }),
    client.settings.reset({ name }),
    client.settings.set({ values: { debug: true, [name]: 1 } }),
  ]) {
    expect(await refusal(call)).toMatchObject({ code: 'NOT_FOUND', text: expect.stringContaining(text) })
  }
  expect(await client.settings.get({ name: 'debug' })).toMatchObject({ value: false })
})

test('settings that contradict each other are refused with both named', async () => {
  const { client } = await openTestHost()
  expect(await refusal(client.settings.set({ values: { retryBackoffMinMs: 500 } }))).toMatchObject({
    code: 'REFUSED',
    text: 'retryBackoffMinMs (500) would be above retryBackoffMaxMs (100). Change both at once, or the other one first.',
  })
  expect(await client.settings.set({ values: { retryBackoffMinMs: 500, retryBackoffMaxMs: 500 } })).toHaveLength(2)
})

test('of two changes at once that contradict each other the second is refused', async () => {
  const { client } = await openTestHost()
  const results = await Promise.allSettled([
    client.settings.set({ values: { retryBackoffMinMs: 80 } }),
    client.settings.set({ values: { retryBackoffMaxMs: 70 } }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('the global proxy is written with its port, and refused as a node of its own would be', async () => {
  const { client, host } = await openTestHost()
  expect(await client.settings.set({ values: { globalProxyUrl: 'HTTP://Proxy.Example' } })).toMatchObject([
    { value: 'http://proxy.example:80' },
  ])
  for (const [globalProxyUrl, sentence] of [
    [`http://127.0.0.1:${host.proxyPort}`, 'proxy-url-own-port'],
    ['http://me:secret@proxy.example', 'proxy-url-credentials'],
    ['http://169.254.169.254', 'proxy-url-address'],
  ] as const) {
    expect(await refusal(client.settings.set({ values: { globalProxyUrl } }))).toMatchObject({ sentence })
  }
})

test('the password of the global proxy is sealed, never shown, and removed on request', async () => {
  const { client, engine, logText } = await openTestHost()
  expect(await client.settings.setSecret({ name: 'global-proxy-password', value: PASSWORD })).toEqual({
    name: 'global-proxy-password',
    set: true,
  })
  const shown = JSON.stringify([await client.settings.list(), await client.decisions.recent({})]) + logText()
  expect(shown).toContain('The password of the global proxy was set.')
  expect(shown).not.toContain(PASSWORD)
  expect(engine.options().ports.redact(`it is ${PASSWORD}`)).not.toContain(PASSWORD)
  const removed = await client.settings.setSecret({ name: 'global-proxy-password', value: null })
  expect(removed).toEqual({ name: 'global-proxy-password', set: false })
})

test('the password of one proxy is never sent to another', async () => {
  const { client, engine, storage } = await openTestHost()
  const sent = () => engine.options().globalProxy(new URL('https://relay.example'))
  const custom = { globalProxyMode: 'custom', globalProxyUrl: 'http://a.example:1', globalProxyUser: 'me' }
  await client.settings.set({ values: custom })
  await client.settings.setSecret({ name: 'global-proxy-password', value: PASSWORD })
  expect(sent()).toMatchObject({ host: 'a.example', username: 'me', password: PASSWORD })
  await client.settings.set({ values: { globalProxyUrl: custom.globalProxyUrl, debug: true } })
  expect(sent()).toMatchObject({ password: PASSWORD })
  // Not even while nobody can read that it is gone.
  storage.fail('busy', ['loadRegistry'])
  await client.settings.set({ values: { globalProxyUrl: 'http://b.example:1' } })
  expect(sent()).toMatchObject({ host: 'b.example', password: null })
  storage.fail(null)
  await client.settings.setSecret({ name: 'global-proxy-password', value: PASSWORD })
  await client.settings.set({ values: { globalProxyUser: 'you' } })
  expect(sent()).toMatchObject({ username: 'you', password: null })
  const decisions = await client.decisions.recent({})
  expect(decisions.filter(({ text }) => text.includes('was dropped'))).toHaveLength(2)
  await client.settings.set({ values: custom })
  expect(sent()).toMatchObject({ host: 'a.example', username: 'me', password: null })
})

test('nor to one that the environment names at the next start', async () => {
  const dataDirectory = await temporaryDirectory()
  const start = async (url: string) => {
    const environment = { SWITCHYARD_PROXY_MODE: 'custom', SWITCHYARD_PROXY_URL: url, SWITCHYARD_PROXY_USER: 'me' }
    const { host, client, engine } = await openTestHost({ dataDirectory, environment })
    return { host, client, sent: engine.options().globalProxy(new URL('https://relay.example')) }
  }
  const first = await start('http://a.example:1')
  await first.client.settings.setSecret({ name: 'global-proxy-password', value: PASSWORD })
  await first.host.stop()
  const second = await start('http://b.example:1')
  expect(second.sent).toMatchObject({ host: 'b.example', username: 'me', password: null })
  await second.host.stop()
  expect((await start('http://a.example:1')).sent).toMatchObject({ host: 'a.example', password: PASSWORD })
})

test('the custom mode needs a URL, and a URL in use cannot be taken away', async () => {
  const { client } = await openTestHost()
  const needed = { code: 'REFUSED', sentence: 'settings-custom-proxy-without-url' }
  expect(await refusal(client.settings.set({ values: { globalProxyMode: 'custom' } }))).toMatchObject(needed)
  await client.settings.set({ values: { globalProxyMode: 'custom', globalProxyUrl: 'http://a.example:1' } })
  expect(await refusal(client.settings.reset({ name: 'globalProxyUrl' }))).toMatchObject(needed)
})
