// With 1,000 nodes registered, what is changed through the control plane is in force for the very next request.
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { openStorage } from '../../src/storage/open-storage.ts'
import { type ControlApi, controlApi } from '../harness/control-api.ts'
import { type Daemon, startDaemon } from '../harness/daemon.ts'
import { request } from '../harness/http-client.ts'
import { DEFAULT_MODEL, messagesBody } from '../harness/messages-body.ts'
import type { RecordedRequest } from '../harness/recorded-request.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { sampleNode } from '../storage/samples.ts'
import { temporaryDirectory } from '../storage/temporary-directory.ts'

const NODES = 1000
const POOLS = 100

type Scene = { readonly api: ControlApi; readonly ask: () => Promise<Asked> }
/** Who was asked, and what arrived there. */
type Asked = { readonly node: string; readonly model: unknown; readonly credential: string | null }

/** Two reachable nodes, a before b, in a pool of their own beside 100 pools of ten. */
async function startScene(): Promise<Scene> {
  const a = await started('a')
  const b = await started('b')
  const dataDirectory = await temporaryDirectory()
  await fillDatabase(dataDirectory)
  const daemon = await startDaemon({ dataDirectory })
  onTestFinished(daemon.close)
  const api = await controlApi(daemon)
  for (const [at, { name, url }] of [a, b].entries()) {
    const node = { name, baseUrl: url, priority: at + 1, pools: ['few'], keys: [{ secret: `first-secret-of-${name}` }] }
    await api.done('POST', '/nodes', node)
  }
  const made = await api.done('POST', '/client-keys', { name: 'tool', pools: ['few'] })
  const { key } = z.looseObject({ key: z.string() }).parse(made)
  expect(z.array(z.unknown()).parse(await api.done('GET', '/nodes'))).toHaveLength(NODES + 2)
  return { api, ask: () => askThrough(daemon, key, [a, b]) }
}

async function started(name: string): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream({ name })
  onTestFinished(upstream.close)
  return upstream
}

/** Past the control plane: a thousand calls would be all that this test does. */
async function fillDatabase(directory: string): Promise<void> {
  const storage = await openStorage({ directory })
  const nodes = Array.from({ length: NODES }, (_, at) =>
    sampleNode({ id: `node-${at}`, pools: [`pool-${at % POOLS}`], baseUrl: `https://relay-${at}.example` }),
  )
  await Promise.all(nodes.map((node) => storage.insertNode(node, [])))
  await storage.close()
}

async function askThrough(daemon: Daemon, key: string, upstreams: readonly ScriptedUpstream[]): Promise<Asked> {
  const before = upstreams.map(({ requests }) => requests.length)
  const headers = { authorization: `Bearer ${key}` }
  const answer = await request({ port: daemon.proxyPort, headers, body: messagesBody({ model: DEFAULT_MODEL }) })
  const arrived = upstreams.flatMap((upstream, at) => {
    const one: RecordedRequest | undefined = upstream.requests[before[at] ?? 0]
    return one === undefined ? [] : [{ name: upstream.name, request: one }]
  })
  const [only, ...more] = arrived
  if (only === undefined || more.length > 0) throw new Error(`${arrived.length} nodes were asked: ${answer.text}`)
  const { json } = only.request
  return {
    node: only.name,
    model: typeof json === 'object' && json !== null && 'model' in json ? json.model : null,
    credential: only.request.header('authorization'),
  }
}

test('priority, enabled, model map, keys, pools and removal count for the next request', {
  timeout: 60_000,
}, async () => {
  const { api, ask } = await startScene()
  expect(await ask()).toEqual({ node: 'a', model: DEFAULT_MODEL, credential: 'Bearer first-secret-of-a' })

  await api.done('PATCH', '/nodes/b', { priority: 1 })
  await api.done('PATCH', '/nodes/a', { priority: 2 })
  expect(await ask()).toMatchObject({ node: 'b' })

  await api.done('PATCH', '/nodes/b', { enabled: false })
  expect(await ask()).toMatchObject({ node: 'a' })
  await api.done('PATCH', '/nodes/b', { enabled: true })
  expect(await ask()).toMatchObject({ node: 'b' })

  await api.done('PATCH', '/nodes/b', { modelMap: [{ from: DEFAULT_MODEL, to: 'its-own-name' }] })
  expect(await ask()).toMatchObject({ node: 'b', model: 'its-own-name' })
  await api.done('PATCH', '/nodes/b', { models: ['another-model'], modelMap: [] })
  expect(await ask()).toMatchObject({ node: 'a', model: DEFAULT_MODEL })
  await api.done('PATCH', '/nodes/b', { models: [] })

  await api.done('PATCH', '/nodes/b', { keys: [{ secret: 'second-secret-of-b' }] })
  expect(await ask()).toMatchObject({ node: 'b', credential: 'Bearer second-secret-of-b' })

  await api.done('PATCH', '/nodes/b', { pools: ['pool-7'] })
  expect(await ask()).toMatchObject({ node: 'a' })
  await api.done('PATCH', '/nodes/b', { pools: ['few', 'pool-7'] })
  expect(await ask()).toMatchObject({ node: 'b' })

  await api.done('DELETE', '/nodes/b')
  expect(await ask()).toMatchObject({ node: 'a' })
})
