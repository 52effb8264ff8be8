// The real opencode works through the daemon, with Chat Completions, while the first of two nodes is broken.
import { expect, test } from 'vitest'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Step } from '../harness/plan.ts'
import { cutAfterEvents, reset, status } from '../harness/steps.ts'
import { runOpencode } from './run-opencode.ts'
import { expectByteExact, startTappedNodes } from './tapped-nodes.ts'

/** The chunk with the role. */
const BEFORE_CONTENT = 1
const INSIDE_THE_TEXT = 2

const faults: readonly (readonly [string, Step, AttemptOutcome])[] = [
  ['answers 500', status(500), 'server'],
  ['resets before its headers', reset(), 'network'],
  ['resets before content', cutAfterEvents(BEFORE_CONTENT, { form: 'reset' }), 'network'],
]

test.each(faults)(
  'opencode makes one request and prints the healthy answer when the first node %s',
  async (_, fault, outcome) => {
    const scene = await startTappedNodes({ protocol: 'openai-chat' })
    scene.a.script(fault)
    const run = await runOpencode({ baseUrl: scene.clientUrl, token: scene.key })
    expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', outside: [] })
    expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
    expect(await scene.triesOfTheExchange()).toEqual([
      ['a', outcome],
      ['b', 'success'],
    ])
    const [request, ...more] = scene.clientRequests()
    const [atB] = scene.b.requestsFor('messages')
    expect(more).toEqual([])
    expect(request?.target).toBe('/v1/chat/completions')
    if (request === undefined || atB === undefined) throw new Error('no request')
    expectByteExact(request, atB, scene)
  },
)

test('opencode asks once more, and is answered by the second node alone, when the first one breaks inside its text', async () => {
  const scene = await startTappedNodes({ protocol: 'openai-chat' })
  scene.a.script(cutAfterEvents(INSIDE_THE_TEXT, { form: 'reset', when: { afterMs: 100 } }))
  const run = await runOpencode({ baseUrl: scene.clientUrl, token: scene.key })
  expect(run).toMatchObject({ code: 0, outside: [] })
  expect(run.stdout).toMatch(/reply from b\n$/)
  expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
  expect(await scene.triesOfExchanges(2)).toEqual([[['a', 'truncated']], [['b', 'success']]])
})
