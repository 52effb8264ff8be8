// The outline of a JSON object against JSON.parse as the reference: the same values where both read it, never a wrong one.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldValue, outlineOf, replaceField } from '../../src/engine/protocols/json-outline.ts'

const wanted = new Set(['model', 'stream', 'metadata', 'ä🙂', ''])

/** What the outline says of the wanted fields; null when it refuses. */
function outlined(text: string | Buffer): Readonly<Record<string, unknown>> | null {
  const bytes = Buffer.from(text)
  const outline = outlineOf(bytes, wanted)
  if (!outline.ok) return null
  return Object.fromEntries([...outline.fields].map(([name, span]) => [name, fieldValue(bytes, span)]))
}

function reference(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null
    return Object.fromEntries(Object.entries(parsed).filter(([name]) => wanted.has(name)))
  } catch {
    return null
  }
}

// Strings with everything that could mislead a scanner: quotes, backslashes, brackets, characters of several bytes.
const tricky = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '/',
      'u',
      'n',
      ' ',
      '\n',
      '\t',
      '\0',
      'ä',
      '🙂',
      '\ud83d',
      '\u2028',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
})
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tricky,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(tricky, tie('any'), { maxKeys: 4 }),
  ),
})).any
const name = fc.oneof(fc.constantFrom(...wanted), tricky)
const fields = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 6 })
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 })

/** The object as text with white space of any kind and some characters of its names as \u escapes. */
const objectText = fc
  .tuple(fields, fc.array(space, { minLength: 30, maxLength: 30 }), fc.boolean())
  .map(([pairs, spaces, escaped]) => {
    let next = 0
    const gap = () => spaces[next++ % spaces.length] ?? ''
    const members = pairs.map(([key, member]) => {
      const nameText = JSON.stringify(key)
      const written = escaped ? nameText.replace(/[a-z](?=[^\\]*"$)/, escapeOf) : nameText
      return `${gap()}${written}${gap()}:${gap()}${JSON.stringify(member, null, gap())}${gap()}`
    })
    return `${gap()}{${members.join(',') || gap()}}${gap()}`
  })

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

describe('the outline of an object', () => {
  test('has the same fields with the same values as JSON.parse', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        expect(reference(text)).not.toBeNull()
        expect(outlined(text)).toEqual(reference(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('that was cut off anywhere is refused', () => {
    fc.assert(
      fc.property(objectText, fc.nat(), (text, at) => {
        const whole = Buffer.from(text.trim())
        expect(outlined(whole.subarray(0, at % whole.length))).toBeNull()
      }),
      { numRuns: 2000 },
    )
  })

  test('with a byte changed, lost or added is never read otherwise than JSON.parse reads it', () => {
    const change = fc.constantFrom('replace', 'remove', 'insert')
    fc.assert(
      fc.property(objectText, fc.nat(), change, fc.integer({ min: 0, max: 127 }), (text, position, how, byte) => {
        const bytes = Buffer.from(text)
        const at = position % bytes.length
        const middle = how === 'remove' ? Buffer.alloc(0) : Buffer.from([byte])
        const mutated = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(how === 'insert' ? at : at + 1)])
        const ours = outlined(mutated)
        const theirs = reference(mutated.toString())
        // The reference may refuse what the outline reads, for the inside of a value is the node's to check; it may take the
        // last of two equal names, which the outline refuses. Where both read it, they read the same.
        if (ours !== null && theirs !== null) expect(ours).toEqual(theirs)
      }),
      { numRuns: 5000 },
    )
  })

  test('refuses what JSON.parse refuses at the top level', () => {
    const bad = [
      '{"model":01}',
      '{"model":1.}',
      '{"model":.5}',
      '{"model":1e}',
      '{"model":--1}',
      '{"model":+1}',
      '{"model":tru}',
      '{"model":nulll}',
      '{"model":0x10}',
      '{"model":Infinity}',
      '{,}',
      '{"a"}',
      '{"a":1,,"b":2}',
      '{"a":1;"b":2}',
      '\u00a0{}',
      '{}\0',
    ]
    expect(bad.filter((text) => outlined(text) !== null)).toEqual([])
  })

  test('refuses a wanted name that is there twice, however it is written, and ignores other names that are', () => {
    for (const twice of [
      '{"model":1,"model":1}',
      '{"model":1,"\\u006dodel":2}',
      '{"mode\\u006C":1,"a":{},"model":2}',
    ]) {
      expect(outlined(twice)).toBeNull()
    }
    expect(outlined('{"a":1,"a":2,"model":3,"b":{"model":4},"c":[{"model":5}]}')).toEqual({ model: 3 })
  })

  test('is that of the text behind a byte order mark', () => {
    expect(outlined(`\ufeff{"model":"x"}`)).toEqual({ model: 'x' })
  })

  test('refuses nesting beyond its limit without a stack of its own', () => {
    const nested = (depth: number) => `{"a":${'[{"b":'.repeat(depth)}1${'}]'.repeat(depth)}}`
    expect(outlined(nested(256))).toEqual({})
    expect(outlined(nested(257))).toBeNull()
    const bottomless = outlineOf(Buffer.from(`{"a":${'['.repeat(5_000_000)}`), wanted)
    expect(bottomless).toEqual({ ok: false, message: 'it is nested too deeply' })
  })

  test('is linear in the backslashes of a string', () => {
    const text = JSON.stringify({ a: '\\"'.repeat(500_000), model: 'x' })
    expect(outlined(text)).toEqual({ model: 'x' })
    expect(outlined(`{"a":"${'\\'.repeat(1_000_001)}","model":"x"}`)).toBeNull()
  })
})

test('a replaced value leaves every other byte where it was', () => {
  fc.assert(
    fc.property(objectText, value, (text, replacement) => {
      const bytes = Buffer.from(text)
      const outline = outlineOf(bytes, wanted)
      const span = outline.ok ? outline.fields.get('model') : undefined
      if (span === undefined) return
      const replaced = replaceField(bytes, span, JSON.stringify(replacement))
      const tail = bytes.length - span.end
      expect(replaced.subarray(0, span.start).equals(bytes.subarray(0, span.start))).toBe(true)
      expect(replaced.subarray(replaced.length - tail).equals(bytes.subarray(span.end))).toBe(true)
      const expected = { ...reference(text), model: JSON.parse(JSON.stringify(replacement)) as unknown }
      expect(outlined(replaced)).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
})
