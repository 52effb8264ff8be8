// What every step of a node's test is given: the node, the way to it, and the room.
import type { Settings } from '../../shared/settings/settings.ts'
import type { Clock, KeyedNode, OpenKey } from '../ports.ts'
import type { ProtocolModule } from '../protocols/protocol.ts'
import { requestHeaders } from '../upstream/request-headers.ts'
import type { SocketPool, UpstreamRequest } from '../upstream/socket-pool.ts'
import { type UpstreamBase, upstreamTarget } from '../upstream/target.ts'
import type { Upstreams } from '../upstream/upstreams.ts'

export type TestRoom = {
  readonly clock: Clock
  readonly settings: () => Settings
  readonly upstreams: Upstreams
  readonly redact: (text: string) => string
  readonly instanceId: string
  readonly version: string
}

export type TestPlace = {
  readonly keyed: KeyedNode
  readonly protocol: ProtocolModule
  readonly base: UpstreamBase
  /** The one of real requests, so that address checks, proxy and certificates are theirs. */
  readonly pool: SocketPool
  readonly room: TestRoom
  /** Knows the node's own secrets too: the node need not be registered. */
  readonly redact: (text: string) => string
  readonly signal: AbortSignal
}

/** A request as a client of the protocol would send it through us. `target` as it follows the base URL. */
export function testRequest(
  place: TestPlace,
  key: OpenKey | null,
  asked: { readonly target: string; readonly body: Buffer | null },
): UpstreamRequest {
  const { keyed, protocol, room } = place
  const content = asked.body === null ? [] : ['content-type', 'application/json']
  return {
    method: asked.body === null ? 'GET' : 'POST',
    path: upstreamTarget(place.base, asked.target),
    body: asked.body,
    headers: requestHeaders({
      clientRawHeaders: ['user-agent', `switchyard/${room.version}`, ...content, ...protocol.test.headers],
      auth: keyed.node.auth,
      secret: key?.secret ?? null,
      identityEncoding: true,
      bodyDecoded: false,
      via: room.instanceId,
    }),
  }
}

/** Host and port, as a person looks for them. */
export function placeOf({ base }: Pick<TestPlace, 'base'>): { readonly host: string; readonly place: string } {
  const { hostname, port, protocol } = new URL(base.origin)
  return { host: hostname, place: `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}` }
}
