// Who writes through the control plane while it may die, each its own records, and what each knows of them.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { ControlAnswer, ControlApi } from '../../harness/control-api.ts'
import type { Daemon } from '../../harness/daemon.ts'
import { request } from '../../harness/http-client.ts'
import { messagesBody } from '../../harness/messages-body.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'
import type { Alive } from './kill-loop-traffic.ts'

export type Writer = {
  /** Writes until the signal, one write after the other; true when the daemon died under a write. */
  readonly writeOn: (alive: Alive & { readonly onAcknowledged: () => void }) => Promise<boolean>
  /** What is not as acknowledged, as sentences. What was found counts from then on. */
  readonly check: (running: Omit<Alive, 'signal'>) => Promise<readonly string[]>
  readonly acknowledged: () => number
}

const NODES = 4
const CLIENT_KEYS_MAX = 10

export function createWriters(upstream: ScriptedUpstream, random: () => number): readonly Writer[] {
  const nodes = Array.from({ length: NODES }, (_, at) => createNodeWriter(`node-${at + 1}`, upstream, random))
  return [...nodes, createClientKeyWriter(), createSettingWriter()]
}

/** One record whose keeper may die at any moment: what the last answer made of it, and what one without an answer may have. */
type Truth<T> = { known: T; perhaps: readonly T[] }

type Write<T> = { readonly next: T; readonly send: (api: ControlApi) => Promise<ControlAnswer> }

type Record<T> = {
  readonly name: string
  readonly truth: Truth<T>
  readonly nextWrite: (known: T) => Write<T>
  readonly onAcknowledged?: (next: T, answer: ControlAnswer) => void
}

function createRecordWriter<T>(
  record: Record<T>,
  read: (running: { readonly daemon: Daemon; readonly api: ControlApi }) => Promise<T>,
): Writer {
  const { name, truth } = record
  const refusals: string[] = []
  let acknowledged = 0
  return {
    acknowledged: () => acknowledged,
    writeOn: async ({ api, signal, onAcknowledged }) => {
      while (!signal.aborted) {
        const { next, send } = record.nextWrite(truth.known)
        truth.perhaps = [next]
        const answer = await send(api)
        if (answer.status === null) {
          if (!signal.aborted) refusals.push(`${name}: a write broke off with ${answer.errorCode} before the kill`)
          return true
        }
        truth.perhaps = []
        if (answer.acknowledged) {
          acknowledged++
          onAcknowledged()
          truth.known = next
          record.onAcknowledged?.(next, answer)
        } else refusals.push(`${name}: a write was answered with ${answer.status}: ${answer.text}`)
      }
      return false
    },
    check: async (running) => {
      const found = await read(running)
      const { known, perhaps } = truth
      truth.known = found
      truth.perhaps = []
      const right = [known, ...perhaps].some((possible) => isDeepStrictEqual(possible, found))
      const wrong = `${name} is ${JSON.stringify(found)}; acknowledged was ${JSON.stringify(known)}, under way ${JSON.stringify(perhaps)}`
      return [...refusals.splice(0), ...(right ? [] : [wrong])]
    },
  }
}

type KeptNode = { readonly secret: string; readonly priority: number } | null

const nodeViews = z.array(
  z.looseObject({ name: z.string(), priority: z.number(), keys: z.array(z.looseObject({ last4: z.string() })) }),
)

/** A node that comes, changes and goes, alone in a pool of its own: who asks that pool sees which key the vault opens. */
function createNodeWriter(name: string, upstream: ScriptedUpstream, random: () => number): Writer {
  const pool = `pool-of-${name}`
  let clientKey: string | null = null
  let secrets = 0
  const newSecret = (): string => `secret-${++secrets}-of-${name}`
  const nextWrite = (known: KeptNode): Write<KeptNode> => {
    if (known === null) {
      const next = { secret: newSecret(), priority: 1 }
      const node = {
        name,
        baseUrl: upstream.url,
        pools: [pool],
        priority: next.priority,
        keys: [{ secret: next.secret }],
      }
      return { next, send: (api) => api.call('POST', '/nodes', node) }
    }
    const choice = random()
    if (choice < 0.15) return { next: null, send: (api) => api.call('DELETE', `/nodes/${name}`) }
    if (choice < 0.5) {
      const next = { ...known, priority: 1 + Math.floor(random() * 100) }
      return { next, send: (api) => api.call('PATCH', `/nodes/${name}`, { priority: next.priority }) }
    }
    const next = { ...known, secret: newSecret() }
    return { next, send: (api) => api.call('PATCH', `/nodes/${name}`, { keys: [{ secret: next.secret }] }) }
  }
  return createRecordWriter<KeptNode>(
    { name, truth: { known: null, perhaps: [] }, nextWrite },
    async ({ daemon, api }) => {
      if (clientKey === null) {
        await api.done('POST', '/pools', { name: pool })
        const made = await api.done('POST', '/client-keys', { name: `client-of-${name}`, pools: [pool] })
        clientKey = z.looseObject({ key: z.string() }).parse(made).key
      }
      const view = nodeViews.parse(await api.done('GET', '/nodes')).find((node) => node.name === name)
      if (view === undefined) return null
      return { secret: await secretThatArrives(daemon, clientKey, upstream), priority: view.priority }
    },
  )
}

/** The credential with which the node is asked. */
async function secretThatArrives(daemon: Daemon, key: string, upstream: ScriptedUpstream): Promise<string> {
  const before = upstream.requests.length
  await request({ port: daemon.proxyPort, headers: { authorization: `Bearer ${key}` }, body: messagesBody() })
  const header = upstream.requests[before]?.header('authorization')
  return header?.replace(/^Bearer /, '') ?? 'the node was not asked'
}

/** Local keys that come and, when there are many, go: known by their names, oldest first. */
function createClientKeyWriter(): Writer {
  const tokens = new Map<string, string>()
  let made = 0
  const nextWrite = (known: readonly string[]): Write<readonly string[]> => {
    const [oldest] = known
    if (oldest !== undefined && known.length >= CLIENT_KEYS_MAX) {
      return { next: known.slice(1), send: (api) => api.call('DELETE', `/client-keys/${oldest}`) }
    }
    const name = `extra-${String(++made).padStart(5, '0')}`
    return { next: [...known, name], send: (api) => api.call('POST', '/client-keys', { name, pools: ['traffic'] }) }
  }
  const keys = z.array(z.looseObject({ name: z.string() }))
  return createRecordWriter<readonly string[]>(
    {
      name: 'the local keys',
      truth: { known: [], perhaps: [] },
      nextWrite,
      onAcknowledged: (next, { json }) => {
        const created = z.looseObject({ key: z.string() }).safeParse(json)
        const name = next.at(-1)
        if (created.success && name !== undefined) tokens.set(name, created.data.key)
      },
    },
    async ({ daemon, api }) => {
      const names = keys.parse(await api.done('GET', '/client-keys')).map(({ name }) => name)
      const extra = names.filter((name) => name.startsWith('extra-')).toSorted()
      // The newest acknowledged one still opens the proxy: what is kept is the hash of what was shown.
      const newest = extra.findLast((name) => tokens.has(name))
      if (newest === undefined) return extra
      const headers = { authorization: `Bearer ${tokens.get(newest)}` }
      const { status } = await request({ port: daemon.proxyPort, path: '/v1/models', headers })
      return status === 200 ? extra : [...extra.filter((name) => name !== newest), `${newest}, refused with ${status}`]
    },
  )
}

/** One setting whose every value is new; it changes nothing that the loop does. */
function createSettingWriter(): Writer {
  const name = 'silenceTimeoutMs'
  const first = 240_000
  let last = first
  const setting = z.looseObject({ value: z.number() })
  return createRecordWriter<number>(
    {
      name: `the setting ${name}`,
      truth: { known: first, perhaps: [] },
      nextWrite: () => {
        const next = ++last
        return { next, send: (api) => api.call('PUT', '/settings', { values: { [name]: next } }) }
      },
    },
    async ({ api }) => setting.parse(await api.done('GET', `/settings/${name}`)).value,
  )
}
