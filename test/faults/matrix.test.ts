// Every row of policies §3 (but offline, which classify-end.test.ts has) with node A failing that way and B healthy.

import { describe, expect, test } from 'vitest'
import { messagesBody } from '../harness/messages-body.ts'
import { sha256 } from '../harness/recorded-request.ts'
import { apiError, ok } from '../harness/steps.ts'
import { expectMovesToB } from './expect-moves-to-b.ts'
import { bothModes, type Row, said } from './matrix-row.ts'
import { answerOf, startEngineOver, startNode } from './scene.ts'
import {
  clientPerhaps,
  credential,
  firewall,
  funds,
  masked,
  modelGap,
  notOffered,
  overload,
  server,
  throttled,
  wrongPath,
} from './status-rows.ts'
import { falseSuccess, network, slow } from './transport-rows.ts'

const rows: Readonly<Record<string, readonly Row[]>> = {
  network,
  slow,
  server,
  'not offered': notOffered,
  overload,
  throttled,
  'out of funds': funds,
  credential,
  firewall,
  'model gap': modelGap,
  'wrong path': wrongPath,
  'masked server error': masked,
  'false success': falseSuccess,
  'client, perhaps of this relay only': clientPerhaps,
}

for (const [name, list] of Object.entries(rows)) {
  describe(`${name}: the client gets B's answer and`, () => {
    const cases = list.flatMap((row) =>
      (row.modes ?? bothModes).map((mode) => ({ row, mode, title: `${row.name}, ${mode}` })),
    )
    test.each(cases)('notices nothing of $title', async ({ mode, row }) => {
      await expectMovesToB(row, mode)
    })
  })
}

describe('no failure at all', () => {
  test.each([
    { name: 'an empty text block', step: () => ok({ text: '' }), modes: bothModes },
    { name: 'no block', step: () => ok({ blocks: [] }), modes: bothModes },
  ])('is a complete answer with $name and end_turn', async ({ step, modes }) => {
    for (const mode of modes) {
      const a = await startNode('a', step())
      const b = await startNode('b')
      const engine = await startEngineOver([a, b])
      const answer = await engine.send({ body: messagesBody({ stream: mode === 'stream' }) })
      const [request] = a.requestsFor()
      if (request === undefined) throw new Error('A was not asked')
      expect(answer).toMatchObject({ status: 200, ended: 'complete', bodySha256: sha256(answerOf(a, request, step())) })
      expect((await engine.recorded()).attempts.map(({ outcome }) => outcome)).toEqual(['success'])
      expect(b.requests).toHaveLength(0)
      expect(engine.decisions).toEqual([])
      engine.expectQuiet()
    }
  })
})

describe('a secret', () => {
  test('that a node echoes is in no record, decision or log line', async () => {
    const a = await startNode('a', apiError(401, 'invalid x-api-key: key-of-a-0000'))
    const b = await startNode('b')
    const engine = await startEngineOver([a, b])
    await engine.send({ body: messagesBody() })
    const record = await engine.recorded()
    expect(record.attempts[0]?.message).toBe(said(401, 'invalid x-api-key: [redacted]'))
    expect(JSON.stringify([engine.exchanges, engine.decisions, engine.log, engine.engine.liveNodes()])).not.toContain(
      'key-of-a-0000',
    )
  })
})
