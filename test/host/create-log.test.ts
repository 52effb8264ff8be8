// The log: one JSON line each, tagged, and no secret whatever its way in.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog, type HostLog } from '../../src/host/logs/create-log.ts'
import { createRedactor } from '../../src/shared/redact.ts'

type Setup = { readonly log: HostLog; readonly lines: () => unknown[]; readonly text: () => string }

function setUp({ secrets = [], debug = false }: { secrets?: readonly string[]; debug?: boolean } = {}): Setup {
  const known = createRedactor()
  for (const secret of secrets) known.add(secret)
  const destination = new PassThrough()
  const log = createLog({ destination, debug: () => debug, redact: known.redact })
  let text = ''
  const read = (): string => {
    text += String(destination.read() ?? '')
    return text
  }
  const lines = (): unknown[] =>
    read()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
  return { log, lines, text: read }
}

test('a line is JSON with level, time, fields and the tag in front of the message', () => {
  const { log, lines } = setUp()
  log('warn', 'retry', 'the next node is tried', { nodeId: 'node_1', attempt: 2, probe: false, key: null })
  expect(lines()).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      nodeId: 'node_1',
      attempt: 2,
      probe: false,
      key: null,
      msg: '[retry] the next node is tried',
    },
  ])
})

test('a known secret is replaced in the message and in every field', () => {
  // Not shaped like any provider's key, with characters that JSON escapes.
  const secret = 'plain"words\\42'
  const { log, lines, text } = setUp({ secrets: [secret] })
  log('error', 'upstream', `refused: ${secret}`, { header: `x ${secret} y` })
  expect(lines()).toMatchObject([{ msg: '[upstream] refused: [redacted]', header: 'x [redacted] y' }])
  expect(text()).not.toContain('words')
})

test('what looks like a key is replaced although nobody knows it', () => {
  const { log, text } = setUp()
  log('info', 'upstream', 'authorization: Bearer abcdefghijklmnop', {
    url: 'https://x.example/?key=abcd1234',
    own: 'sy-abcdefgh1234',
  })
  expect(text()).not.toMatch(/abcdefghijklmnop|abcd1234|sy-abcdefgh/)
})

test('debug lines come only while debug is on', () => {
  const quiet = setUp()
  quiet.log('debug', 'listener', 'hidden')
  quiet.log('info', 'listener', 'shown')
  expect(quiet.lines()).toHaveLength(1)
  const loud = setUp({ debug: true })
  loud.log('debug', 'listener', 'shown')
  expect(loud.lines()).toMatchObject([{ level: 'debug' }])
})

test('without a destination nothing happens', () => {
  const log = createLog({ destination: null, debug: () => true, redact: (text) => text })
  expect(() => log('info', 'start', 'nobody hears this')).not.toThrow()
})
