// Live pushes: at most ten a second for all followers, with revisions, gaps, and an end.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { getEventMeta } from '@orpc/server'
import { expect, onTestFinished, test } from 'vitest'
import { createEngineEvents } from '../../src/engine/events.ts'
import { createEventFeed, type FeedLimits } from '../../src/host/control/event-feed.ts'
import type { Pushes } from '../../src/host/control/follower.ts'
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'
import { type Push, pushSchema } from '../../src/shared/contract/push.ts'
import type { NodeView } from '../../src/shared/model/node-status.ts'
import { createHeldClock } from '../harness/held-clock.ts'
import { nodeView } from '../headless/bridge-router.ts'

const LINGER_MS = 60_000

function event(exchangeId: string): EngineEvent {
  return { type: 'exchangeCommitted', exchangeId, nodeName: 'relay' }
}

function openFeed(limits?: FeedLimits) {
  const clock = createHeldClock()
  const engine = createEngineEvents()
  const world = { views: [nodeView({ name: 'relay' })], looks: 0, lookMs: 0, listeners: 0 }
  const feed = createEventFeed({
    events: {
      subscribe: (listener) => {
        world.listeners += 1
        const unsubscribe = engine.subscribe(listener)
        return () => {
          world.listeners -= 1
          unsubscribe()
        }
      },
    },
    clock,
    instanceId: 'sw_1',
    nodeViews: () => {
      world.looks += 1
      clock.jump({ wallMs: world.lookMs, monotonicMs: world.lookMs })
      return world.views
    },
    ...(limits === undefined ? {} : { limits }),
  })
  onTestFinished(() => {
    feed.close()
    expect(clock.pending()).toBe(0)
    expect(world.listeners).toBe(0)
  })
  const tell = (...ids: string[]): void => {
    for (const id of ids) engine.tell(event(id))
  }
  return { clock, feed, world, tell }
}

async function take(pushes: Pushes): Promise<Push> {
  const { value } = await pushes.next()
  return pushSchema.parse(value)
}

/** The push after its first one, the way every follower begins. */
async function begin(pushes: Pushes): Promise<void> {
  expect(await take(pushes)).toMatchObject({ gap: true })
}

function idsOf(push: Push): readonly string[] {
  return push.events.map((one) => ('exchangeId' in one ? one.exchangeId : ''))
}

/** Whether there is no push to take by now. */
async function nothingYet(pushes: Pushes): Promise<boolean> {
  const waiting = pushes.next().then(() => false)
  return Promise.race([waiting, nextTurn(true)])
}

test('a new follower gets all nodes at once, marked as a gap, and then what happens, one revision after the other', async () => {
  const { clock, feed, world, tell } = openFeed()
  const pushes = feed.subscribe()
  const first = await take(pushes)
  expect(first).toEqual({
    revision: first.revision,
    instanceId: 'sw_1',
    gap: true,
    events: [],
    dropped: 0,
    changed: [],
    nodes: world.views,
  })
  await clock.advance(5_000)
  tell('1')
  await clock.advance(1)
  const second = await take(pushes)
  expect(second).toMatchObject({ revision: first.revision + 1, gap: false, nodes: [] })
  expect(idsOf(second)).toEqual(['1'])
})

test('the first event after a quiet time goes out at once, those behind it together, ten pushes a second', async () => {
  const { clock, feed, tell } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  await clock.advance(500)
  const seen: Push[] = []
  const reading = (async () => {
    for await (const push of pushes) seen.push(push)
  })()
  for (let ms = 0; ms < 1_000; ms += 10) {
    tell(String(ms))
    await clock.advance(10)
  }
  feed.close()
  await reading
  expect(seen.length).toBeLessThanOrEqual(11)
  expect(idsOf(seen[0] ?? expect.fail('no push'))).toEqual(['0'])
  expect(seen.flatMap(idsOf)).toEqual(Array.from({ length: 100 }, (_, at) => String(at * 10)))
  expect(seen.map(({ revision }) => revision)).toEqual(seen.map((_, at) => (seen[0]?.revision ?? 0) + at))
})

test('all followers get the same pushes, and the nodes are looked at once for all of them', async () => {
  const { clock, feed, world, tell } = openFeed()
  const followers = [feed.subscribe(), feed.subscribe(), feed.subscribe()]
  for (const pushes of followers) await begin(pushes)
  await clock.advance(500)
  world.looks = 0
  tell('1')
  await clock.advance(1)
  const [first, ...others] = await Promise.all(followers.map(take))
  for (const other of others) expect(other).toEqual(first)
  expect(world.looks).toBe(1)
})

test('lists that changed are named once, and what changed with nobody watching is not kept', async () => {
  const { clock, feed } = openFeed()
  feed.tellChanged(['vault'])
  const pushes = feed.subscribe()
  await begin(pushes)
  feed.tellChanged(['nodes', 'pools'])
  feed.tellChanged(['pools'])
  await clock.advance(100)
  expect(await take(pushes)).toMatchObject({ changed: ['nodes', 'pools'], events: [] })
})

test('a node that looks different by time alone is pushed within a second, whole, and only that one', async () => {
  const { clock, feed, world } = openFeed()
  world.views = [nodeView({ name: 'a', status: 'circuit_breaker_open' }), nodeView({ name: 'b' })]
  const pushes = feed.subscribe()
  await begin(pushes)
  const [, b] = world.views
  const halfOpen = nodeView({ name: 'a', status: 'circuit_breaker_half_open' })
  world.views = b === undefined ? [] : [halfOpen, b]
  await clock.advance(1_100)
  expect(await take(pushes)).toMatchObject({ gap: false, events: [], nodes: [halfOpen] })
})

test('nothing is pushed while nothing differs, and a deadline that creeps by milliseconds is no difference', async () => {
  const { clock, feed, world } = openFeed()
  const cooling = (unavailableUntilMs: number): NodeView[] => [nodeView({ name: 'a', unavailableUntilMs })]
  world.views = cooling(1_000)
  const pushes = feed.subscribe()
  await begin(pushes)
  world.views = cooling(1_001)
  await clock.advance(5_000)
  expect(await nothingYet(pushes)).toBe(true)
  expect(world.looks).toBeGreaterThanOrEqual(5)
})

test('looks that take long are rarer, and what they would have shown comes when the rest is over', async () => {
  const { clock, feed, world, tell } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  await clock.advance(2_000)
  world.looks = 0
  world.lookMs = 30
  for (let ms = 0; ms < 1_200; ms += 50) {
    tell(String(ms))
    await clock.advance(50)
  }
  expect(world.looks).toBeLessThanOrEqual(3)
  world.views = [nodeView({ name: 'relay', status: 'isolated' })]
  tell('last')
  await clock.advance(1_000)
  const nodes: NodeView[] = []
  while (nodes.length === 0) nodes.push(...(await take(pushes)).nodes)
  expect(nodes).toMatchObject([{ status: 'isolated' }])
})

test('with nothing to tell there is one look a second, however quick it is', async () => {
  const { clock, feed, world } = openFeed()
  world.lookMs = 1
  feed.subscribe()
  world.looks = 0
  await clock.advance(10_000)
  expect(world.looks).toBeLessThanOrEqual(10)
  expect(world.looks).toBeGreaterThanOrEqual(8)
})

test('a node that went away makes the list stale', async () => {
  const { clock, feed, world } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  world.views = []
  await clock.advance(1_100)
  expect(await take(pushes)).toMatchObject({ changed: ['nodes'], nodes: [] })
})

test('more events than a push takes are counted', async () => {
  const { clock, feed, tell } = openFeed({ eventsMax: 3, pushesMax: 10, ringEventsMax: 30 })
  const pushes = feed.subscribe()
  await begin(pushes)
  tell('1', '2', '3', '4', '5')
  await clock.advance(100)
  const push = await take(pushes)
  expect(idsOf(push)).toEqual(['1', '2', '3'])
  expect(push).toMatchObject({ dropped: 2, gap: false })
})

test('one that does not read for too long gets a gap with all nodes as they are now, then goes on', async () => {
  const { clock, feed, tell } = openFeed({ eventsMax: 10, pushesMax: 3, ringEventsMax: 30 })
  const pushes = feed.subscribe()
  await begin(pushes)
  for (const id of ['1', '2', '3', '4', '5']) {
    tell(id)
    await clock.advance(100)
  }
  const gap = await take(pushes)
  expect(gap).toMatchObject({ gap: true, events: [], nodes: [{ name: 'relay' }] })
  tell('6')
  await clock.advance(100)
  const next = await take(pushes)
  expect(next).toMatchObject({ gap: false, revision: gap.revision + 1 })
  expect(idsOf(next)).toEqual(['6'])
})

test('the kept pushes are bounded by their events too', async () => {
  const { clock, feed, tell } = openFeed({ eventsMax: 10, pushesMax: 100, ringEventsMax: 4 })
  const pushes = feed.subscribe()
  await begin(pushes)
  for (const id of ['1', '2', '3']) {
    tell(id, `${id}b`)
    await clock.advance(100)
  }
  expect(await take(pushes)).toMatchObject({ gap: true })
})

test('one that comes back with the id of its last push gets what it missed, without a gap', async () => {
  const { clock, feed, tell } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  tell('1')
  await clock.advance(100)
  const { value } = await pushes.next()
  const lastEventId = getEventMeta(value)?.id
  expect(lastEventId).toBe(`sw_1:${value?.revision}`)
  await pushes.return?.()
  // Nobody follows now, and it is kept all the same.
  tell('2')
  await clock.advance(1_000)
  tell('3')
  await clock.advance(1_000)
  const again = feed.subscribe({ lastEventId })
  const missed = [await take(again), await take(again)]
  expect(missed.flatMap(idsOf)).toEqual(['2', '3'])
  expect(missed.map(({ gap }) => gap)).toEqual([false, false])
  expect(missed[0]?.revision).toBe((value?.revision ?? 0) + 1)
})

test('what nodes did while one was away comes to it too', async () => {
  const { clock, feed, world } = openFeed()
  const pushes = feed.subscribe()
  const { revision } = await take(pushes)
  await pushes.return?.()
  await clock.advance(10_000)
  world.views = [nodeView({ name: 'relay', status: 'isolated' })]
  const again = feed.subscribe({ lastEventId: `sw_1:${revision}` })
  expect(await take(again)).toMatchObject({ gap: false, nodes: [{ status: 'isolated' }] })
})

test('one that comes from another daemon, from the future or with a strange id begins anew', async () => {
  const { feed } = openFeed()
  const { revision } = await take(feed.subscribe())
  for (const lastEventId of [`sw_2:${revision}`, `sw_1:${revision + 1}`, 'sw_1:', 'sw_1:-1', 'sw_1:1e1', 'x', '']) {
    expect(await take(feed.subscribe({ lastEventId })), lastEventId).toMatchObject({ gap: true })
  }
})

test('a minute after the last follower left the engine tells nobody any more', async () => {
  const { clock, feed, world, tell } = openFeed()
  expect(world.listeners).toBe(0)
  const pushes = feed.subscribe()
  const { revision } = await take(pushes)
  await pushes.return?.()
  expect(world.listeners).toBe(1)
  await clock.advance(LINGER_MS)
  expect(world.listeners).toBe(0)
  expect(clock.pending()).toBe(0)
  tell('unheard')
  const again = feed.subscribe({ lastEventId: `sw_1:${revision}` })
  expect(await take(again)).toMatchObject({ gap: true })
})

test('the nodes are not looked at while nobody follows', async () => {
  const { clock, feed, world, tell } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  await pushes.return?.()
  world.looks = 0
  tell('1')
  await clock.advance(5_000)
  expect(world.looks).toBe(0)
})

test('an abort ends a waiting follower, also one that was aborted before', async () => {
  const { feed } = openFeed()
  const abort = new AbortController()
  const pushes = feed.subscribe({ signal: abort.signal })
  await begin(pushes)
  const waiting = pushes.next()
  abort.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect((await pushes.next()).done).toBe(true)
  expect((await feed.subscribe({ signal: AbortSignal.abort() }).next()).done).toBe(true)
})

test('return ends a follower that waits', async () => {
  const { feed } = openFeed()
  const pushes = feed.subscribe()
  await begin(pushes)
  const waiting = pushes.next()
  await pushes.return?.()
  expect((await waiting).done).toBe(true)
})

test('a closing feed hands out what there is and then ends, also for those who come later', async () => {
  const { feed, tell } = openFeed()
  const pushes = feed.subscribe()
  tell('1')
  feed.close()
  await begin(pushes)
  expect(idsOf(await take(pushes))).toEqual(['1'])
  expect((await pushes.next()).done).toBe(true)
  expect((await feed.subscribe().next()).done).toBe(true)
})
