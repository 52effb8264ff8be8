// `tail` over pushes: every event of a push, and a word where some are missing.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'
import { startTestDaemon, type TestDaemon } from './cli-harness.ts'

let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
})
afterEach(() => daemon.close())

function committed(exchangeId: string): EngineEvent {
  return { type: 'exchangeCommitted', exchangeId, nodeName: 'relay-a' }
}

async function follow(publish: () => void) {
  const running = daemon.start(['tail', '--json'])
  await daemon.nextSubscriber()
  publish()
  daemon.publish(committed('last'))
  await expect.poll(() => running.stdout()).toContain('"last"')
  daemon.endEvents()
  const { stdout, stderr } = await running.result
  const ids = [...stdout.matchAll(/"exchangeId":"(\w+)"/g)].map(([, id]) => id)
  return { ids, warnings: stderr.split('\n').filter((line) => line.startsWith('Too much')).length }
}

test('prints every event of a push', async () => {
  const events = ['1', '2', '3'].map(committed)
  expect(await follow(() => daemon.publish(committed('0'), { events }))).toEqual({
    ids: ['1', '2', '3', 'last'],
    warnings: 0,
  })
})

test('says where events are missing: left out of a push, or lost in a gap', async () => {
  const seen = await follow(() => {
    daemon.publish(committed('1'), { dropped: 5 })
    daemon.publish(committed('2'), { gap: true })
  })
  expect(seen).toEqual({ ids: ['1', '2', 'last'], warnings: 2 })
})
