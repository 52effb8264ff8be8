// The real Gemini CLI works through the daemon while the first of two nodes is broken, and does not notice.
import { expect, test } from 'vitest'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Step } from '../harness/plan.ts'
import { headersThenSilence, reset, status } from '../harness/steps.ts'
import { runGemini } from './run-gemini.ts'
import { expectByteExact, startTappedNodes } from './tapped-nodes.ts'

/** The shortest the setting allows: a real CLI has no held clock. */
const SHORT_FIRST_EVENT = { SWITCHYARD_FIRST_EVENT_TIMEOUT_MS: '5000' }

const faults: readonly (readonly [string, Step, AttemptOutcome])[] = [
  ['answers 500', status(500), 'server'],
  ['answers 429', status(429), 'throttled'],
  ['resets before its headers', reset(), 'network'],
  ['sends headers and then nothing', headersThenSilence(), 'slow'],
]

test.each(faults)(
  'Gemini CLI makes one request and prints the healthy answer when the first node %s',
  async (_, fault, outcome) => {
    const scene = await startTappedNodes({ protocol: 'gemini', auth: 'x-goog-api-key', env: SHORT_FIRST_EVENT })
    scene.a.script(fault)
    const run = await runGemini({ baseUrl: scene.clientUrl, token: scene.key })
    expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', outside: [] })
    expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
    expect(await scene.triesOfTheExchange()).toEqual([
      ['a', outcome],
      ['b', 'success'],
    ])
    const [request, ...more] = scene.clientRequests()
    const [atB] = scene.b.requestsFor('messages')
    expect(more).toEqual([])
    expect(request?.target).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
    if (request === undefined || atB === undefined) throw new Error('no request')
    expectByteExact(request, atB, scene)
  },
)
