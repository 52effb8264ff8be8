// The real Codex works through the daemon while the first of two nodes is broken: inside one request where that can be,
// and where content has already gone out, with the second node for its own next try.
import { expect, test } from 'vitest'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Step } from '../harness/plan.ts'
import { cutAfterEvents, reset, status } from '../harness/steps.ts'
import { runCodex } from './run-codex.ts'
import type { ToolRun } from './run-tool.ts'
import { expectByteExact, startTappedNodes, type TappedNodes } from './tapped-nodes.ts'

function runThrough(scene: TappedNodes): Promise<ToolRun> {
  return runCodex({ baseUrl: scene.clientUrl, token: scene.key })
}

/** response.created and response.in_progress: nothing a user could have seen. */
const BEFORE_CONTENT = 2
/** Up to the second word. */
const INSIDE_THE_TEXT = 6
/** All but response.completed: Codex has the whole message and asks again all the same. */
const BEFORE_COMPLETED = 10

const faults: readonly (readonly [string, Step, AttemptOutcome])[] = [
  ['answers 500', status(500), 'server'],
  ['resets before its headers', reset(), 'network'],
  ['resets before content', cutAfterEvents(BEFORE_CONTENT, { form: 'reset' }), 'network'],
  ['closes before content', cutAfterEvents(BEFORE_CONTENT, { form: 'fin' }), 'network'],
  ['ends cleanly before content', cutAfterEvents(BEFORE_CONTENT, { form: 'end' }), 'false-success'],
]

test.each(faults)(
  'Codex makes one request and prints the healthy answer when the first node %s',
  async (_, fault, outcome) => {
    const scene = await startTappedNodes({ protocol: 'openai-responses' })
    scene.a.script(fault)
    const run = await runThrough(scene)
    expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', outside: [] })
    expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
    expect(await scene.triesOfTheExchange()).toEqual([
      ['a', outcome],
      ['b', 'success'],
    ])
    const [request, ...more] = scene.clientRequests()
    const [atB] = scene.b.requestsFor('messages')
    expect(more).toEqual([])
    expect(request?.target).toBe('/v1/responses')
    if (request === undefined || atB === undefined) throw new Error('no request')
    expectByteExact(request, atB, scene)
  },
)

const cuts: readonly (readonly [string, Step])[] = [
  ['resets inside its text', cutAfterEvents(INSIDE_THE_TEXT, { form: 'reset', when: { afterMs: 100 } })],
  ['closes inside its text', cutAfterEvents(INSIDE_THE_TEXT, { form: 'fin', when: { afterMs: 100 } })],
  ['ends cleanly before response.completed', cutAfterEvents(BEFORE_COMPLETED, { form: 'end', when: { afterMs: 100 } })],
]

test.each(cuts)(
  'Codex asks once more, and is answered by the second node alone, when the first one %s',
  async (_, cut) => {
    const scene = await startTappedNodes({ protocol: 'openai-responses' })
    scene.a.script(cut)
    const run = await runThrough(scene)
    expect(run).toMatchObject({ code: 0, outside: [] })
    expect(run.stdout).toMatch(/reply from b\n$/)
    // The first node failed the session's last exchange, so that its next one goes to the second node at once.
    expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
    expect(await scene.triesOfExchanges(2)).toEqual([[['a', 'truncated']], [['b', 'success']]])
    const [broken, answered, ...more] = scene.clientRequests()
    const [atA] = scene.a.requestsFor('messages')
    const [atB] = scene.b.requestsFor('messages')
    expect(more).toEqual([])
    expect(broken?.answer).toMatchObject({ status: 200, complete: false, bodySha256: atA?.sentSha256() })
    if (answered === undefined || atB === undefined) throw new Error('no second request')
    expectByteExact(answered, atB, scene)
  },
)
