// Two nodes behind the daemon with a tap between it and the client: what either end sent is what the other one got.
import { expect, onTestFinished } from 'vitest'
import { nodeSecret } from '../harness/daemon-setup.ts'
import { headerOf } from '../harness/http-bytes.ts'
import type { RecordedRequest } from '../harness/recorded-request.ts'
import { startWireTap, type TappedRequest } from '../harness/wire-tap.ts'
import { startTwoNodes, type TwoNodes, type TwoNodesOptions } from './two-nodes.ts'

export type TappedNodes = TwoNodes & {
  /** The base URL for the client. */
  readonly clientUrl: string
  /** What went over the client's own sockets. */
  readonly clientRequests: () => readonly TappedRequest[]
}

export async function startTappedNodes(options: TwoNodesOptions): Promise<TappedNodes> {
  const scene = await startTwoNodes(options)
  const tap = await startWireTap(scene.daemon.proxyPort)
  onTestFinished(tap.close)
  return { ...scene, clientUrl: tap.url, clientRequests: tap.requests }
}

/** The node got what the client sent, but for the credential; the client got what the node sent, to the byte. */
export function expectByteExact(client: TappedRequest, node: RecordedRequest, scene: TwoNodes): void {
  expect(node.method).toBe(client.method)
  expect(node.target).toBe(client.target)
  expect(node.bodySha256).toBe(client.bodySha256)
  expect(endToEnd(node.rawHeaders)).toEqual(endToEnd(client.rawHeaders))
  // The credential is the node's own, and the client's is nowhere.
  expect(valuesOf(node.rawHeaders, credentialHeaders)).toContain(credentialOf(node, scene))
  expect(node.rawHeaders.join('\n')).not.toContain(scene.key)
  expect(client.answer).toMatchObject({ status: 200, complete: true, bodySha256: node.sentSha256() })
  expect(headerOf(client.answer?.rawHeaders ?? [], 'content-type')).toBe('text/event-stream; charset=utf-8')
}

const credentialHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']

/** Of one connection, set by the HTTP client, or ours by the contract: no part of what the tool said to the model. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...credentialHeaders,
  'host',
  'connection',
  'content-length',
  'accept-encoding',
  'x-switchyard-via',
])

function endToEnd(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && !ownHeaders.has(name.toLowerCase()) ? [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`] : [],
  )
}

function valuesOf(rawHeaders: readonly string[], names: readonly string[]): readonly string[] {
  return names.flatMap((name) => headerOf(rawHeaders, name) ?? [])
}

function credentialOf(node: RecordedRequest, { b }: TwoNodes): string {
  const secret = nodeSecret(b.name)
  return node.header('authorization') === null ? secret : `Bearer ${secret}`
}
