// The circuit breaker as a table of its transitions, and its edges one by one (policies §4).
import { describe, expect, test } from 'vitest'
import {
  bringForward,
  discardBreakerGap,
  isolateBreaker,
  resetBreaker,
} from '../../src/engine/nodes/breaker-commands.ts'
import { persistBreaker, restoreBreaker } from '../../src/engine/nodes/breaker-persistence.ts'
import { type BreakerPolicy, breakerPolicy, openForMs } from '../../src/engine/nodes/breaker-policy.ts'
import { breakerView } from '../../src/engine/nodes/breaker-view.ts'
import {
  type Breaker,
  breakerAt,
  forcePermit,
  newBreaker,
  type Permit,
  type PermitAnswer,
  requestPermit,
  type Settlement,
  settlePermit,
} from '../../src/engine/nodes/circuit-breaker.ts'
import { defaultSettings } from '../../src/shared/settings/resolve.ts'

const policy: BreakerPolicy = breakerPolicy(defaultSettings)
/** The middle of the jitter: exactly the plain cooldown. */
const random = () => 0.5

type Report = Settlement['report']

function granted(answer: PermitAnswer): { breaker: Breaker; permit: Permit } {
  if (answer.permit === null) throw new Error('a permit was expected')
  return { breaker: answer.state, permit: answer.permit }
}
function settle(breaker: Breaker, permit: Permit, report: Report, nowMs: number): Breaker {
  return settlePermit(policy, breaker, { permit, report, nowMs, random })
}
/** One request after the other, each settled at once. */
function run(breaker: Breaker, reports: readonly Report[], nowMs: number): Breaker {
  return reports.reduce((before, report) => {
    const { breaker: asked, permit } = granted(requestPermit(before, nowMs))
    return settle(asked, permit, report, nowMs)
  }, breaker)
}
function stateOf(breaker: Breaker, nowMs: number): string {
  return breakerView(policy, breaker, nowMs).state
}
const times = (count: number, report: Report): readonly Report[] => Array.from({ length: count }, () => report)

const opened = () => run(newBreaker(0), times(5, 'failure'), 0)
const dueMs = 30_000

describe('policy', () => {
  test('is the defaults of the settings', () => {
    expect(policy).toEqual({
      windowMs: 60_000,
      minRequests: 20,
      failureRatio: 0.5,
      consecutiveFailures: 5,
      cooldownMs: 30_000,
      cooldownMaxMs: 300_000,
      forgetReopeningsMs: 600_000,
      halfOpenProbes: 3,
    })
  })

  test.each([
    [0, 30_000],
    [1, 60_000],
    [3, 240_000],
    [4, 300_000],
    [5_000, 300_000],
  ])('after %i openings the next one lasts %i ms, with a jitter of 20 percent', (openings, plainMs) => {
    expect(openForMs(policy, openings, random)).toBe(plainMs)
    expect(openForMs(policy, openings, () => 0)).toBeCloseTo(plainMs * 0.8)
    expect(openForMs(policy, openings, () => 0.999_999)).toBeCloseTo(plainMs * 1.2, -1)
  })
})

describe('the table of transitions', () => {
  const closed = () => newBreaker(0)
  const halfOpen = () => breakerAt(opened(), dueMs)
  const almostClosed = () => run(halfOpen(), ['success', 'success'], dueMs)
  const halfFailed = () => run(halfOpen(), ['half-failure'], dueMs)
  const fourFailures = () => run(closed(), times(4, 'failure'), 0)

  test.each<[from: string, make: () => Breaker, report: Report, to: string]>([
    ['closed', closed, 'success', 'closed'],
    ['closed', closed, 'failure', 'closed'],
    ['closed', closed, 'half-failure', 'closed'],
    ['closed', closed, 'none', 'closed'],
    ['closed', closed, 'first-content', 'closed'],
    ['closed with four failures', fourFailures, 'success', 'closed'],
    ['closed with four failures', fourFailures, 'failure', 'open'],
    ['closed with four failures', fourFailures, 'half-failure', 'closed'],
    ['closed with four failures', fourFailures, 'none', 'closed'],
    ['half-open', halfOpen, 'success', 'half_open'],
    ['half-open', halfOpen, 'first-content', 'half_open'],
    ['half-open', halfOpen, 'failure', 'open'],
    ['half-open', halfOpen, 'half-failure', 'half_open'],
    ['half-open', halfOpen, 'none', 'half_open'],
    ['half-open after half a failure', halfFailed, 'half-failure', 'open'],
    ['half-open after half a failure', halfFailed, 'success', 'half_open'],
    ['half-open after two successes', almostClosed, 'success', 'closed'],
    ['half-open after two successes', almostClosed, 'first-content', 'closed'],
    ['half-open after two successes', almostClosed, 'failure', 'open'],
    ['half-open after two successes', almostClosed, 'none', 'half_open'],
  ])('%s + %s', (_from, make, report, to) => {
    const before = make()
    const nowMs = before.phase.state === 'closed' ? 0 : dueMs
    const { breaker, permit } = granted(requestPermit(before, nowMs))
    expect(stateOf(settle(breaker, permit, report, nowMs), nowMs)).toBe(to)
  })

  test.each<[report: Report, to: string]>([
    ['success', 'half_open'],
    ['first-content', 'half_open'],
    ['failure', 'open'],
    ['half-failure', 'open'],
    ['none', 'open'],
  ])('open, by force + %s -> %s', (report, to) => {
    const { breaker, permit } = granted(forcePermit(opened(), 1_000))
    const after = settle(breaker, permit, report, 2_000)
    expect(stateOf(after, 2_000)).toBe(to)
    if (to === 'open') expect(breakerView(policy, after, 2_000).openUntilMs).toBe(dueMs)
    expect(granted(forcePermit(after, 2_000)).permit.probe).toBe(true)
  })
})

describe('closed', () => {
  test('five failures in a row open it, a success in between starts the count anew', () => {
    expect(stateOf(run(newBreaker(0), [...times(4, 'failure'), 'success', ...times(4, 'failure')], 0), 0)).toBe(
      'closed',
    )
    expect(stateOf(opened(), 0)).toBe('open')
  })

  test('ten overloads in a row open it, for each counts a half', () => {
    expect(stateOf(run(newBreaker(0), times(9, 'half-failure'), 0), 0)).toBe('closed')
    expect(stateOf(run(newBreaker(0), times(10, 'half-failure'), 0), 0)).toBe('open')
  })

  test('the rate counts from 20 requests on, overloads by half', () => {
    const pair: readonly Report[] = ['failure', 'success']
    const nine = Array.from({ length: 9 }, () => pair).flat()
    expect(stateOf(run(newBreaker(0), [...nine, 'failure'], 0), 0)).toBe('closed')
    expect(stateOf(run(newBreaker(0), [...nine, ...pair], 0), 0)).toBe('open')
    const overloads = Array.from({ length: 20 }, (): readonly Report[] => ['half-failure', 'success']).flat()
    const after = run(newBreaker(0), overloads, 0)
    expect(breakerView(policy, after, 0)).toMatchObject({ state: 'closed', failureRatio: 0.25 })
  })

  test('failures that fell out of the window do not count in the rate', () => {
    const old = run(newBreaker(0), Array.from({ length: 9 }, (): readonly Report[] => ['failure', 'success']).flat(), 0)
    expect(stateOf(run(old, ['failure', 'failure', 'success'], 61_000), 61_000)).toBe('closed')
  })

  test('nothing is booked before the end of a stream', () => {
    const { breaker, permit } = granted(requestPermit(newBreaker(0), 0))
    expect(breakerView(policy, settle(breaker, permit, 'first-content', 10), 10).failureRatio).toBeNull()
  })

  test('a permit settled twice counts once', () => {
    const { breaker, permit } = granted(requestPermit(newBreaker(0), 0))
    const once = settle(breaker, permit, 'failure', 0)
    expect(settle(once, permit, 'failure', 0)).toBe(once)
    expect(once.streak).toBe(1)
  })
})

describe('open', () => {
  test('lets nobody pass before its time, and is half-open the moment it is over', () => {
    expect(requestPermit(opened(), dueMs - 0.001).permit).toBeNull()
    expect(breakerView(policy, opened(), dueMs - 0.001)).toMatchObject({
      state: 'open',
      openUntilMs: dueMs,
      consecutiveFailures: 5,
      failureRatio: 1,
    })
    expect(breakerView(policy, opened(), dueMs)).toMatchObject({ state: 'half_open', openUntilMs: null })
    expect(granted(requestPermit(opened(), dueMs)).permit.probe).toBe(true)
  })

  test('a result from before it opened changes nothing', () => {
    const early = granted(requestPermit(newBreaker(0), 0))
    const open = run(early.breaker, times(5, 'failure'), 0)
    expect(settle(open, early.permit, 'success', 1)).toBe(open)
    const half = breakerAt(open, dueMs)
    expect(settle(half, early.permit, 'failure', dueMs)).toBe(half)
  })

  test('each re-opening doubles the time up to the cap, whatever failed in between', () => {
    let breaker = opened()
    let nowMs = 0
    for (const expectedMs of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
      expect(breakerView(policy, breaker, nowMs).openUntilMs).toBe(nowMs + expectedMs)
      nowMs += expectedMs
      breaker = run(breaker, ['success', 'failure'], nowMs)
    }
  })

  test('ten minutes closed forget the doubling, less do not', () => {
    const closed = run(opened(), times(3, 'success'), dueMs)
    const soon = run(closed, times(5, 'failure'), dueMs + 599_999)
    expect(breakerView(policy, soon, dueMs + 599_999).openUntilMs).toBe(dueMs + 599_999 + 60_000)
    const late = run(closed, times(5, 'failure'), dueMs + 600_000)
    expect(breakerView(policy, late, dueMs + 600_000).openUntilMs).toBe(dueMs + 600_000 + 30_000)
  })

  test('a health check brings half-open forward and closes nothing', () => {
    const forward = bringForward(opened(), 1_000)
    expect(stateOf(forward, 1_000)).toBe('half_open')
    expect(bringForward(newBreaker(0), 1_000)).toEqual(newBreaker(0))
  })
})

describe('by force', () => {
  test('one that fails while it is open costs no doubling', () => {
    const { breaker, permit } = granted(forcePermit(opened(), 1_000))
    const after = settle(breaker, permit, 'failure', 2_000)
    expect(after.openings).toBe(opened().openings)
    expect(breakerView(policy, after, 2_000).openUntilMs).toBe(dueMs)
  })

  test('its success is the first of the three', () => {
    const { breaker, permit } = granted(forcePermit(opened(), 1_000))
    const half = settle(breaker, permit, 'success', 2_000)
    expect(stateOf(run(half, ['success'], 2_000), 2_000)).toBe('half_open')
    expect(stateOf(run(half, ['success', 'success'], 2_000), 2_000)).toBe('closed')
  })

  test('one that is still out when the time is over goes on as the probe', () => {
    const { breaker, permit } = granted(forcePermit(opened(), 1_000))
    expect(requestPermit(breaker, dueMs).permit).toBeNull()
    expect(stateOf(settle(breaker, permit, 'failure', dueMs), dueMs)).toBe('open')
    expect(stateOf(settle(breaker, permit, 'first-content', dueMs), dueMs)).toBe('half_open')
  })

  test('those beside the probe pass and have no say', () => {
    const first = granted(forcePermit(opened(), 1_000))
    const second = granted(forcePermit(first.breaker, 1_000))
    expect(second.permit.probe).toBe(false)
    const after = settle(second.breaker, second.permit, 'success', 2_000)
    expect(after.phase).toEqual(first.breaker.phase)
    const half = breakerAt(second.breaker, dueMs)
    expect(settle(half, second.permit, 'failure', dueMs).phase).toEqual(half.phase)
  })

  test('not past the isolation of the user', () => {
    expect(forcePermit(isolateBreaker(opened()), 1_000).permit).toBeNull()
  })
})

describe('half-open', () => {
  test('hands out one probe at a time; its first content frees the place', () => {
    const probe = granted(requestPermit(opened(), dueMs))
    expect(requestPermit(probe.breaker, dueMs).permit).toBeNull()
    const content = settle(probe.breaker, probe.permit, 'first-content', dueMs + 1)
    expect(granted(requestPermit(content, dueMs + 1)).permit.probe).toBe(true)
    expect(settle(content, probe.permit, 'first-content', dueMs + 1)).toEqual(content)
  })

  test('a probe given back frees the place only', () => {
    const probe = granted(requestPermit(opened(), dueMs))
    const back = settle(probe.breaker, probe.permit, 'none', dueMs)
    expect(back.phase).toMatchObject({ state: 'half-open', successes: 0, probeId: null })
  })

  test('closing clears window, streak and nothing else', () => {
    const closed = run(opened(), times(3, 'success'), dueMs)
    expect(breakerView(policy, closed, dueMs)).toEqual({
      state: 'closed',
      openUntilMs: null,
      probeOut: false,
      consecutiveFailures: 0,
      failureRatio: null,
      isolated: false,
    })
    expect(closed.openings).toBe(1)
  })

  test('a probe that is cut after it closed the breaker is a failure of the closed breaker', () => {
    const almost = run(opened(), ['success', 'success'], dueMs)
    const probe = granted(requestPermit(almost, dueMs))
    const closed = settle(probe.breaker, probe.permit, 'first-content', dueMs)
    const cut = settle(closed, probe.permit, 'failure', dueMs + 5_000)
    expect(breakerView(policy, cut, dueMs + 5_000)).toMatchObject({ state: 'closed', consecutiveFailures: 1 })
  })

  test('a probe that is cut after its first content, while others still probe, does not open it again', () => {
    const probe = granted(requestPermit(opened(), dueMs))
    const content = settle(probe.breaker, probe.permit, 'first-content', dueMs)
    const cut = settle(content, probe.permit, 'failure', dueMs + 1)
    expect(cut.phase).toEqual(content.phase)
  })
})

describe('the user', () => {
  test('isolates: nobody passes in any state, and what is under way still counts', () => {
    const { breaker, permit } = granted(requestPermit(newBreaker(0), 0))
    const isolated = isolateBreaker(breaker)
    expect(requestPermit(isolated, 0).permit).toBeNull()
    expect(settle(isolated, permit, 'failure', 0)).toMatchObject({ streak: 1, isolated: true })
    expect(breakerView(policy, isolated, 0)).toMatchObject({ state: 'closed', isolated: true })
  })

  test('resets: closed, not isolated, the doubling forgotten, old permits void', () => {
    const { breaker, permit } = granted(forcePermit(opened(), 1_000))
    const reset = resetBreaker(isolateBreaker(breaker), 2_000)
    expect(reset).toMatchObject({ isolated: false, openings: 0, streak: 0, phase: { state: 'closed', sinceMs: 2_000 } })
    expect(settle(reset, permit, 'failure', 3_000)).toBe(reset)
    expect(granted(requestPermit(reset, 3_000)).permit.id).not.toBe(permit.id)
  })

  test('samples of a gap are forgotten', () => {
    const failing = run(run(newBreaker(0), ['failure'], 0), times(3, 'failure'), 20_000)
    const after = discardBreakerGap(policy, failing, { fromMs: 19_000, toMs: 21_000 })
    expect(after.streak).toBe(0)
    expect(breakerView(policy, after, 21_000).failureRatio).toBe(1)
    expect(after.window.buckets).toHaveLength(1)
  })
})

describe('across a restart', () => {
  const wallMs = 1_800_000_000_000
  const restoredAt = { nowMs: 50, wallMs: wallMs + 10_000, clampMs: 60_000 }

  test('an open breaker keeps its deadline on the wall clock', () => {
    const persisted = persistBreaker(opened(), { nodeId: 'n1', nowMs: 5_000, wallMs })
    expect(persisted).toEqual({
      nodeId: 'n1',
      state: 'open',
      openUntilMs: wallMs + 25_000,
      reopenings: 1,
      isolated: false,
    })
    expect(breakerView(policy, restoreBreaker(persisted, restoredAt), 50).openUntilMs).toBe(50 + 15_000)
  })

  test('a deadline further than the clamp is cut to it, one in the past is due', () => {
    const persisted = persistBreaker(opened(), { nodeId: 'n1', nowMs: 0, wallMs })
    const far = restoreBreaker({ ...persisted, openUntilMs: wallMs + 86_400_000 }, restoredAt)
    expect(breakerView(policy, far, 50).openUntilMs).toBe(50 + 60_000)
    const past = restoreBreaker({ ...persisted, openUntilMs: wallMs - 1 }, restoredAt)
    expect(stateOf(past, 50)).toBe('half_open')
  })

  test('half-open is kept as open and due, closed as closed with its doubling, isolation as it is', () => {
    const half = persistBreaker(run(opened(), ['success'], dueMs), { nodeId: 'n1', nowMs: dueMs, wallMs })
    expect(half).toMatchObject({ state: 'open', openUntilMs: wallMs })
    const closed = persistBreaker(isolateBreaker(run(opened(), times(3, 'success'), dueMs)), {
      nodeId: 'n1',
      nowMs: dueMs,
      wallMs,
    })
    expect(closed).toEqual({ nodeId: 'n1', state: 'closed', openUntilMs: null, reopenings: 1, isolated: true })
    const again = run(resetIsolation(restoreBreaker(closed, restoredAt)), times(5, 'failure'), 50)
    expect(breakerView(policy, again, 50).openUntilMs).toBe(50 + 60_000)
    expect(restoreBreaker(closed, restoredAt).isolated).toBe(true)
    expect(stateOf(restoreBreaker({ ...half, state: 'half_open', openUntilMs: null }, restoredAt), 50)).toBe(
      'half_open',
    )
  })

  const resetIsolation = (breaker: Breaker): Breaker => ({ ...breaker, isolated: false })
})
