// What lies in one black hole is waited for once: the second connect goes another way if there is one (policies §1).
import { expect, test } from 'vitest'
import { messagesBody } from '../harness/messages-body.ts'
import { startBlackHole } from './black-hole.ts'
import { startEngineOver, startNode } from './scene.ts'

const body = messagesBody()

test.each([
  {
    name: 'behind one proxy that does not answer',
    lost: (hole: string) => ({ a: 'http://a.test:9', b: 'http://b.test:9', fields: { proxy: hole } }),
  },
  {
    name: 'on one host that does not answer',
    lost: (hole: string) => ({ a: `${hole}/a`, b: `${hole}/b`, fields: {} }),
  },
])('two nodes $name cost one second together', async ({ lost }) => {
  const { a, b, fields } = lost(await startBlackHole())
  const c = await startNode('c')
  const engine = await startEngineOver([{ name: 'a', url: a, ...fields }, { name: 'b', url: b, ...fields }, c])
  const answer = engine.send({ body })
  await engine.clock.timerStarted((ms) => ms === 1000)
  await engine.clock.advance(1000)
  expect((await answer).status).toBe(200)
  expect((await engine.recorded()).attempts.map(({ nodeName, outcome }) => `${nodeName} ${outcome}`)).toEqual([
    'a passed-over',
    'c success',
  ])
})

test('without another way the next node is asked all the same', async () => {
  const hole = await startBlackHole()
  const [a, b] = ['a', 'b'].map((name) => ({ name, url: `http://${name}.test:9`, proxy: hole }))
  if (a === undefined || b === undefined) throw new Error('two nodes were made')
  const engine = await startEngineOver([a, b])
  const answer = engine.send({ body })
  await engine.clock.timerStarted((ms) => ms === 1000)
  await engine.clock.advance(1000)
  await engine.clock.advance(30_000)
  await engine.clock.advance(30_000)
  expect((await answer).status).toBe(503)
  expect(new Set((await engine.recorded()).attempts.map(({ nodeName }) => nodeName))).toEqual(new Set(['a', 'b']))
  engine.expectQuiet()
})
