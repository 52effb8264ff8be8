// What waiting for a node's answer comes to.
import type { AttemptEnd } from '../classify/attempt-end.ts'
import type { CommittedAnswer, ErrorAnswer } from './answer.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'

export type Awaited =
  | { readonly kind: 'committed'; readonly answer: CommittedAnswer }
  | { readonly kind: 'ended'; readonly end: AttemptEnd; readonly errorAnswer: ErrorAnswer | null }
  /** A reused socket had gone stale: the request never arrived. One silent retry on a fresh one, counted nowhere. */
  | { readonly kind: 'stale-socket' }

export type AwaitOptions = {
  readonly job: AttemptJob
  readonly room: AttemptRoom
  readonly reusedSocket: boolean
  /** Another node could take over: the shorter first-event timer holds. */
  readonly othersEligible: boolean
}

export type Head = {
  readonly status: number
  readonly rawHeaders: readonly string[]
}

export function ended(end: AttemptEnd, errorAnswer: ErrorAnswer | null = null): Awaited {
  return { kind: 'ended', end, errorAnswer }
}

export function answerHead(head: Head): { readonly status: number; readonly rawHeaders: readonly string[] } {
  return { status: head.status, rawHeaders: head.rawHeaders }
}
