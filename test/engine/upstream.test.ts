// What travels to a node and back, where it may go, and where it may not (security.md, client-contract.md "Headers to the node").
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestEngine, type TestEngine, type TestNode } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { rawExchange } from '../harness/raw-exchange.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { gzipped, withHeaders } from '../harness/step-wrappers.ts'
import { apiError, ok, redirect } from '../harness/steps.ts'
import { advanceUntil } from './advance-until.ts'
import { keyedNode, sourceOf, startEngineOn } from './engine-on-source.ts'
import { ourError } from './our-error.ts'
import { rawHead } from './raw-request.ts'

type Scene = { readonly engine: TestEngine; readonly node: ScriptedUpstream }

async function scene(more: Partial<TestNode> = {}, path = ''): Promise<Scene> {
  const node = await startNode()
  return { engine: await startTestEngine({ nodes: [{ name: 'node', url: `${node.url}${path}`, ...more }] }), node }
}

async function startNode(name = 'node'): Promise<ScriptedUpstream> {
  const node = await startScriptedUpstream({ name })
  onTestFinished(node.close)
  return node
}

/** Sends these lines beside what every request has and gives what the node saw. */
async function seenByNode(lines: readonly string[]): Promise<readonly string[]> {
  const { engine, node } = await scene()
  const body = messagesBody()
  const head = rawHead(engine.port, { bodyHeaders: [`Content-Length: ${body.length}`], headers: lines })
  // The last chunk: where the answer is cut into chunks is the node's affair.
  await rawExchange(engine.port, Buffer.concat([Buffer.from(head, 'latin1'), body]), { until: '\r\n0\r\n\r\n' })
  const [seen] = node.requestsFor()
  return seen?.rawHeaders ?? []
}

function namesOf(raw: readonly string[]): readonly string[] {
  return raw.filter((_name, at) => at % 2 === 0).map((name) => name.toLowerCase())
}

describe('the headers that a node gets', () => {
  test('end-to-end ones, known or not, in their order, case and bytes', async () => {
    const lines = [
      'anthropic-version: 2023-06-01',
      'Anthropic-Beta: a-2025-01-01,b-2025-02-02',
      'anthropic-beta: c-2025-03-03',
      'User-Agent: claude-cli/2.1.329 (external, cli)',
      'X-Stainless-Retry-Count: 0',
      'x-claude-code-session-id: 0b7e',
      'X-New-In-NEXT-Release: "quoted", with=equals; and;semicolons',
      'x-latin1: caf\xe9',
      'x-empty:',
      'Content-Type: application/json',
      'Accept: application/json',
      'x-app: cli',
      'X-App: twice',
    ]
    const seen = await seenByNode(lines)
    const pairs = Array.from({ length: seen.length / 2 }, (_, at) => `${seen[at * 2]}: ${seen[at * 2 + 1]}`)
    const from = pairs.indexOf(lines[0] ?? '')
    expect(pairs.slice(from, from + lines.length)).toEqual(lines.map((line) => line.replace(/:$/, ': ')))
  })

  test('nothing that belongs to the connection of the client', async () => {
    const seen = await seenByNode([
      'Connection: keep-alive, X-Named-Once , x-named-too',
      'Connection: x-named-apart',
      'X-Named-Once: 1',
      'x-named-too: 1',
      'X-Named-Apart: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic c2VjcmV0',
      'Proxy-Authenticate: Basic',
      'TE: trailers',
      'Trailer: X-Sum',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
      'X-Stays: 1',
    ])
    const names = namesOf(seen).filter((name) => name !== 'connection')
    expect(names.filter((name) => /^(x-named|keep-alive|proxy-|te$|trailer|upgrade|http2)/.test(name))).toEqual([])
    expect(names).toContain('x-stays')
    expect(JSON.stringify(seen)).not.toContain('named')
  })

  test('nothing of where the client is, and no cookie', async () => {
    const names = namesOf(
      await seenByNode([
        'Forwarded: for=10.0.0.1',
        'X-Forwarded-For: 10.0.0.1',
        'X-Forwarded-Host: laptop',
        'x-forwarded-new-in-some-proxy: 1',
        'Cookie: session=secret',
        'Cookie: second=secret',
      ]),
    )
    expect(names.filter((name) => /forwarded|cookie/.test(name))).toEqual([])
  })

  test('one Host, the own one of the node', async () => {
    const { engine, node } = await scene()
    await engine.send({ body: messagesBody() })
    expect(node.requestsFor()[0]?.header('host')).toBe(`127.0.0.1:${node.port}`)
  })

  test.each([
    ['a stream', true, 'gzip, br', 'identity'],
    ['a stream that asked for nothing', true, undefined, 'identity'],
    ['a whole answer', false, 'gzip, br', 'gzip, br'],
    ['a whole answer that asked for nothing', false, undefined, null],
  ])('accept-encoding for %s (stream: %s) of %s becomes %s', async (_name, stream, asked, sent) => {
    const { engine, node } = await scene()
    const headers = asked === undefined ? {} : { 'Accept-Encoding': asked }
    await engine.send({ body: messagesBody({ stream }), headers })
    expect(node.requestsFor()[0]?.header('accept-encoding')).toBe(sent)
  })

  test('the body, byte for byte, with its length', async () => {
    const { engine, node } = await scene()
    const body = Buffer.from(`\n { "stream" : false ,\t"model":"m\\u006fdel", "x": "\u{1f642} \\ud83d\\ude42" } \r\n`)
    await engine.send({ body })
    const [seen] = node.requestsFor()
    expect(seen?.body.equals(body)).toBe(true)
    expect([seen?.header('content-length'), seen?.header('transfer-encoding')]).toEqual([String(body.length), null])
  })

  test('the body with the mapped model in the place of its own, every other byte where it was', async () => {
    const { engine, node } = await scene({ modelMap: [{ from: 'claude-*', to: 'glm "5"' }] })
    await engine.send({ body: '{"a":[1, 2],  "model" : "claude-opus-5-5" ,"messages":[{"model":"claude-x"}] }' })
    expect(node.requestsFor()[0]?.body.toString()).toBe(
      '{"a":[1, 2],  "model" : "glm \\"5\\"" ,"messages":[{"model":"claude-x"}] }',
    )
    expect((await engine.recorded()).attempts[0]?.model).toBe('glm "5"')
  })
})

describe('the headers that a client gets', () => {
  test('end-to-end ones of the node as they are, and nothing of its connection', async () => {
    for (const stream of [true, false]) {
      const { engine, node } = await scene()
      node.script(
        withHeaders(ok(), {
          Connection: 'close, X-Hop',
          'X-Hop': 'named by Connection',
          'Keep-Alive': 'timeout=7',
          'Proxy-Authenticate': 'Basic',
          Trailer: 'X-Sum',
          'Set-Cookie': ['a=1', 'b=2'],
          'Alt-Svc': 'h3=":443"',
          'Strict-Transport-Security': 'max-age=1',
          'Anthropic-RateLimit-Requests-Remaining': '7',
          'X-New-In-Next-Release': 'v1',
          'x-twice': ['1', '2'],
        }),
      )
      const answer = await engine.send({ body: messagesBody({ stream }) })
      expect(answer.status).toBe(200)
      const names = namesOf(answer.rawHeaders)
      const gone = new Set([
        'x-hop',
        'proxy-authenticate',
        'trailer',
        'set-cookie',
        'alt-svc',
        'strict-transport-security',
      ])
      expect(names.filter((name) => gone.has(name))).toEqual([])
      expect(JSON.stringify(answer.rawHeaders)).not.toMatch(/timeout=7|X-Hop/)
      expect(answer.rawHeaders).toEqual(
        expect.arrayContaining(['Anthropic-RateLimit-Requests-Remaining', 'X-New-In-Next-Release']),
      )
      expect(answer.headers['x-twice']).toBe('1, 2')
      expect(answer.headers['request-id']).toBe('req_node_1')
      expect(answer.headers['x-switchyard-exchange']).toBe((await engine.recorded()).id)
    }
  })

  test("of a node's own error, and of counted tokens, as well", async () => {
    const { engine, node } = await scene()
    const headers = { 'Set-Cookie': 'a=1', Connection: 'close, X-Hop', 'X-Hop': '1', 'X-Stays': '1' }
    node.script(withHeaders(apiError(413, 'too long'), headers))
    node.scriptFor('count_tokens', withHeaders({ kind: 'count', plan: () => countAnswer() }, headers))
    for (const [path, status] of [
      ['/v1/messages', 413],
      ['/v1/messages/count_tokens', 200],
    ] as const) {
      const answer = await engine.send({ path, body: messagesBody() })
      expect(answer.status).toBe(status)
      expect(namesOf(answer.rawHeaders).filter((name) => ['set-cookie', 'x-hop'].includes(name))).toEqual([])
      expect(answer.headers['x-stays']).toBe('1')
    }
  })

  test('a compressed whole answer stays compressed, byte for byte', async () => {
    const { engine, node } = await scene()
    node.script(gzipped(ok()))
    const answer = await engine.send({ body: messagesBody(), headers: { 'accept-encoding': 'gzip' } })
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, 'gzip'])
    const [seen] = node.requestsFor()
    expect(answer.bodySha256).toBe(seen?.sentSha256())
    expect((await engine.recorded()).usage).toMatchObject({ input: 12, output: 9 })
  })
})

function countAnswer(): ReturnType<ReturnType<typeof ok>['plan']> {
  return [
    { act: 'head', status: 200, headers: { 'content-type': 'application/json' } },
    { act: 'write', bytes: Buffer.from('{"input_tokens":5}') },
    { act: 'end' },
  ]
}

describe('the target at a node', () => {
  test.each([
    ['', '/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['/', '/v1/messages', '/v1/messages'],
    ['/api', '/v1/messages?beta=true', '/api/v1/messages?beta=true'],
    ['/api/v2/', '/v1/messages', '/api/v2/v1/messages'],
    ['/api%20x', '/v1/messages', '/api%20x/v1/messages'],
    ['', '/v1/messages?', '/v1/messages'],
    ['', '/v1/messages?a=%2F%2e%2e&b=c%26key=d&&e', '/v1/messages?a=%2F%2e%2e&b=c%26key=d&&e'],
    ['', '/v1/messages?url=https://evil.example//x/../y', '/v1/messages?url=https://evil.example//x/../y'],
    ['', '/v1/messages?KEY=kept&monkey=kept&key=gone&key[]=kept', '/v1/messages?KEY=kept&monkey=kept&key[]=kept'],
  ])('base %j and %s make %s', async (base, asked, sent) => {
    const { engine, node } = await scene({}, base)
    expect((await engine.send({ path: asked, body: messagesBody() })).status).toBe(200)
    expect(node.requestsFor()[0]?.target).toBe(sent)
  })

  test('is its own for count_tokens too', async () => {
    const { engine, node } = await scene({}, '/api')
    await engine.send({ path: '/v1/messages/count_tokens?beta=true&key=x', body: messagesBody() })
    expect(node.requestsFor('count_tokens')[0]?.target).toBe('/api/v1/messages/count_tokens?beta=true')
  })

  test.each([301, 302, 303, 307, 308])('is never where a %d points', async (code) => {
    const { engine, node } = await scene()
    const elsewhere = await startNode('elsewhere')
    node.script(redirect(`${elsewhere.url}/v1/messages`, code))
    const answer = await engine.send({ body: messagesBody() })
    expect([answer.status, ourError(answer).type]).toEqual([502, 'api_error'])
    expect(answer.headers['location']).toBeUndefined()
    expect(elsewhere.connections()).toBe(0)
  })
})

describe('a loop', () => {
  const post = (engine: TestEngine, via: string) =>
    engine.send({ body: messagesBody(), headers: { 'X-Switchyard-Via': via } })

  test.each(['sw_test', 'sw_other, sw_test', 'sw_test,sw_other', ' sw_other ,  sw_test '])(
    'of a request that came through us already (%s) ends in 508 before any node',
    async (via) => {
      const { engine, node } = await scene()
      const answer = await post(engine, via)
      const error = ourError(answer)
      expect([answer.status, error.type, answer.headers['x-should-retry']]).toEqual([508, 'api_error', 'false'])
      expect(error.message).toContain('came back')
      expect(node.connections()).toBe(0)
    },
  )

  test.each([
    ['nobody', undefined, 'sw_test'],
    ['another', 'sw_other', 'sw_other, sw_test'],
    ['one with a longer name', 'sw_test2, sw_tes', 'sw_test2, sw_tes, sw_test'],
  ])('is not what comes through %s: the node sees the whole way', async (_name, via, seen) => {
    const { engine, node } = await scene()
    const headers = via === undefined ? {} : { 'X-Switchyard-Via': via }
    expect((await engine.send({ body: messagesBody(), headers })).status).toBe(200)
    expect(node.requestsFor()[0]?.header('x-switchyard-via')).toBe(seen)
  })

  test('through two Switchyards that point at each other ends, and one behind the other works', async () => {
    const node = await startNode()
    const b = await startEngineOn({ instanceId: 'sw_b', source: sourceOf([keyedNode('node', node.url)]) })
    const token = { keys: [{ id: 'k', label: 'k', secret: 'sy-test-client-key-0123456789' }] }
    const nodesOfA = [{ ...keyedNode('b', `http://127.0.0.1:${b.port}`), ...token }]
    const a = await startEngineOn({ instanceId: 'sw_a', source: sourceOf(nodesOfA) })
    expect((await a.send({ body: messagesBody() })).status).toBe(200)
    expect(node.requestsFor()[0]?.header('x-switchyard-via')).toBe('sw_a, sw_b')

    const nodesOfC = [{ ...keyedNode('a', 'http://127.0.0.1:9'), ...token }]
    const c = await startEngineOn({ instanceId: 'sw_c', source: sourceOf(nodesOfC), settings: { retryMaxAttempts: 1 } })
    const d = await startEngineOn({
      instanceId: 'sw_d',
      source: sourceOf([{ ...keyedNode('c', `http://127.0.0.1:${c.port}`), ...token }]),
    })
    nodesOfC[0] = { ...keyedNode('d', `http://127.0.0.1:${d.port}`), ...token }
    await c.engine.refreshRegistry()
    const sent = c.send({ body: messagesBody() })
    await advanceUntil(sent, c.clock, d.clock)
    expect((await sent).status).toBe(503)
  })
})

describe('a node that must not be reached', () => {
  const refusal = async (engine: TestEngine) => {
    const answer = await engine.send({ body: messagesBody() })
    expect(answer.status).toBe(502)
    expect(engine.breakers).toEqual([])
    return ourError(answer).message
  }

  test('because it is this proxy: refused at connect, blamed on nobody', async () => {
    const engine = await startTestEngine({ nodes: [] })
    engine.database.nodes = ['127.0.0.1', 'localhost'].map((host) => ({
      name: host,
      url: `http://${host}:${engine.port}`,
    }))
    await engine.engine.refreshRegistry()
    expect(await refusal(engine)).toContain(`port ${engine.port} on this machine is Switchyard itself`)
    expect(engine.exchanges).toHaveLength(1)
  })

  test('because it is another port of ours', async () => {
    const node = await startNode()
    const source = sourceOf([keyedNode('node', node.url)])
    const engine = await startEngineOn({ source, ownPorts: () => [node.port] })
    expect((await engine.send({ body: messagesBody() })).status).toBe(502)
    expect(node.requests).toEqual([])
  })

  test.each(['http://169.254.169.254', 'http://[fe80::1]', 'http://0.0.0.0:1', 'http://[::ffff:a9fe:a9fe]:80'])(
    'because of its address: %s gets into no connect, wherever it came from',
    async (url) => {
      const engine = await startTestEngine({ nodes: [{ name: 'node', url }] })
      expect(await refusal(engine)).toContain("refused by Switchyard's address check")
    },
  )
})
