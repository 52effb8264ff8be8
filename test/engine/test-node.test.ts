// `node test` over real sockets: what it asks, what it says, and that the node's state never hears of it.
import { describe, expect, onTestFinished, test } from 'vitest'
import { sayConnectFailure } from '../../src/engine/health/say-connect-failure.ts'
import type { KeyedNode } from '../../src/engine/ports.ts'
import { upstreamBase } from '../../src/engine/upstream/target.ts'
import type { Node } from '../../src/shared/model/node.ts'
import type { NodeTest, NodeTestStep } from '../../src/shared/model/node-test.ts'
import { nodeTestSchema } from '../../src/shared/model/node-test.ts'
import { type Protocol, protocolSchema } from '../../src/shared/model/protocol.ts'
import { redactPatterns } from '../../src/shared/redact.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'
import { nodeTestSentences as english } from '../../src/shared/text/en/node-test-sentences.ts'
import { nodeTestSentences as chinese } from '../../src/shared/text/zh-CN/node-test-sentences.ts'
import { startBlackHole } from '../faults/black-hole.ts'
import { expiredCa, otherCa, testCa } from '../harness/certificates.ts'
import { startTestEngine, type TestEngine } from '../harness/engine.ts'
import { golden } from '../harness/golden.ts'
import { createGate, type Step } from '../harness/plan.ts'
import { startProxy } from '../harness/proxies.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import {
  apiError,
  closeEarly,
  cutAfterEvents,
  errorEvent,
  eventsThenSilence,
  headersThenSilence,
  html,
  ok,
  redirect,
  reset,
  stallBeforeHead,
  status,
} from '../harness/steps.ts'
import { startTlsFront } from '../harness/tls-front.ts'
import { keyedNode } from './engine-on-source.ts'

const SECRET = 'secret-of-u-1234567'

async function startUpstream(models?: Step): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream({ name: 'u' })
  onTestFinished(upstream.close)
  if (models !== undefined) upstream.scriptFor('models', models)
  return upstream
}

type Keys = { readonly keys?: readonly string[]; readonly keysWithheld?: boolean }

function nodeAt(url: string, { keys = [SECRET], keysWithheld = false, ...more }: Partial<Node> & Keys = {}): KeyedNode {
  return {
    ...keyedNode('u', url, more),
    keys: keys.map((secret, at) => ({ id: `key_${at}`, label: `key-${at}`, secret })),
    keysWithheld,
  }
}

type Options = { readonly generate?: boolean; readonly model?: string; readonly signal?: AbortSignal }

async function tested(engine: TestEngine, node: KeyedNode, options: Options = {}): Promise<NodeTest> {
  const { generate = false, model = null, signal = new AbortController().signal } = options
  const found = await engine.engine.testNode(node, { generate, model, signal })
  expect(nodeTestSchema.parse(found)).toEqual(found)
  expect(JSON.stringify(found)).not.toContain(SECRET)
  // Nothing but the registry's own timer is left, and nobody was told.
  expect(engine.clock.pending()).toBe(1)
  expect([engine.exchanges, engine.decisions, engine.breakers]).toEqual([[], [], []])
  return found
}

async function testOf(node: KeyedNode, options: Options = {}): Promise<NodeTest> {
  return await tested(await startTestEngine({ nodes: [] }), node, options)
}

const results = ({ steps }: NodeTest) => steps.map(({ step, result }) => `${step} ${result}`)
function stepOf({ steps }: NodeTest, name: NodeTestStep['step']): NodeTestStep {
  const found = steps.find(({ step }) => step === name)
  if (found === undefined) throw new Error(`no step ${name}`)
  return found
}

describe('a good node', () => {
  test('is connected to, lists its models, and is asked for nothing else', async () => {
    const upstream = await startUpstream()
    const found = await testOf(nodeAt(upstream.url))
    expect(found).toMatchObject({
      nodeName: 'u',
      ok: true,
      verdict: { code: 'node-test-answers', text: 'The node answers, and accepts the key.' },
      models: ['claude-sonnet-4-5'],
      steps: [
        { step: 'connect', result: 'ok', status: null, said: { text: 'Connected in 0 ms.' } },
        { step: 'models', result: 'ok', status: 200, said: { text: 'Models listed: 1.' } },
      ],
    })
    const [asked, ...others] = upstream.requests
    expect(others).toEqual([])
    expect(asked).toMatchObject({ method: 'GET', target: '/v1/models?limit=1000' })
    expect(asked?.header('authorization')).toBe(`Bearer ${SECRET}`)
    expect(asked?.header('anthropic-version')).toBe('2023-06-01')
    expect(asked?.header('x-switchyard-via')).toBe('sw_test')
    expect(asked?.header('user-agent')).toBe('switchyard/0.0.0-test')
  })

  test('behind TLS is good with its CA', async () => {
    const upstream = await startUpstream()
    const { port } = await startTlsFront(upstream.port)
    expect((await testOf(nodeAt(`https://127.0.0.1:${port}`, { ca: testCa }))).ok).toBe(true)
  })

  test('without a key is asked without one', async () => {
    const upstream = await startUpstream()
    const found = await testOf(nodeAt(upstream.url, { keys: [] }))
    expect(found).toMatchObject({ ok: true, verdict: { code: 'node-test-answers-keyless' } })
    expect(upstream.requests[0]?.header('authorization')).toBeNull()
  })
})

describe('through a proxy', () => {
  test('a good node is good, and the proxy is named', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy({ kind: 'http' })
    const node = nodeAt(`http://node.test:${upstream.port}`, { proxy: proxy.url, allowPlainHttp: true })
    const found = await testOf(node)
    expect(found.ok).toBe(true)
    expect(stepOf(found, 'connect').said.text).toBe(`Connected through the proxy ${proxy.url} in 0 ms.`)
  })

  test('a proxy that wants credentials is what failed, not the node', async () => {
    const proxy = await startProxy({ kind: 'http', credentials: { user: 'me', password: 'pass-1234' } })
    const node = nodeAt('http://node.test:1', { proxy: proxy.url, allowPlainHttp: true })
    const found = await testOf(node)
    expect(found).toMatchObject({ ok: false, verdict: { code: 'node-test-way-failed' } })
    expect(found.verdict.text).toContain('407')
  })
})

describe('no connection', () => {
  test('nothing listens', async () => {
    const upstream = await startUpstream()
    await upstream.kill()
    const found = await testOf(nodeAt(upstream.url), { generate: true })
    expect(results(found)).toEqual(['connect failed', 'models skipped', 'generate skipped'])
    expect(found).toMatchObject({
      ok: false,
      verdict: {
        code: 'node-test-nothing-listens',
        text: `Nothing listens at 127.0.0.1:${upstream.port}. Start the server there, or correct the base URL.`,
      },
    })
  })

  test('an address that swallows everything, after the connect time-out', async () => {
    const engine = await startTestEngine({ nodes: [] })
    const node = nodeAt(await startBlackHole())
    const testing = tested(engine, node)
    await engine.clock.timerStarted((delayMs) => delayMs === defaultSettings.connectTimeoutMs)
    await engine.clock.advance(defaultSettings.connectTimeoutMs)
    const found = await testing
    expect(found.verdict).toMatchObject({ code: 'node-test-connect-timeout', parameters: { seconds: 5 } })
    expect(stepOf(found, 'connect').totalMs).toBe(5000)
  })

  test.each([
    ['no CA of its own', null, 'node-test-certificate-untrusted'],
    ['another CA', otherCa, 'node-test-certificate-untrusted'],
  ])('a certificate that is not trusted, with %s', async (_name, ca, code) => {
    const upstream = await startUpstream()
    const { port } = await startTlsFront(upstream.port)
    const found = await testOf(nodeAt(`https://127.0.0.1:${port}`, { ca }))
    expect(found).toMatchObject({ ok: false, verdict: { code } })
    expect(found.verdict.text).toMatch(
      /^TLS: the certificate of 127\.0\.0\.1 is not trusted \(.+give the node its CA\.$/,
    )
    expect(upstream.connections()).toBe(0)
  })

  test('https to a server of plain HTTP', async () => {
    const upstream = await startUpstream()
    const found = await testOf(nodeAt(upstream.url.replace('http:', 'https:')))
    expect(found.verdict.code).toBe('node-test-tls-failed')
  })

  test('an address where no node can live', async () => {
    const found = await testOf(nodeAt('http://169.254.169.254', { allowPlainHttp: true }))
    expect(found.verdict).toMatchObject({ code: 'node-test-address-refused' })
    expect(found.verdict.text).toContain('169.254.169.254')
  })

  test('Switchyard itself', async () => {
    const engine = await startTestEngine({ nodes: [] })
    const found = await tested(engine, nodeAt(`http://127.0.0.1:${engine.port}`))
    expect(found.verdict.code).toBe('node-test-address-refused')
  })

  const said = (code: string, detail = '') =>
    sayConnectFailure(
      { kind: 'connect-failed', code, detail },
      {
        base: upstreamBase('https://relay.example/api'),
        redact: redactPatterns,
        room: { settings: () => defaultSettings },
      },
    )

  test.each([
    ['ENOTFOUND', 'Unknown host: nobody knows an address for relay.example. Correct the base URL.'],
    ['EAI_AGAIN', "The name relay.example cannot be looked up now (EAI_AGAIN). Check this computer's network."],
    ['EHOSTUNREACH', /^There is no way to relay\.example:443 \(EHOSTUNREACH\)\./],
    ['CERT_HAS_EXPIRED', /^TLS: the certificate of relay\.example is out of date/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /^TLS: the server shows a certificate for another name than relay\.example\./],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /^TLS with relay\.example:443 failed \(ERR_SSL_WRONG_VERSION_NUMBER\)\./],
    ['ECONNRESET', /^The connection to relay\.example:443 was closed while it was being opened/],
  ])('%s', (code, text) => {
    expect(said(code).text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text))
  })

  test('an unknown failure is told in its own words, scrubbed', () => {
    expect(said('EWHATEVER', 'went wrong with sk-abcdefghijkl.').text).toBe(
      'No connection to relay.example:443 (EWHATEVER): went wrong with [redacted].',
    )
  })
})

describe('the list of models', () => {
  const page = '<html><head><title>404 Not Found</title></head><body>nginx</body></html>'

  test.each<[name: string, step: () => Step, result: string, text: string | RegExp]>([
    ['a reset', reset, 'failed', /^The connection broke before the answer was there \(\w+\)\.$/],
    ['a close', closeEarly, 'failed', /^The connection broke before the answer was there/],
    ['a web page', () => html(), 'failed', 'It answered 200 with a web page: the base URL is probably wrong.'],
    ['nothing', () => status(200, { body: '' }), 'failed', 'It answered 200 with nothing in it.'],
    [
      '401',
      () => apiError(401, `invalid x-api-key: ${SECRET}.`),
      'failed',
      'The key was refused (401): invalid x-api-key: [redacted]. Replace it by one that the provider accepts.',
    ],
    ['403', () => apiError(403, 'forbidden'), 'failed', /^The key was refused \(403\): forbidden\./],
    [
      '400 about the key',
      () => status(400, { body: JSON.parse(golden('gemini', 'error-key.json').toString()) }),
      'failed',
      /^The key was refused \(400\): API key not valid/,
    ],
    [
      '402',
      () => apiError(402, 'Insufficient Balance'),
      'failed',
      /^The account is out of funds \(402\): Insufficient Balance\. Top it up/,
    ],
    [
      '403 about money',
      () => apiError(403, '用户额度不足'),
      'failed',
      /^The account is out of funds \(403\): 用户额度不足\./,
    ],
    ['403 with a page', () => status(403, { body: page }), 'failed', /^A firewall in front of it/],
    ['404', () => apiError(404, 'not found'), 'weak', 'It is reachable, but lists no models (404).'],
    ['404 with a page', () => status(404, { body: page }), 'weak', /answered 404 with a web page instead of a list/],
    ['405', () => status(405, { body: '' }), 'weak', 'It is reachable, but lists no models (405).'],
    ['429', () => apiError(429, 'slow down'), 'weak', /^It asks to be left alone for now \(429\): slow down\./],
    ['500', () => apiError(500, 'boom'), 'failed', 'It failed by itself (500): boom. Try again later.'],
    [
      '502 with a page',
      () => status(502, { body: page.replace('404 Not Found', '502 Bad Gateway') }),
      'failed',
      'It failed by itself (502): 502 Bad Gateway. Try again later.',
    ],
    ['529', () => apiError(529, 'Overloaded'), 'failed', /^It is overloaded \(529\)/],
    [
      'a redirect',
      () => redirect('https://www.relay.example/login', 302),
      'failed',
      /^It answered 302 and points to https:\/\/www\.relay\.example\/login\. Redirects are never followed/,
    ],
    [
      '200 with an error',
      () => status(200, { body: { type: 'error', error: { type: 'authentication_error', message: 'no' } } }),
      'failed',
      /^The key was refused \(200\): no\./,
    ],
    [
      '200 with something else',
      () => status(200, { body: { code: 0, msg: 'hello' } }),
      'weak',
      /is not a list of models\.$/,
    ],
  ])('%s', async (_name, step, result, text) => {
    const upstream = await startUpstream(step())
    const found = await testOf(nodeAt(upstream.url))
    const models = stepOf(found, 'models')
    expect(models.result).toBe(result)
    expect(models.said.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text))
    expect(found.ok).toBe(result === 'weak')
    expect(found.verdict).toEqual(
      result === 'weak' ? expect.objectContaining({ code: 'node-test-reachable' }) : models.said,
    )
    expect(found.models).toEqual([])
  })

  test('silence, after the time of its setting', async () => {
    const upstream = await startUpstream(stallBeforeHead())
    const engine = await startTestEngine({ nodes: [], settings: { nodeTestTimeoutMs: 3000 } })
    const testing = tested(engine, nodeAt(upstream.url))
    await upstream.requestCount(1, 'models')
    await engine.clock.advance(2999)
    expect(upstream.openConnections()).toBe(1)
    await engine.clock.advance(1)
    const found = await testing
    expect(found.verdict).toMatchObject({ code: 'node-test-silent', text: 'It said nothing for 3 s.' })
  })

  test('silence inside an error is not waited for longer than in a list, and the error is told', async () => {
    const upstream = await startUpstream({
      kind: 'half an error',
      plan: () => [
        { act: 'head', status: 401, headers: { 'content-type': 'text/plain' } },
        { act: 'write', bytes: Buffer.from('no such key') },
        { act: 'hold', gate: createGate() },
      ],
    })
    const engine = await startTestEngine({ nodes: [] })
    const testing = tested(engine, nodeAt(upstream.url))
    const [asked] = await upstream.requestCount(1, 'models')
    expect(asked?.method).toBe('GET')
    await engine.clock.advance(defaultSettings.nodeTestTimeoutMs)
    expect((await testing).verdict.text).toMatch(/^The key was refused \(401\)/)
  })

  test('without a key: a node that wants one', async () => {
    const upstream = await startUpstream(apiError(401, 'missing key'))
    const found = await testOf(nodeAt(upstream.url, { keys: [] }))
    expect(found.verdict.text).toBe('It wants a key (401): missing key. Add one to the node.')
  })

  test('with keys of which none may be used: nothing is asked', async () => {
    const upstream = await startUpstream()
    const found = await testOf(nodeAt(upstream.url, { keys: [], keysWithheld: true }), { generate: true })
    expect(results(found)).toEqual(['connect ok', 'models failed', 'generate skipped'])
    expect(found).toMatchObject({ ok: false, verdict: { code: 'node-test-no-usable-key' } })
    expect(upstream.requests).toEqual([])
  })
})

describe('several keys', () => {
  const keys = [SECRET, 'second-secret-123', 'third-secret-1234']

  test('are each tried, and named', async () => {
    const upstream = await startUpstream()
    upstream.scriptFor(
      'models',
      status(200, { body: { data: [{ id: 'a' }] } }),
      apiError(401, 'expired'),
      apiError(402, 'pay'),
    )
    const found = await testOf(nodeAt(upstream.url, { keys }))
    expect(found.steps.slice(1).map(({ said }) => said.text)).toEqual([
      '[key-0] Models listed: 1.',
      '[key-1] The key was refused (401): expired. Replace it by one that the provider accepts.',
      '[key-2] The account is out of funds (402): pay. Top it up, or use a key of another account.',
    ])
    expect(upstream.requests.map((asked) => asked.header('authorization'))).toEqual(keys.map((key) => `Bearer ${key}`))
    expect(found).toMatchObject({
      ok: true,
      models: ['a'],
      verdict: { text: 'The node answers, but not with every key. Look at: key-1, key-2.' },
    })
  })

  test('are not all tried on a node that fails by itself', async () => {
    const upstream = await startUpstream(apiError(500, 'boom'))
    const found = await testOf(nodeAt(upstream.url, { keys }))
    expect(upstream.requests).toHaveLength(1)
    expect(found.ok).toBe(false)
  })

  test('ask for the token with the first that is good', async () => {
    const upstream = await startUpstream()
    upstream.scriptFor('models', apiError(401, 'expired'), status(200, { body: { data: [{ id: 'a' }] } }))
    const found = await testOf(nodeAt(upstream.url, { keys: keys.slice(0, 2) }), { generate: true })
    expect(upstream.requestsFor()[0]?.header('authorization')).toBe('Bearer second-secret-123')
    expect(stepOf(found, 'generate').said.text).toMatch(/^\[key-1\] a answers: first content after/)
    expect(found).toMatchObject({ ok: true, verdict: { code: 'node-test-some-keys' } })
  })
})

describe('one token', () => {
  const lists: Readonly<Record<Protocol, object>> = {
    anthropic: { data: [{ id: 'some-model' }] },
    'openai-responses': { object: 'list', data: [{ id: 'some-model' }] },
    'openai-chat': { object: 'list', data: [{ id: 'some-model' }] },
    gemini: { models: [{ name: 'models/some-model' }] },
  }

  test.each(protocolSchema.options)('%s: the first content is enough', async (protocol) => {
    const upstream = await startUpstream(status(200, { body: lists[protocol] }))
    // All of the answer but its end.
    upstream.script(eventsThenSilence(1000))
    const base = protocol.startsWith('openai') ? `${upstream.url}/v1` : upstream.url
    const found = await testOf(nodeAt(base, { protocol }), { generate: true })
    expect(found).toMatchObject({ ok: true, verdict: { text: 'The node works.' }, models: ['some-model'] })
    expect(results(found)).toEqual(['connect ok', 'models ok', 'generate ok'])
    expect(stepOf(found, 'generate')).toMatchObject({
      status: 200,
      said: { text: 'some-model answers: first content after 0 ms.' },
    })
    const [asked] = upstream.requestsFor()
    if (asked === undefined) throw new Error('no token was asked for')
    await upstream.clientGone(asked)
    expect(asked.header('content-type')).toBe('application/json')
    expect(asked.header('accept-encoding')).toBe('identity')
    expect(upstream.askOf(asked)).toMatchObject({ protocol, model: 'some-model', stream: true })
  })

  test.each<[name: string, step: () => Step, text: string | RegExp]>([
    ['401', () => apiError(401, 'no'), /^The key was refused \(401\): no\./],
    ['402', () => apiError(402, 'pay'), /^The account is out of funds/],
    ['429', () => apiError(429, 'slow down'), /^It asks to be left alone for now \(429\)/],
    [
      '404 about the path',
      () => status(404, { body: '' }),
      'It does not know /v1/messages (404): the base URL or the protocol is probably wrong.',
    ],
    ['404 with a page', () => status(404, { body: '<html>' }), /^It answered 404 with a web page/],
    ['500', () => apiError(500, 'boom'), /^It failed by itself \(500\): boom\./],
    ['a page', () => html(), /^It answered 200 with a web page/],
    ['JSON', () => status(200, { body: { hello: 1 } }), /^It answered 200, but not with a stream/],
    [
      'JSON with an error',
      () => status(200, { body: { error: { message: 'invalid api key' } } }),
      /^The key was refused \(200\)/,
    ],
    ['an error in the stream', () => errorEvent(1), /^It is overloaded \(200\): Overloaded\./],
    ['an end before content', () => cutAfterEvents(1, { form: 'end' }), /^Its stream ended before any content\.$/],
    ['a cut before content', () => cutAfterEvents(1), /^The connection broke before/],
    [
      'a model that is not there',
      () => apiError(404, 'model: x not found'),
      'The model x is not served. It lists: claude-sonnet-4-5.',
    ],
  ])('%s', async (_name, step, text) => {
    const upstream = await startUpstream()
    upstream.script(step())
    const found = await testOf(nodeAt(upstream.url), { generate: true, model: 'x' })
    const generated = stepOf(found, 'generate')
    expect(generated.said.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text))
    expect(found).toMatchObject({ ok: false, verdict: generated.said })
  })

  test('silence, after the time of a first event', async () => {
    const upstream = await startUpstream()
    upstream.script(headersThenSilence())
    const engine = await startTestEngine({ nodes: [] })
    const testing = tested(engine, nodeAt(upstream.url), { generate: true })
    await upstream.nextRequest()
    await engine.clock.advance(defaultSettings.firstEventTimeoutMs)
    expect((await testing).verdict.text).toBe('It said nothing for 60 s.')
  })

  test('says more than a list that is not to be had', async () => {
    const upstream = await startUpstream(apiError(401, 'not for lists'))
    const found = await testOf(nodeAt(upstream.url), { generate: true, model: 'x' })
    expect(results(found)).toEqual(['connect ok', 'models failed', 'generate ok'])
    expect(found).toMatchObject({ ok: true, verdict: { code: 'node-test-works' } })
  })

  test.each<[name: string, node: Partial<Node>, asked: string | undefined, sent: string]>([
    ['the one that was named', {}, 'named', 'named'],
    ['the one that was named, as it is mapped', { modelMap: [{ from: 'na*', to: 'theirs' }] }, 'named', 'theirs'],
    ['the first that is mapped', { modelMap: [{ from: 'a', to: 'b' }], models: ['c'] }, undefined, 'b'],
    ['the first of its own list', { models: ['x-*', 'c'] }, undefined, 'c'],
    ['the first it lists', {}, undefined, 'claude-sonnet-4-5'],
  ])('is asked of %s', async (_name, node, model, sent) => {
    const upstream = await startUpstream()
    await testOf(nodeAt(upstream.url, node), { generate: true, ...(model === undefined ? {} : { model }) })
    expect(upstream.requestsFor().map((asked) => upstream.askOf(asked).model)).toEqual([sent])
  })

  test('is not asked for when nobody knows a model', async () => {
    const upstream = await startUpstream(status(404))
    const found = await testOf(nodeAt(upstream.url), { generate: true })
    expect(results(found)).toEqual(['connect ok', 'models weak', 'generate skipped'])
    expect(upstream.requestsFor()).toEqual([])
  })
})

test('a test that is called off ends at once, and leaves nothing', async () => {
  const upstream = await startUpstream(stallBeforeHead())
  const engine = await startTestEngine({ nodes: [] })
  const controller = new AbortController()
  const { signal } = controller
  const testing = engine.engine.testNode(nodeAt(upstream.url), { generate: true, model: null, signal })
  const [asked] = await upstream.requestCount(1, 'models')
  controller.abort(new Error('called off'))
  await expect(testing).rejects.toThrow('called off')
  if (asked !== undefined) await upstream.clientGone(asked)
  expect(engine.clock.pending()).toBe(1)
  await expect(engine.engine.testNode(nodeAt(upstream.url), { generate: true, model: null, signal })).rejects.toThrow(
    'called off',
  )
})

test('a registered node that fails its test is none the worse for it', async () => {
  const upstream = await startUpstream(apiError(429, 'slow down'))
  upstream.script(apiError(500, 'boom'))
  const engine = await startTestEngine({ nodes: [{ name: 'u', url: upstream.url }] })
  const before = engine.engine.liveNodes()
  for (let round = 0; round < 6; round++) await tested(engine, nodeAt(upstream.url), { generate: true, model: 'm' })
  expect(engine.engine.liveNodes()).toEqual(before)
  upstream.script(ok())
  expect((await engine.send({ body: golden('anthropic', 'request.json') })).status).toBe(200)
})

test('every sentence has the same parameters in both languages', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(([one]) => one).toSorted()
  for (const [code, text] of Object.entries(english)) {
    const other = Object.entries(chinese).find(([key]) => key === code)?.[1] ?? ''
    expect(placeholders(other), code).toEqual(placeholders(text))
  }
})

test('a CA that ran out is told apart from none', async () => {
  const upstream = await startUpstream()
  const { port } = await startTlsFront(upstream.port)
  const found = await testOf(nodeAt(`https://127.0.0.1:${port}`, { ca: expiredCa }))
  expect(found.verdict.code).toMatch(/^node-test-certificate-(?:untrusted|dates)$/)
})
