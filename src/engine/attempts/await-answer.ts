// From the sent request to an answer that may go to the client, or to how it failed. The commit gate is in here:
// headers leave with the first content (policies §2), so until then any failure may still move to another node.
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { headerOf } from '../upstream/response-headers.ts'
import type { CallEvent } from '../upstream/upstream-call.ts'
import type { Attempt } from './attempt.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'
import { awaitContent } from './await-content.ts'
import { awaitWholeBody } from './await-whole-body.ts'
import { type Awaited, type AwaitOptions, ended, type Head } from './awaited.ts'
import { readErrorAnswer } from './read-error-answer.ts'

export async function awaitAnswer(attempt: Attempt, options: AwaitOptions): Promise<Awaited> {
  const { job, room } = options
  const sentMs = room.clock.monotonicMs()
  attempt.marks.sentMs = sentMs
  startTimers(attempt, options, sentMs)
  for (;;) {
    const event = await attempt.call.next()
    switch (event.type) {
      case 'head': {
        attempt.marks.firstByteMs = room.clock.monotonicMs()
        attempt.marks.status = event.status
        return await awaitBody(attempt, { status: event.status, rawHeaders: event.rawHeaders }, options)
      }
      case 'error':
        if (options.reusedSocket && isStale(event, room.clock.monotonicMs() - sentMs, room))
          return { kind: 'stale-socket' }
        return ended({ kind: 'broken', phase: 'before-head', code: event.code })
      case 'timer': {
        const end = timedOut(event, job)
        if (end !== null) return ended(end)
        break
      }
      case 'cancelled':
        return ended({ kind: 'cancelled' })
      case 'sent':
      case 'data':
      case 'end':
        throw new Error(`a call went on (${event.type}) without a head`)
    }
  }
}

async function awaitBody(attempt: Attempt, head: Head, options: AwaitOptions): Promise<Awaited> {
  if (head.status < 200 || head.status > 299) return await readErrorAnswer(attempt, head, options.room)
  const type = headerOf(head.rawHeaders, 'content-type')?.toLowerCase() ?? ''
  if (type.startsWith('text/html')) return ended({ kind: 'bad-answer', problem: 'html', committed: false })
  // JSON for a stream is an error in disguise, or a node that does not stream: both end in awaitWholeBody's verdict.
  if (options.job.facts.stream && !type.startsWith('application/json'))
    return await awaitContent(attempt, head, options)
  if (!options.job.facts.stream && type.startsWith('text/event-stream')) {
    return ended({ kind: 'bad-answer', problem: 'malformed', committed: false })
  }
  return await awaitWholeBody(attempt, head, options)
}

function startTimers(attempt: Attempt, { job, room, othersEligible }: AwaitOptions, sentMs: number): void {
  const settings = room.settings()
  if (!job.facts.stream) {
    attempt.timers.start('whole-answer', settings.wholeAnswerTimeoutMs)
    return
  }
  attempt.timers.start(
    'first-event',
    othersEligible ? settings.firstEventTimeoutMs : settings.lastNodeFirstEventTimeoutMs,
  )
  const totalLeftMs = settings.beforeContentTotalMs - (sentMs - job.startedMs)
  attempt.timers.start('before-content-total', Math.max(0, totalLeftMs))
}

function timedOut(event: Extract<CallEvent, { type: 'timer' }>, job: AttemptJob): AttemptEnd | null {
  switch (event.timer) {
    case 'first-event':
    case 'whole-answer':
    case 'before-content-total':
      return { kind: 'timed-out', timer: event.timer, committed: false }
    case 'silence':
      return job.facts.stream ? { kind: 'timed-out', timer: 'silence', committed: false } : null
    case 'connect':
    case 'second-connect':
    case 'block-open':
    case 'ping':
      // Posted before it was cancelled: it no longer means anything.
      return null
  }
}

const staleCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED'])

function isStale(event: Extract<CallEvent, { type: 'error' }>, afterMs: number, room: AttemptRoom): boolean {
  return staleCodes.has(event.code) && afterMs <= room.settings().staleSocketWindowMs
}
