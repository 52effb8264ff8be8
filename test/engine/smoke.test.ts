import { expect, test } from 'vitest'
import { startTestEngine } from '../harness/engine.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { apiError, ok } from '../harness/steps.ts'

test('moves a request from a node that answers 500 to the next one, and the client sees one good answer', async () => {
  const a = await startScriptedUpstream({ name: 'a', steps: [apiError(500, 'boom')] })
  const b = await startScriptedUpstream({ name: 'b', steps: [ok()] })
  const engine = await startTestEngine({
    nodes: [
      { name: 'a', url: a.url },
      { name: 'b', url: b.url },
    ],
  })
  for (const stream of [true, false]) {
    const answer = await engine.send({ body: messagesBody({ stream }) })
    expect(answer.status).toBe(200)
    expect(answer.ended).toBe('complete')
  }
  const record = await engine.recorded(2)
  expect(record.attempts.map(({ nodeName, outcome }) => [nodeName, outcome])).toEqual([
    ['a', 'server'],
    ['b', 'success'],
  ])
  await Promise.all([a.close(), b.close()])
})
