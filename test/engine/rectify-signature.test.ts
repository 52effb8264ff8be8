// Stripping the thinking of another host: what goes, what stays byte for byte, and when thinking is switched off.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rectifySignature } from '../../src/engine/classify/rectify-signature.ts'

const thinking = { type: 'thinking', thinking: 'hm', signature: 'c2ln' }
const redacted = { type: 'redacted_thinking', data: 'ZGF0YQ==' }
const text = { type: 'text', text: 'hello' }
const toolUse = { type: 'tool_use', id: 't1', name: 'read', input: { path: 'a' } }
const toolResult = { type: 'tool_result', tool_use_id: 't1', content: 'ok' }
const enabled = { type: 'enabled', budget_tokens: 2048 }

function rectify(body: unknown): unknown {
  const bytes = rectifySignature(Buffer.from(JSON.stringify(body)))
  return bytes === null ? null : JSON.parse(bytes.toString())
}
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const next = user('go on')

describe('blocks', () => {
  test('thinking and redacted thinking go from every assistant turn, all else stays in order', () => {
    const body = {
      model: 'm',
      messages: [
        user('a'),
        assistant([thinking, text, redacted, toolUse]),
        user([toolResult]),
        assistant([redacted, text]),
        next,
      ],
    }
    expect(rectify(body)).toEqual({
      model: 'm',
      messages: [user('a'), assistant([text, toolUse]), user([toolResult]), assistant([text]), next],
    })
  })

  test('a turn that was nothing but thinking keeps a block, for an empty one is refused', () => {
    expect(rectify({ messages: [user('a'), assistant([thinking]), next] })).toEqual({
      messages: [user('a'), assistant([{ type: 'text', text: '(no content)' }]), next],
    })
  })

  test('at the very end such a turn is dropped: as a prefill the model would go on from it', () => {
    expect(rectify({ messages: [user('a'), assistant([thinking, redacted])] })).toEqual({ messages: [user('a')] })
  })

  test('only thinking blocks of the assistant, not what looks like them elsewhere', () => {
    expect(
      rectify({ messages: [user([thinking]), assistant('thinking'), user([{ ...toolResult, content: [thinking] }])] }),
    ).toBeNull()
  })

  test.each([
    ['no messages', '{"model":"m"}'],
    ['messages of another shape', '{"messages":"thinking"}'],
    ['nothing to strip', JSON.stringify({ messages: [user('a'), assistant([text]), next] })],
    ['no JSON', '{"messages":[{"role":"assistant","content":[{"type":"thinking"}]}'],
    ['empty', ''],
    ['an array', '[]'],
    ['null', 'null'],
  ])('null for %s', (_what, body) => {
    expect(rectifySignature(Buffer.from(body))).toBeNull()
  })

  test('null for bytes that are not UTF-8', () => {
    expect(
      rectifySignature(
        Buffer.concat([
          Buffer.from('{"messages":[{"role":"assistant","content":[{"type":"thinking"}]}],"x":"'),
          Buffer.from([0xff]),
          Buffer.from('"}'),
        ]),
      ),
    ).toBeNull()
  })
})

describe('the last assistant turn', () => {
  const off = (messages: readonly unknown[], more: object = {}): boolean => {
    const result = rectify({ messages, thinking: enabled, ...more })
    return result !== null && typeof result === 'object' && !('thinking' in result)
  }

  test('thinking is switched off where it loses its thinking', () => {
    expect(off([user('a'), assistant([thinking, text]), next])).toBe(true)
    expect(off([user('a'), assistant([thinking, toolUse]), user([toolResult])])).toBe(true)
  })

  test('a turn reaches over its tool results: only its first message may have had thinking', () => {
    expect(
      off([user('a'), assistant([thinking, toolUse]), user([toolResult]), assistant([toolUse]), user([toolResult])]),
    ).toBe(true)
    expect(off([user('a'), assistant([thinking, toolUse]), user([toolResult]), assistant([text]), next])).toBe(true)
  })

  test('an open tool loop that never had thinking cannot go on with it', () => {
    expect(off([user('a'), assistant([thinking, text]), user('b'), assistant([toolUse]), user([toolResult])])).toBe(
      true,
    )
    expect(off([user('a'), assistant([toolUse]), user([toolResult])])).toBe(true)
  })

  test('thinking stays on where only earlier turns lose theirs', () => {
    expect(off([user('a'), assistant([thinking, text]), user('b'), assistant([text]), next])).toBe(false)
    expect(
      rectify({
        messages: [user('a'), assistant([thinking, text]), user('b'), assistant([text]), next],
        thinking: enabled,
      }),
    ).toMatchObject({ thinking: enabled })
  })

  test.each([[{ type: 'adaptive' }], [{ type: 'disabled' }], [undefined]])(
    '%j stays as it is: it asks for no leading block',
    (setting) => {
      const body = { thinking: setting, messages: [user('a'), assistant([thinking, text]), next] }
      expect(rectify(body)).toEqual({
        ...JSON.parse(JSON.stringify({ thinking: setting })),
        messages: [user('a'), assistant([text]), next],
      })
    },
  )

  test('with thinking go the edits that need it, and nothing else of context_management', () => {
    const messages = [user('a'), assistant([thinking, text]), next]
    const clearThinking = { type: 'clear_thinking_20251015', keep: 'all' }
    const clearTools = { type: 'clear_tool_uses_20250919' }
    const rest = { output_config: { effort: 'high' }, max_tokens: 32_000, temperature: 1 }
    const stripped = { messages: [user('a'), assistant([text]), next], ...rest }
    const run = (management: object) =>
      rectify({ messages, thinking: enabled, context_management: management, ...rest })
    expect(run({ edits: [clearThinking, clearTools] })).toEqual({
      ...stripped,
      context_management: { edits: [clearTools] },
    })
    expect(run({ edits: [clearThinking] })).toEqual(stripped)
    expect(run({ edits: [clearThinking], other: 1 })).toEqual({
      ...stripped,
      context_management: { edits: [], other: 1 },
    })
    expect(run({ edits: [] })).toEqual({ ...stripped, context_management: { edits: [] } })
    expect(run({ edits: [clearTools] })).toEqual({ ...stripped, context_management: { edits: [clearTools] } })
  })
})

describe('bytes', () => {
  test('what a parse and a re-write would change is left as it was', () => {
    const block = JSON.stringify(thinking)
    const body = `{ "tools" : [ {"z":1.0,"10":12345678901234567890,"2":"\\u00e9\\/ \\"x\\\\"} ],\n "messages":[{"content":[${block} , {"type":"text","text":"}]\\\\"}],"role":"assistant"} , {"role":"user","content":"]"}],"m\\u006fdel":"x" }`
    expect(rectifySignature(Buffer.from(body))?.toString()).toBe(body.replace(`${block} , `, ''))
  })

  const blocks = fc.array(fc.constantFrom<unknown>(thinking, redacted, text, toolUse), { maxLength: 4 })
  const message = fc.oneof(
    blocks.map(assistant),
    fc.string().map(assistant),
    fc.oneof(fc.string(), fc.constant([toolResult]), fc.constant([text])).map(user),
  )
  const body = fc.record(
    {
      system: fc.jsonValue(),
      thinking: fc.constantFrom<unknown>(enabled, { type: 'adaptive' }),
      messages: fc.array(message, { maxLength: 8 }),
      tools: fc.jsonValue(),
      context_management: fc.constantFrom<unknown>({ edits: [{ type: 'clear_thinking_20251015' }] }, {}),
    },
    { requiredKeys: ['messages'] },
  )

  test('for any conversation: no thinking is left, the rest is equal in order, and a second pass finds nothing', () => {
    fc.assert(
      fc.property(body, fc.constantFrom(undefined, 2), (value, indent) => {
        const bytes = rectifySignature(Buffer.from(JSON.stringify(value, null, indent)))
        if (bytes === null) return
        const after: unknown = JSON.parse(bytes.toString())
        const kept = value.messages.map((one) =>
          one.role === 'assistant' && Array.isArray(one.content)
            ? { ...one, content: one.content.filter((block) => block !== thinking && block !== redacted) }
            : one,
        )
        const emptied = (index: number) => {
          const before = value.messages[index]?.content
          const now = kept[index]?.content
          return Array.isArray(before) && Array.isArray(now) && before.length > 0 && now.length === 0
        }
        const expected = kept.flatMap((one, index) => {
          if (!emptied(index)) return [one]
          if (index === kept.length - 1 && index > 0) return []
          return [{ ...one, content: [{ type: 'text', text: '(no content)' }] }]
        })
        expect(after).toMatchObject({ messages: expected })
        const keys = Object.keys(after ?? {})
        expect(Object.keys(value).filter((key) => keys.includes(key))).toEqual(keys)
        expect(
          Object.keys(value)
            .filter((key) => !keys.includes(key))
            .every((key) => ['thinking', 'context_management'].includes(key)),
        ).toBe(true)
        expect(rectifySignature(bytes)).toBeNull()
      }),
      { numRuns: 1_000 },
    )
  })

  test('a conversation of 8 MiB takes a fraction of a second', () => {
    const long = { type: 'text', text: 'say "hi"\\ '.repeat(1_000) }
    const messages = Array.from({ length: 400 }, () => [
      user([long, long]),
      assistant([thinking, toolUse, long]),
    ]).flat()
    const bytes = Buffer.from(JSON.stringify({ messages, thinking: enabled }))
    const startMs = performance.now()
    expect(rectifySignature(bytes)).not.toBeNull()
    expect(performance.now() - startMs).toBeLessThan(10_000)
  })
})
