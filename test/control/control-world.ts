// A real host behind one of its bridges, for the suite that every bridge must pass.
import { ORPCError } from '@orpc/client'
import { onTestFinished } from 'vitest'
import { createControlClient } from '../../src/headless/control-client.ts'
import { openHttpBridge } from '../../src/headless/http-bridge.ts'
import type { ControlRouter } from '../../src/host/host.ts'
import { openMessagePortBridge } from '../harness/message-port-bridge.ts'
import { openTestHost, type TestHost } from '../host/open-test-host.ts'

/** What both clients can: the HTTP client's types are the looser ones, and JSON is all the contract has. */
export type SuiteClient = Omit<ReturnType<typeof createControlClient>, 'session'>

export type BridgeKind = {
  readonly name: string
  /** Closed at the end of the test. */
  readonly open: (router: ControlRouter, token?: string) => Promise<SuiteClient>
}

export const overHttp: BridgeKind = {
  name: 'HTTP',
  open: async (router, token = 'control-token-of-this-test') => {
    const status = () => ({ draining: false, version: '0.0.0-test', instanceId: 'test', pid: process.pid })
    const errors: unknown[] = []
    // A procedure that failed is the host's to tell, and some of these tests make it fail.
    const report = (error: unknown) => void (error instanceof ORPCError || errors.push(error))
    const bridge = await openHttpBridge({ router, status, token, port: 0, onError: report })
    onTestFinished(async () => {
      await bridge.close()
      if (errors.length > 0) throw new AggregateError(errors, 'the bridge met errors')
    })
    return createControlClient(bridge.port, token)
  },
}

export const overMessagePort: BridgeKind = {
  name: 'a message port',
  open: (router) => {
    const bridge = openMessagePortBridge(router)
    onTestFinished(bridge.close)
    return Promise.resolve(bridge.client)
  },
}

export type ControlWorld = { readonly kind: BridgeKind; readonly host: TestHost; readonly client: SuiteClient }

export async function openControlWorld(kind: BridgeKind, dataDirectory?: string): Promise<ControlWorld> {
  const host = await openTestHost(dataDirectory === undefined ? {} : { dataDirectory })
  return { kind, host, client: await kind.open(host.host.router, host.host.controlToken) }
}

/** As after a first start, but for the ledger. */
export async function clear({ client }: ControlWorld): Promise<void> {
  for (const { name } of await client.clientKeys.list()) await client.clientKeys.revoke({ ref: name })
  for (const { name } of await client.nodes.list()) await client.nodes.remove({ ref: name })
  for (const { name } of await client.pools.list()) if (name !== 'default') await client.pools.remove({ name })
  for (const { name, source } of await client.settings.list()) {
    if (source === 'database') await client.settings.reset({ name })
  }
}

export const SECRET = 'sk-contract-suite-secret-7777'

export function addNode({ client }: Pick<ControlWorld, 'client'>, name = 'relay-a') {
  return client.nodes.create({ name, baseUrl: `https://${name}.example`, keys: [{ secret: SECRET, label: 'main' }] })
}
