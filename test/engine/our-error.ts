// Asserts that an answer is an error of ours, in Anthropic's envelope, and gives what it says.
import { expect } from 'vitest'
import type { Answer } from '../harness/http-client.ts'

export function ourError(answer: Answer): { readonly type: string; readonly message: string } {
  expect(answer.ended).toBe('complete')
  expect(answer.headers['content-type']).toBe('application/json')
  const envelope: unknown = JSON.parse(answer.text)
  expect(envelope).toEqual({
    type: 'error',
    // A sentence: it begins with our name and ends with a full stop.
    error: { type: expect.any(String), message: expect.stringMatching(/^Switchyard: .+\.$/s) },
  })
  return (envelope as { error: { type: string; message: string } }).error // Checked above.
}
