// The scripted upstream is enough of an Anthropic node for the real Claude Code, with no proxy between.
import { expect, onTestFinished, test } from 'vitest'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { cutAfterEvents, hiddenThinking, ok, toolUse } from '../harness/steps.ts'
import { runClaude } from './run-claude.ts'

const TIMEOUT_MS = 90_000

async function upstreamForTest(): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream({ name: 'direct' })
  onTestFinished(upstream.close)
  return upstream
}

test('Claude Code prints the answer of one streaming request to /v1/messages?beta=true', {
  timeout: TIMEOUT_MS,
}, async () => {
  const upstream = await upstreamForTest()
  const run = await runClaude({ baseUrl: upstream.url, token: 'test-token' })
  expect(run).toMatchObject({ code: 0, stdout: 'reply from direct\n', stderr: '' })
  const [request, ...more] = upstream.requestsFor('messages')
  expect(more).toEqual([])
  expect(request).toMatchObject({ method: 'POST', target: '/v1/messages?beta=true', json: { stream: true } })
  expect(request?.header('authorization')).toBe('Bearer test-token')
})

test('Claude Code runs a tool and sends its result', { timeout: TIMEOUT_MS }, async () => {
  const upstream = await upstreamForTest()
  upstream.script(toolUse({ name: 'Bash', input: { command: 'pwd', description: 'show the directory' } }), ok())
  const run = await runClaude({ baseUrl: upstream.url, token: 'test-token' })
  expect(run).toMatchObject({ code: 0, stdout: 'reply from direct\n' })
  const requests = upstream.requestsFor('messages')
  expect(requests).toHaveLength(2)
  expect(requests[1]?.body.toString()).toContain('"type":"tool_result"')
})

test('Claude Code waits through thinking that is not shown', { timeout: TIMEOUT_MS }, async () => {
  const upstream = await upstreamForTest()
  const step = hiddenThinking()
  upstream.script(step)
  const running = runClaude({ baseUrl: upstream.url, token: 'test-token' })
  await upstream.nextRequest()
  step.release()
  expect(await running).toMatchObject({ code: 0, stdout: 'reply from direct\n' })
  expect(upstream.requestsFor('messages')).toHaveLength(1)
})

test('Claude Code streams again after a reset inside a text block', { timeout: TIMEOUT_MS }, async () => {
  const upstream = await upstreamForTest()
  upstream.script(cutAfterEvents(4, { form: 'reset', when: { afterMs: 300 } }), ok())
  const run = await runClaude({ baseUrl: upstream.url, token: 'test-token' })
  expect(run).toMatchObject({ code: 0, stdout: 'reply from direct\n' })
  expect(upstream.requestsFor('messages').map((request) => request.end())).toEqual(['cut', 'answered'])
})
