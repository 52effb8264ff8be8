// Nodes that are reached through real proxies: by the name node.test, which no proxy of the tests takes for loopback.
import { expect } from 'vitest'
import { testCa } from '../harness/certificates.ts'
import type { TestNode } from '../harness/engine.ts'
import type { Credentials, TestProxy } from '../harness/proxies.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { startTlsFront } from '../harness/tls-front.ts'
import type { FaultEngine } from './scene.ts'

export const HOST = 'node.test'
export const credentials: Credentials = { user: 'clerk', password: 'proxy-pass-7731' }

/** The fields by which a node goes through this proxy. */
export function through(proxy: TestProxy, given: Credentials | null = null): Partial<TestNode> {
  const own = given === null ? {} : { proxyUser: given.user, proxyPassword: given.password }
  return { proxy: proxy.url, ...own }
}

/** Plain HTTP under a name that is not loopback. */
export function named(node: ScriptedUpstream, fields: Partial<TestNode>): TestNode {
  return { name: node.name, url: `http://${HOST}:${node.port}`, ...fields }
}

/** HTTPS under that name, with a certificate that only the test's own authority vouches for. */
export async function secured(node: ScriptedUpstream, fields: Partial<TestNode>): Promise<TestNode> {
  const front = await startTlsFront(node.port)
  return { name: node.name, url: `https://${HOST}:${front.port}`, ca: testCa, ...fields }
}

/** Neither the password nor what carries it is in anything that was logged or recorded. */
export function expectNoSecretOf(engine: FaultEngine, { user, password }: Credentials): void {
  const said = JSON.stringify([engine.log, engine.exchanges, engine.decisions])
  expect(said).not.toContain(password)
  expect(said).not.toContain(Buffer.from(`${user}:${password}`).toString('base64'))
}
