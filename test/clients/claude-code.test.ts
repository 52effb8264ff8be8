// The real Claude Code works through the daemon while one of two nodes is broken, and does not notice.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { AttemptOutcome } from '../../src/shared/model/outcome.ts'
import type { Step } from '../harness/plan.ts'
import type { ScriptedUpstream } from '../harness/scripted-upstream.ts'
import {
  apiError,
  cutAfterEvents,
  errorEvent,
  headersThenSilence,
  hiddenThinking,
  ok,
  reset,
  status,
  toolUse,
} from '../harness/steps.ts'
import { runClaude } from './run-claude.ts'
import { startTwoNodes, type TwoNodes } from './two-nodes.ts'

/** The shortest the setting allows: a real CLI has no held clock. */
const SHORT_FIRST_EVENT = { SWITCHYARD_FIRST_EVENT_TIMEOUT_MS: '5000' }

function runThrough(
  { daemon, key }: TwoNodes,
  options: Partial<Parameters<typeof runClaude>[0]> = {},
): ReturnType<typeof runClaude> {
  return runClaude({ baseUrl: daemon.proxyUrl, token: key, ...options })
}

type Fault = {
  readonly name: string
  readonly callsToA: number
  readonly outcome: AttemptOutcome
  readonly breakNode: (a: ScriptedUpstream) => void | Promise<void>
}

const faults: readonly Fault[] = [
  answers('answers 500', status(500), 'server'),
  answers('answers 529', status(529), 'overload'),
  answers('answers 401', status(401), 'credential'),
  answers('answers 403', status(403), 'credential'),
  answers('answers 404', status(404), 'wrong-path'),
  answers('answers 400 because its credit is used up', apiError(400, 'Your credit balance is too low'), 'out-of-funds'),
  { name: 'refuses connections', callsToA: 0, outcome: 'network', breakNode: (a) => a.kill() },
  answers('resets before content', reset(), 'network'),
  answers('sends headers and then nothing', headersThenSilence(), 'slow'),
  answers('sends an SSE error before content', errorEvent(0), 'overload'),
]

function answers(name: string, step: Step, outcome: AttemptOutcome): Fault {
  return { name, callsToA: 1, outcome, breakNode: (a) => a.script(step) }
}

test.each(faults)(
  'Claude Code makes one request and prints the healthy answer when the first node $name',
  async (fault) => {
    const scene = await startTwoNodes({ env: SHORT_FIRST_EVENT })
    await fault.breakNode(scene.a)
    const run = await runThrough(scene)
    expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', stderr: '' })
    expect(scene.nodeCalls()).toEqual({ a: fault.callsToA, b: 1 })
    // One exchange: the node was changed inside the request, not by a second one of the CLI.
    expect(await scene.exchanges()).toEqual({ total: 1, succeeded: 1, failed: 0, withFailedAttempt: 1 })
    expect(await scene.triesOfTheExchange()).toEqual([
      ['a', fault.outcome],
      ['b', 'success'],
    ])
  },
)

test('a tool-use turn works while the first node is broken', async () => {
  const scene = await startTwoNodes()
  scene.a.script(status(500))
  scene.b.script(toolUse({ name: 'Read', input: { file_path: 'note.txt' } }), ok())
  const run = await runThrough(scene, { files: { 'note.txt': 'the answer is 42' } })
  expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', stderr: '' })
  const [, second, ...more] = scene.b.requestsFor('messages')
  expect(more).toEqual([])
  expect(second?.body.toString()).toMatch(/"type":"tool_result","content":"[^"]*the answer is 42/)
  expect(await scene.exchanges()).toMatchObject({ total: 2, succeeded: 2, failed: 0 })
})

// Slow on purpose: neither the CLI nor the built daemon has a clock that a test could hold.
test('a minute of thinking that is not shown passes without a second attempt', async () => {
  const scene = await startTwoNodes()
  const thinking = hiddenThinking()
  scene.a.script(thinking)
  const running = runThrough(scene, { timeoutMs: 120_000 })
  await scene.a.nextRequest()
  await sleep(65_000)
  thinking.release()
  expect(await running).toMatchObject({ code: 0, stdout: 'reply from a\n', stderr: '' })
  expect(scene.nodeCalls()).toEqual({ a: 1, b: 0 })
  expect(await scene.exchanges()).toEqual({ total: 1, succeeded: 1, failed: 0, withFailedAttempt: 0 })
})

test("after a stream was cut inside a block, the CLI's own retry lands on the other node", async () => {
  const scene = await startTwoNodes()
  // Four events: the block is open and its first text is out. The time lets the CLI read them, which no test can see.
  scene.a.script(cutAfterEvents(4, { form: 'reset', when: { afterMs: 300 } }))
  const run = await runThrough(scene)
  expect(run).toMatchObject({ code: 0, stdout: 'reply from b\n', stderr: '' })
  expect(scene.nodeCalls()).toEqual({ a: 1, b: 1 })
  expect(await scene.exchanges()).toMatchObject({ total: 2, succeeded: 1 })
})
