// A non-streaming answer is held whole, so that one that breaks in the middle costs the client nothing.
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { lookAtJoined } from '../streaming/joined.ts'
import { headerOf } from '../upstream/response-headers.ts'
import type { Attempt } from './attempt.ts'
import { type Awaited, type AwaitOptions, answerHead, ended, type Head } from './awaited.ts'
import { endedWithError } from './error-in-answer.ts'
import { decoded } from './read-error-answer.ts'

export async function awaitWholeBody(attempt: Attempt, head: Head, options: AwaitOptions): Promise<Awaited> {
  const { job, room } = options
  const limit = room.settings().bufferedAnswerBytesMax
  const held: Buffer[] = []
  let length = 0
  for (;;) {
    const event = await attempt.call.next()
    switch (event.type) {
      case 'data':
        held.push(event.chunk)
        length += event.chunk.length
        if (length > limit && job.facts.stream) return ended(bad('malformed'))
        if (length > limit) {
          attempt.marks.firstContentMs = room.clock.monotonicMs()
          return { kind: 'committed', answer: { attempt, ...answerHead(head), held, rest: { kind: 'bytes' } } }
        }
        break
      case 'end':
        return await judge(attempt, { head, held, options })
      case 'error':
        return ended({ kind: 'broken', phase: 'before-content', code: event.code })
      case 'timer':
        if (event.timer === 'whole-answer' || event.timer === 'before-content-total' || event.timer === 'first-event') {
          return ended({ kind: 'timed-out', timer: event.timer, committed: false })
        }
        break
      case 'cancelled':
        return ended({ kind: 'cancelled' })
      case 'sent':
      case 'head':
        throw new Error(`a call began again (${event.type}) inside its body`)
    }
  }
}

type Whole = { readonly head: Head; readonly held: readonly Buffer[]; readonly options: AwaitOptions }

async function judge(attempt: Attempt, { head, held, options }: Whole): Promise<Awaited> {
  if (held.every((chunk) => chunk.length === 0)) return ended(bad('empty'))
  const { readWhole } = options.job.protocol
  const encoding = headerOf(head.rawHeaders, 'content-encoding')?.toLowerCase() ?? null
  const look = (bytes: Buffer) => {
    const answer = readWhole(bytes)
    return answer.kind === 'error' ? { ...answer, body: bytes.toString() } : answer
  }
  const answer = encoding === null ? lookAtJoined(held, look) : look(await decoded(Buffer.concat(held), encoding))
  if (answer.kind === 'error') return endedWithError(head, answer)
  if (answer.kind === 'malformed' || options.job.facts.stream) return ended(bad('malformed'))
  attempt.marks.firstContentMs = options.room.clock.monotonicMs()
  const rest = { kind: 'nothing', usage: answer.usage } as const
  return { kind: 'committed', answer: { attempt, ...answerHead(head), held, rest } }
}

function bad(problem: 'empty' | 'malformed'): AttemptEnd {
  return { kind: 'bad-answer', problem, committed: false }
}
