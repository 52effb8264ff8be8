// What the end of an attempt changes outside it: the lease, what is set aside, the decisions.

import type { DecisionKind } from '../../shared/model/decision.ts'
import { classifyEnd } from '../classify/classify-end.ts'
import type { SetAside, Verdict } from '../classify/verdict.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import type { EndedAttempt } from './connect.ts'

/** The lease is settled once; later calls for the same attempt only classify. */
export function settleAttempt({ attempt, end }: EndedAttempt, job: AttemptJob, room: AttemptRoom): Verdict {
  const { lease, model } = attempt.selection
  const verdict = classifyEnd(end, {
    settings: room.settings(),
    model,
    wallNowMs: room.clock.wallMs(),
    stream: job.facts.stream,
    redact: room.redact,
  })
  lease.settle(verdict.breaker)
  if (verdict.setAside !== null) {
    const { node } = lease.node
    const reason = verdict.message
    const aside = lease.setAside(verdict.setAside, { model, reason })
    if (aside === null) return verdict
    const seconds = Math.max(1, Math.round((aside.untilMs - room.clock.monotonicMs()) / 1000))
    const what = subjectOf(verdict.setAside, { node: node.name, key: lease.key?.label ?? null, model })
    room.decisions.record({
      kind: kindOf(verdict.setAside),
      nodeId: node.id,
      exchangeId: job.exchangeId,
      text: `${what} for ${seconds} s: ${reason}`,
    })
  }
  return verdict
}

function kindOf(aside: SetAside): DecisionKind {
  switch (aside.what) {
    case 'node':
      return aside.as === 'parked' ? 'node-parked' : 'node-cooled'
    case 'key':
      return 'key-set-aside'
    case 'model':
      return 'model-gap'
  }
}

function subjectOf(aside: SetAside, names: { node: string; key: string | null; model: string }): string {
  switch (aside.what) {
    case 'node':
      return aside.as === 'parked' ? `${names.node} is parked` : `${names.node} cools`
    case 'key':
      return names.key === null ? `${names.node} is set aside` : `key ${names.key} of ${names.node} is set aside`
    case 'model':
      return `${names.node} is taken not to have ${names.model}`
  }
}
