import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor, redactPatterns } from '../../src/shared/redact.ts'

test.each([
  ['sk-ant-api03-abcdefghijkl', 'a provider key'],
  ['sy-941RmGc3PCL-Xj-51X', 'a client key of ours'],
  ['Bearer abcdefghij1234567', 'a bearer token of no known shape'],
  ['x-api-key: abcdefghij1234567', 'a header'],
  ['{"api_key":"abcdefghij1234567"}', 'a field of JSON'],
  ['https://h/v1beta/models?key=abcdefgh1234', 'a query'],
  ['https://user:passw0rd@relay.example/', 'userinfo'],
  ['AIzaSyA1234567890abcdefghijkl', 'a Google key'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMe', 'a JSON web token'],
])('takes out %s (%s) by its shape', (text) => {
  const clean = redactPatterns(`the node said ${text} and more`)
  expect(clean).toContain('[redacted]')
  expect(clean).not.toMatch(/abcdefgh|941RmGc3|passw0rd|A1234567890|SflKx/)
  expect(clean).toMatch(/^the node said .* and more$/)
})

test('leaves ordinary sentences as they are', () => {
  const text = 'claude-sonnet-4-5 goes to relay-a: first in order; https://relay.example/v1 answered 529 in 12 ms'
  expect(redactPatterns(text)).toBe(text)
})

test('takes out every value it was told, whatever it looks like and wherever it stands', () => {
  const secret = fc.string({
    minLength: 6,
    maxLength: 40,
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  })
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 30 }),
      fc.string(),
      fc.string(),
      (secrets, before, after) => {
        const redactor = createRedactor()
        for (const one of secrets) redactor.add(one)
        for (const one of secrets) {
          // What is left of overlapping values is no value any more.
          expect(redactor.redact(before + one + after).includes(one) && !'[redacted]'.includes(one)).toBe(false)
        }
      },
    ),
  )
})

test('a value told later is taken out from then on', () => {
  const redactor = createRedactor()
  redactor.add('first-secret')
  expect(redactor.redact('first-secret second~secret')).toBe('[redacted] second~secret')
  redactor.add('second~secret')
  expect(redactor.redact('first-secret second~secret')).toBe('[redacted] [redacted]')
})

test('a value that begins like another goes whole', () => {
  const redactor = createRedactor()
  redactor.add('relay-key-1')
  redactor.add('relay-key-1-production-99')
  expect(redactor.redact('bad key relay-key-1-production-99')).toBe('bad key [redacted]')
})
