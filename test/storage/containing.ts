// Vitest's asymmetric matchers for text with a type that is not any.
import { expect } from 'vitest'

export function containing(part: string): unknown {
  return expect.stringContaining(part)
}

export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern)
}
