// Requests through the proxy while it may die, and the exchanges that the daemon listed: those it must keep.
import { z } from 'zod'
import type { ControlApi } from '../../harness/control-api.ts'
import type { Daemon } from '../../harness/daemon.ts'
import { request } from '../../harness/http-client.ts'
import { messagesBody } from '../../harness/messages-body.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'

export type Alive = { readonly daemon: Daemon; readonly api: ControlApi; readonly signal: AbortSignal }

export type Traffic = {
  /** A node and a local key of its own, once. */
  readonly prepare: (api: ControlApi) => Promise<void>
  /** Until the signal; resolves when nothing is under way any more. */
  readonly sendOn: (alive: Alive) => Promise<void>
  /** What the daemon has ever listed: ids with the number of their attempts. */
  readonly acknowledged: () => ReadonlyMap<string, number>
}

const POOL = 'traffic'
const exchanges = z.array(z.looseObject({ id: z.string(), attempts: z.array(z.unknown()) }))

export function createTraffic(upstream: ScriptedUpstream): Traffic {
  const acknowledged = new Map<string, number>()
  let key: string | null = null

  async function send({ daemon, signal }: Alive): Promise<void> {
    while (!signal.aborted) {
      const headers = { authorization: `Bearer ${key}` }
      await request({ port: daemon.proxyPort, headers, body: messagesBody() })
    }
  }

  async function list({ api, signal }: Alive): Promise<void> {
    while (!signal.aborted) {
      const answer = await api.call('GET', '/exchanges?limit=100')
      const listed = exchanges.safeParse(answer.json)
      if (answer.acknowledged && listed.success)
        for (const { id, attempts } of listed.data) acknowledged.set(id, attempts.length)
    }
  }

  return {
    prepare: async (api) => {
      if (key !== null) return
      await api.done('POST', '/nodes', {
        name: 'traffic',
        baseUrl: upstream.url,
        pools: [POOL],
        keys: [{ secret: 'node-secret-of-the-traffic-node' }],
      })
      const made = await api.done('POST', '/client-keys', { name: 'traffic', pools: [POOL] })
      key = z.looseObject({ key: z.string() }).parse(made).key
    },
    sendOn: async (alive) => {
      await Promise.all([send(alive), send(alive), list(alive)])
    },
    acknowledged: () => acknowledged,
  }
}
