// The contract suite over HTTP, and what only HTTP has: tokens and keys.
import { expect, test } from 'vitest'
import { openHttpBridge } from '../../src/headless/http-bridge.ts'
import { guardedRequests, isChange } from '../headless/control-requests.ts'
import { openTestHost } from '../host/open-test-host.ts'
import { describeBridge } from './contract-suite.ts'
import { overHttp } from './control-world.ts'

describeBridge(overHttp)

test('a client key of this very host opens none of the operations', async () => {
  const { host, client } = await openTestHost()
  const { key } = await client.clientKeys.create({ name: 'laptop' })
  const { router, controlToken: token, status } = host
  await using bridge = Object.assign(
    await openHttpBridge({ router, token, status, port: 0, onError: () => undefined }),
    {
      [Symbol.asyncDispose]: () => bridge.close(),
    },
  )
  for (const { name, method, target } of guardedRequests) {
    for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }, { 'x-goog-api-key': key }]) {
      const change = { headers: { ...headers, 'content-type': 'application/json' }, body: '{}' }
      const answer = await fetch(bridge.url + target, { method, ...(isChange({ method }) ? change : { headers }) })
      expect(answer.status, `${name} ${Object.keys(headers).join('')}`).toBe(401)
      await answer.arrayBuffer()
    }
  }
  expect((await client.clientKeys.list()).map(({ name }) => name)).toEqual(['laptop'])
  expect(host.status().draining).toBe(false)
})
