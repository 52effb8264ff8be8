// The part of the run in which things go wrong: nodes that say their key back, refusals of every kind, wrong usage.
import type { ResponseHeaders, Step } from '../../harness/plan.ts'
import { rawExchange } from '../../harness/raw-exchange.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'
import { withHeaders } from '../../harness/step-wrappers.ts'
import { apiError, closeEarly, errorEvent, html, jsonError, ok, redirect, reset, status } from '../../harness/steps.ts'
import type { Given } from './give-secrets.ts'
import type { SecretScene } from './scene.ts'

/** Characters before the key, so that what cuts a long sentence (300) or type (100) cuts inside the key. */
const PADDED_RECORD = 239
const PADDED_TEST = 263
const PADDED_TYPE = 64

/** A node that answers with the key it was asked with, wherever an answer has room for it. */
function echoes(key: string): readonly Step[] {
  const said = `Incorrect API key provided: ${key}. You can find your API key in your account.`
  const nested = JSON.stringify({ error: { message: said, key } })
  const headers: ResponseHeaders = { 'x-debug-key': key, 'request-id': key.replaceAll(/[^A-Za-z0-9]/g, '') }
  const bodies = [500, 503, 529, 401, 402, 403, 404, 408, 429, 400, 422, 413, 418]
  return [
    ...bodies.map((code) => apiError(code, said)),
    ...[500, 401, 400].map((code) => status(code, { body: said })),
    ...[502, 400].map((code) => apiError(code, nested, key)),
    ...[500, 400].map((code) => status(code, { body: { detail: [{ loc: ['header', key], msg: said }], key } })),
    ...[PADDED_RECORD, PADDED_TEST].map((padding) =>
      apiError(500, `${'wordy '.repeat(50).slice(0, padding)}${key} was wrong`),
    ),
    apiError(500, 'no such key', `${'a-long-type-'.repeat(8).slice(0, PADDED_TYPE)}${key}`),
    withHeaders(status(500), headers),
    withHeaders(ok(), headers),
    status(429, { headers: { 'retry-after': key } }),
    redirect(`http://127.0.0.1/login?key=${encodeURIComponent(key)}`),
    html(`<html><body>${said}</body></html>`),
    jsonError('authentication_error', said),
    jsonError(key, said),
    errorEvent(0, 'authentication_error', said),
    errorEvent(3, key, said),
    ok({ text: said }),
    closeEarly(),
    reset(),
  ]
}

/** Every fault with every key of the node, each met afresh. */
export async function breakNodes(scene: SecretScene, upstream: ScriptedUpstream, given: Given): Promise<void> {
  for (const [node, keys] of Object.entries(given.nodeKeys)) {
    const clientKey = given.clientKeys[node] ?? ''
    for (const step of keys.flatMap(echoes)) {
      upstream.script(step)
      await scene.ask(clientKey, { stream: step.kind.startsWith('errorEvent') })
      await scene.api('POST', `/nodes/${node}/reset`)
    }
    upstream.scriptFor('models', status(401, { body: { error: keys[0] } }))
    upstream.script(status(401, { body: { error: keys[0] } }))
    await scene.cli(['node', 'test', node, '--generate', '--model', 'claude-opus-5-5'], { code: null, here: true })
    await scene.cli(['node', 'test', node, '--json'], { code: null, here: true })
    // Left as it is after a fault: lists show why it is set aside.
    await scene.ask(clientKey)
  }
  upstream.script(ok())
  upstream.scriptFor('models', status(200, { body: { data: [] } }))
  for (const pool of ['proxied', 'proxied-wrongly', 'through-global']) await scene.ask(given.clientKeys[pool] ?? '')
  await scene.cli(['node', 'test', 'proxied-wrongly'], { code: null })
}

/** Secrets in places where they do not belong: what is refused must not say them back, nor write them down. */
export async function refuseMuch(scene: SecretScene): Promise<void> {
  const { api, secret } = scene
  const misplaced = secret('secret in a bad request')
  const node = { name: 'bad', baseUrl: 'https://relay.example' }
  const bad: readonly (readonly [string, string, object])[] = [
    ['POST', '/nodes', { ...node, keys: [{ secret: `${misplaced} with a space` }] }],
    ['POST', '/nodes', { ...node, keys: [misplaced] }],
    ['POST', '/nodes', { ...node, keys: misplaced }],
    ['POST', '/nodes', { ...node, apiKey: misplaced }],
    ['POST', '/nodes', { ...node, keys: [{ secret: misplaced, label: 'x'.repeat(500) }] }],
    ['POST', '/nodes', { ...node, name: 'by-api', keys: [{ secret: misplaced }] }],
    ['POST', '/nodes', { ...node, baseUrl: 'ftp://relay.example', keys: [{ secret: misplaced }] }],
    ['POST', '/nodes', { ...node, baseUrl: `https://user:${encodeURIComponent(misplaced)}@relay.example` }],
    ['POST', '/nodes', { ...node, proxy: `http://user:${encodeURIComponent(misplaced)}@127.0.0.1:1` }],
    ['POST', '/nodes', { ...node, proxyPassword: { value: misplaced } }],
    ['POST', '/node-tests', { node: { ...node, keys: [{ secret: misplaced }], baseUrl: 'http://127.0.0.1:1' } }],
    ['POST', '/node-tests', { node: { ...node, keys: [{ secret: misplaced }] }, more: misplaced }],
    ['PATCH', '/nodes/by-api', { keys: [{ secret: misplaced, more: misplaced }] }],
    ['PATCH', '/nodes/nobody', { keys: [{ secret: misplaced }] }],
    ['POST', '/nodes/nobody/keys', { secret: misplaced }],
    ['POST', '/nodes/by-api/keys', { secret: misplaced, label: 'key-1', more: 1 }],
    ['POST', '/client-keys', { name: 'x', key: misplaced }],
    ['PUT', '/settings', { values: { globalProxyUrl: `http://me:${encodeURIComponent(misplaced)}@127.0.0.1:1` } }],
    ['PUT', '/settings', { values: { connectTimeoutMs: misplaced } }],
    ['PUT', '/secrets/global-proxy-password', { value: [misplaced] }],
    ['PUT', '/secrets/another', { value: misplaced }],
    ['POST', '/vault/unlock', { passphrase: misplaced }],
    ['POST', '/vault/export', { passphrase: 'short' }],
    ['POST', '/vault/import', { document: misplaced, passphrase: misplaced }],
    ['POST', '/vault/protection', { protection: 'key-file', passphrase: misplaced }],
    ['POST', '/session', { code: misplaced }],
  ]
  for (const [method, path, body] of bad) {
    const answer = await api(method, path, body)
    // A refusal, or a node test that says how it went.
    if (answer.status === null || answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status}`)
  }
  await sendRaw(scene, misplaced)
  await misuse(scene, misplaced)
}

/** What no client library would send, to both ports. */
async function sendRaw({ daemon, keep }: SecretScene, misplaced: string): Promise<void> {
  const encoded = encodeURIComponent(misplaced)
  const control = Number(new URL(daemon().controlUrl).port)
  const requests: readonly (readonly [number, string])[] = [
    [control, `GET /admin/api/nodes HTTP/1.1\r\nauthorization: Bearer ${misplaced}`],
    [
      control,
      `POST /admin/api/nodes HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{"keys":["${misplaced}`,
    ],
    [daemon().proxyPort, `POST /v1/messages HTTP/1.1\r\nauthorization: Bearer ${misplaced}\r\ncontent-length: 0`],
    [daemon().proxyPort, `POST /v1/messages HTTP/1.1\r\nx-api-key: ${misplaced}\r\ncontent-length: 0`],
    [daemon().proxyPort, `POST /v1beta/models/m:generateContent?key=${encoded} HTTP/1.1\r\ncontent-length: 0`],
    [daemon().proxyPort, `GET /v1/files?key=${encoded} HTTP/1.1`],
    [daemon().proxyPort, `GET http://user:${encoded}@elsewhere.example/v1/models HTTP/1.1`],
    [daemon().proxyPort, `GET /v1/models HTTP/1.1\r\nbroken ${misplaced}`],
  ]
  for (const [port, head] of requests) {
    const host = `Host: 127.0.0.1:${port}\r\nConnection: close`
    const answer = await rawExchange(port, `${head.replace('HTTP/1.1', `HTTP/1.1\r\n${host}`)}\r\n\r\n`, {
      timeoutMs: 1000,
    })
    keep(`the answer to ${head.slice(0, 20)}`, answer.text)
  }
}

/** A person who puts a secret onto the command line hears that this is no place for it, and does not read it again. */
async function misuse({ cli, secret }: SecretScene, misplaced: string): Promise<void> {
  const add = ['node', 'add', '--name', 'bad', '--url', 'https://relay.example']
  const wrong: readonly (readonly string[])[] = [
    [...add, '--key', misplaced],
    [...add, `--api-key=${misplaced}`],
    [
      'node',
      'add',
      '--name',
      'bad',
      '--url',
      `https://user:${encodeURIComponent(misplaced)}@relay.example`,
      '--no-key',
    ],
    [...add, '--no-key', '--proxy', `http://user:${encodeURIComponent(misplaced)}@127.0.0.1:1`],
    ['vault', 'export', '--passphrase', misplaced],
    ['settings', 'set', `globalProxyUrl=http://me:${encodeURIComponent(misplaced)}@127.0.0.1:1`],
  ]
  for (const args of wrong) {
    for (const json of [[], ['--json']]) {
      const { code } = await cli([...args, ...json], { code: null, here: true })
      if (code === 0) throw new Error(`${args.slice(0, 2).join(' ')} took what it should refuse`)
    }
  }
  const spaced = `${secret('key with a space')} and more`
  await cli([...add, '--key-stdin'], { stdin: spaced, code: 2 })
  await cli([...add, '--key-env', 'SPACED'], { env: { SPACED: spaced }, code: 2 })
}
