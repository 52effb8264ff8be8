// The contract suite over a message port, and what its gate throws away.
import { expect, onTestFinished, test } from 'vitest'
import { createCondition } from '../harness/condition.ts'
import { openMessagePortBridge } from '../harness/message-port-bridge.ts'
import { openTestHost } from '../host/open-test-host.ts'
import { describeBridge } from './contract-suite.ts'
import { overMessagePort } from './control-world.ts'

describeBridge(overMessagePort)

async function open() {
  const { host } = await openTestHost()
  const bridge = openMessagePortBridge(host.router)
  onTestFinished(bridge.close)
  return { host, ...bridge }
}

test('a name that is not in the contract is refused, also one every object has', async () => {
  const { link } = await open()
  for (const name of [
    'nothing',
    'nodes',
    'nodes.nothing',
    'nodes.list.call',
    'constructor',
    '__proto__',
    'nodes.__proto__.list',
  ]) {
    const call = link.call(name.split('.'), undefined, { context: {} })
    await expect(call, name).rejects.toMatchObject({ status: 404 })
  }
})

test('messages that are no requests are thrown away, and the bridge goes on', async () => {
  const { client, port, refused } = await open()
  const request = (p: object) => JSON.stringify({ i: '1', p })
  const garbage: readonly unknown[] = [
    '',
    'garbage',
    '{"i":',
    'null',
    '[]',
    '{}',
    1,
    null,
    undefined,
    { i: '1', p: { u: '/status' } },
    new Uint8Array([1, 2, 3]),
    request({}),
    request({ u: 'https://evil.example/status' }),
    request({ u: '/status', m: 'GET' }),
    request({ u: '/status', h: { 'content-type': 'multipart/form-data' } }),
    request({ u: '/status', h: { 'content-disposition': 'attachment' } }),
    request({ u: '/pools/create', b: { json: { name: 'x'.repeat(1024 * 1024) } } }),
    '{"i":"1","t":3,"p":{"e":"message","d":1}}',
    '{"i":"1","t":9,"p":{}}',
  ]
  for (const message of garbage) port.postMessage(message)
  expect(await client.status()).toMatchObject({ nodes: [] })
  expect(refused()).toBe(garbage.length)
})

test('input that the library cannot make sense of is bad input', async () => {
  const { port, client } = await open()
  const answers: string[] = []
  const changed = createCondition()
  port.on('message', (message: unknown) => {
    answers.push(String(message))
    changed.poke()
  })
  const bodies = [
    'x',
    { json: {}, meta: [[1, 'name']] },
    { json: { name: 'team' }, meta: [[1, '__proto__']] },
    { json: { name: 1 } },
  ]
  for (const [at, b] of bodies.entries())
    port.postMessage(JSON.stringify({ i: `mine-${at}`, p: { u: '/pools/create', b } }))
  await changed.until(
    () => (answers.length >= bodies.length ? true : undefined),
    () => `${bodies.length} answers, got ${answers.join('\n')}`,
  )
  for (const answer of answers) expect(answer).toContain('"s":400')
  expect((await client.pools.list()).map(({ name }) => name)).not.toContain('team')
})
