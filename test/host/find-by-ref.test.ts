// Near names: what a user may have meant.
import { expect, test } from 'vitest'
import { nearNames } from '../../src/host/control/find-by-ref.ts'

test.each([
  ['relay-b', ['relay-a', 'office'], ['relay-a']],
  ['relay', ['relay-a', 'relay-b', 'office'], ['relay-a', 'relay-b']],
  ['my-relay-a', ['relay-a', 'office'], ['relay-a']],
  ['RELAY-C', ['relay-a'], ['relay-a']],
  ['zzz', ['relay-a', 'office'], []],
  ['ofice', ['office'], ['office']],
])('near %s among %j are %j', (ref, names, near) => {
  expect(nearNames(ref, names)).toEqual(near)
})

test('at most five are named, nearest first', () => {
  const names = ['relax-12', 'relay-31', 'relay-32', 'relay-33', 'relay-34', 'relay-11']
  expect(nearNames('relay-12', names)).toHaveLength(5)
  expect(nearNames('relay-12', names)[0]).toBe('relax-12')
})
