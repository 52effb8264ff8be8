// What every bridge of the control plane must do: all procedures, typed errors, events with cancellation and resume.
import { getEventMeta } from '@orpc/client'
import { implement } from '@orpc/server'
import { describe, expect, test } from 'vitest'
import { contract } from '../../src/shared/contract/contract.ts'
import { type Push, pushSchema } from '../../src/shared/contract/push.ts'
import { procedureNames } from '../headless/control-requests.ts'
import { openTestHost } from '../host/open-test-host.ts'
import { type BridgeKind, clear, openControlWorld, type SuiteClient } from './control-world.ts'
import { happyPaths } from './happy-paths.ts'
import { typedErrors } from './typed-errors.ts'

export function describeBridge(kind: BridgeKind): void {
  describe(`the control plane over ${kind.name}`, () => {
    test('the suite has a good call of every procedure of the contract', () => {
      expect(Object.keys(happyPaths).toSorted()).toEqual([...procedureNames].toSorted())
    })

    test('every procedure answers', async () => {
      // One host for all of them: a start is what takes the time.
      const world = await openControlWorld(kind)
      for (const [name, act] of Object.entries(happyPaths)) {
        await act(world).catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`, { cause: error })
        })
        await clear(world)
      }
    })

    test.each(typedErrors)('an error travels whole: $name', async ({ act, error }) => {
      const world = await openControlWorld(kind)
      await expect(act(world)).rejects.toMatchObject(error)
    })

    describeEvents(kind)
  })
}

function describeEvents(kind: BridgeKind): void {
  test('a change is pushed with its event, its lists and its node', async () => {
    const { client } = await openControlWorld(kind)
    const pushes = await client.events()
    const first = await nextPush(pushes)
    await client.nodes.create({ name: 'relay-a', baseUrl: 'https://relay-a.example' })
    const { events, changed, nodes, revisions } = await follow(pushes, (seen) => seen.changed.includes('nodes'))
    expect(events).toMatchObject([{ type: 'decisionMade', decision: { kind: 'node-added' } }])
    expect(changed).toEqual(expect.arrayContaining(['nodes', 'pools']))
    expect(nodes).toMatchObject([{ name: 'relay-a' }])
    expect(revisions[0]).toBe(first.revision + 1)
    await pushes.return?.()
  })

  test('a follower that comes back with the id of its last push goes on where it was', async () => {
    const { client, host } = await openControlWorld(kind)
    const pushes = await client.events()
    const first = await nextPush(pushes)
    const lastEventId = getEventMeta(first)?.id
    expect(lastEventId).toBe(`${host.host.instanceId}:${first.revision}`)
    await pushes.return?.()
    await client.nodes.create({ name: 'relay-a', baseUrl: 'https://relay-a.example' })
    const again = await client.events(undefined, lastEventId === undefined ? {} : { lastEventId })
    const { events, gaps } = await follow(again, (seen) => seen.events.length > 0)
    expect(gaps).toEqual([false])
    expect(events).toMatchObject([{ type: 'decisionMade', decision: { kind: 'node-added' } }])
    await again.return?.()
    const stranger = await client.events(undefined, { lastEventId: 'sw_other:1' })
    expect((await stranger.next()).value).toMatchObject({ gap: true, nodes: [{ name: 'relay-a' }] })
    await stranger.return?.()
  })

  test('the host lets go of a follower that leaves, by a signal and by return', async () => {
    const ended: string[] = []
    const { host } = await openTestHost()
    const client = await kind.open({ ...host.router, events: eventsThatNote(ended) })
    const abort = new AbortController()
    const waiting = await client.events(undefined, { signal: abort.signal })
    await waiting.next()
    const next = waiting.next()
    abort.abort()
    await expect(next).rejects.toThrow()
    await expect.poll(() => ended).toEqual(['ended'])
    const leaving = await client.events()
    await leaving.next()
    await leaving.return?.()
    await expect.poll(() => ended).toEqual(['ended', 'ended'])
  })

  test('followers end when the host stops', async () => {
    const { client, host } = await openControlWorld(kind)
    const pushes = await client.events()
    await pushes.next()
    const rest = (async () => {
      for await (const push of pushes) expect(push.gap).toBe(false)
    })()
    await host.host.stop()
    await rest
  })

  test('many calls at once get their own answers', async () => {
    const { client } = await openControlWorld(kind)
    const names = Array.from({ length: 20 }, (_, at) => `pool-${at}`)
    const created = await Promise.all(names.map((name) => client.pools.create({ name })))
    expect(created.map(({ name }) => name)).toEqual(names)
  })
}

type Pushes = Awaited<ReturnType<SuiteClient['events']>>

/** Keeps what the library hangs on it: its id. */
async function nextPush(pushes: Pushes): Promise<Push> {
  const { done, value } = await pushes.next()
  if (done === true) throw new Error('the pushes have ended')
  pushSchema.parse(value)
  return value
}

/** All that was pushed until there is enough. */
async function follow(
  pushes: Pushes,
  isEnough: (seen: Readonly<Record<'events' | 'changed', readonly unknown[]>>) => boolean,
) {
  const seen = {
    events: [] as unknown[],
    changed: [] as string[],
    nodes: [] as unknown[],
    revisions: [] as number[],
    gaps: [] as boolean[],
  }
  while (!isEnough(seen)) {
    const push = await nextPush(pushes)
    seen.events.push(...push.events)
    seen.changed.push(...push.changed)
    seen.nodes.push(...push.nodes)
    seen.revisions.push(push.revision)
    seen.gaps.push(push.gap)
  }
  return seen
}

/** Pushes once, then waits until the follower is gone, and says so. */
function eventsThatNote(ended: string[]) {
  return implement(contract).events.handler(async function* ({ signal }) {
    try {
      yield { revision: 1, instanceId: 'test', gap: true, events: [], dropped: 0, changed: [], nodes: [] }
      await new Promise((resolve) => {
        signal?.addEventListener('abort', resolve, { once: true })
      })
    } finally {
      ended.push('ended')
    }
  })
}
