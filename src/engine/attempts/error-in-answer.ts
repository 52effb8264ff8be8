// An error that a node wrote into a 200 before any content, as the error answer it should have been: what is the client's to
// mend reaches it with a status that its tool knows. A stream that only says "error" it would take for a broken one.
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { statusOfErrorInAnswer } from '../classify/classify-error-answer.ts'
import { errorFactsOf } from '../classify/error-facts.ts'
import type { ErrorAnswer } from './answer.ts'
import { type Awaited, ended, type Head } from './awaited.ts'

type ErrorInAnswer = Pick<Extract<AttemptEnd, { kind: 'error-in-answer' }>, 'errorType' | 'message' | 'body'>

export function endedWithError(head: Head, { errorType, message, body }: ErrorInAnswer): Awaited {
  const said = { errorType, message, body }
  return ended({ kind: 'error-in-answer', ...said, committed: false }, errorAnswerOf(head, said))
}

/** The node's words, and its headers but for those of a body of another form. */
function errorAnswerOf({ rawHeaders }: Head, error: ErrorInAnswer): ErrorAnswer {
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!/^content-(?:type|length|encoding)$/i.test(name)) kept.push(name, rawHeaders[at + 1] ?? '')
  }
  const body = Buffer.from(error.body)
  return {
    // Asked for only where the client is to blame: without a word of its own that is a 400.
    status: statusOfErrorInAnswer(errorFactsOf(error)) ?? 400,
    rawHeaders: [...kept, 'content-type', 'application/json', 'content-length', String(body.length)],
    body,
  }
}
