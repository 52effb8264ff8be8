// Live events: each subscriber has its own bounded queue and an end.
import { expect, test } from 'vitest'
import { createEngineEvents } from '../../src/engine/events.ts'
import { createEventFeed } from '../../src/host/control/event-feed.ts'
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'

function event(exchangeId: string): EngineEvent {
  return { type: 'exchangeCommitted', exchangeId, nodeName: 'relay' }
}

test('every subscriber gets every event from its subscription on, in order', async () => {
  const events = createEngineEvents()
  const feed = createEventFeed(events)
  const first = feed.subscribe()
  events.tell(event('1'))
  const second = feed.subscribe()
  events.tell(event('2'))
  expect((await first.next()).value).toEqual(event('1'))
  expect((await first.next()).value).toEqual(event('2'))
  expect((await second.next()).value).toEqual(event('2'))
})

test('one that waits is woken by the next event', async () => {
  const events = createEngineEvents()
  const waiting = createEventFeed(events).subscribe().next()
  events.tell(event('1'))
  expect(await waiting).toEqual({ done: false, value: event('1') })
})

test('one that does not read keeps the newest only', async () => {
  const events = createEngineEvents()
  const subscription = createEventFeed(events, 3).subscribe()
  for (const id of ['1', '2', '3', '4', '5']) events.tell(event(id))
  const read = []
  for (let count = 0; count < 3; count += 1) read.push((await subscription.next()).value)
  expect(read).toEqual([event('3'), event('4'), event('5')])
})

test('an abort ends a waiting subscription and takes no more events', async () => {
  const events = createEngineEvents()
  const abort = new AbortController()
  const subscription = createEventFeed(events).subscribe(abort.signal)
  const waiting = subscription.next()
  abort.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  events.tell(event('1'))
  expect((await subscription.next()).done).toBe(true)
})

test('a signal that was aborted before gives an ended subscription', async () => {
  const subscription = createEventFeed(createEngineEvents()).subscribe(AbortSignal.abort())
  expect((await subscription.next()).done).toBe(true)
})

test('return ends a subscription that waits', async () => {
  const subscription = createEventFeed(createEngineEvents()).subscribe()
  const waiting = subscription.next()
  await subscription.return?.()
  expect((await waiting).done).toBe(true)
})

test('a closing feed hands out what is queued and then ends, also for those who come later', async () => {
  const events = createEngineEvents()
  const feed = createEventFeed(events)
  const subscription = feed.subscribe()
  events.tell(event('1'))
  feed.close()
  expect(await subscription.next()).toEqual({ done: false, value: event('1') })
  expect((await subscription.next()).done).toBe(true)
  expect((await feed.subscribe().next()).done).toBe(true)
})
