// What the end of an attempt changes, and its record.
import type { Verdict } from '../classify/verdict.ts'
import { recordOf } from './attempt.ts'
import type { AttemptHistory } from './attempt-history.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import type { EndedAttempt } from './connect.ts'
import { settleAttempt } from './settle-attempt.ts'

export type Place = { readonly history: AttemptHistory; readonly room: AttemptRoom }

export function noteAttempt(ended: EndedAttempt, job: AttemptJob, { history, room }: Place): Verdict {
  const { attempt, end } = ended
  // A loser's lease is settled when its connect is, by settleLate.
  const verdict = end.kind === 'passed-over' ? passedOver : settleAttempt(ended, job, room)
  history.failed(attempt, verdict)
  const record = recordOf(attempt, {
    outcome: verdict.outcome,
    message: room.redact(verdict.message),
    nowMs: room.clock.monotonicMs(),
  })
  history.records.push(record)
  room.events.tell({ type: 'attemptEnded', exchangeId: job.exchangeId, attempt: record })
  room.log('info', 'retry', `${record.nodeName} failed: ${record.message ?? ''}`, {
    exchangeId: job.exchangeId,
    node: record.nodeName,
    outcome: record.outcome,
    status: record.status,
  })
  return verdict
}

const passedOver: Verdict = {
  outcome: 'passed-over',
  breaker: 'none',
  move: 'next-node',
  setAside: null,
  costly: false,
  // Nothing was sent and nobody is to blame: when the others fail, its turn comes again.
  secondRound: true,
  retryAfterMs: null,
  message: 'its connect was unanswered and another node connected first',
}
