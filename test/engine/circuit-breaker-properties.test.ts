// What holds for the circuit breaker whatever happens in whatever order at whatever time.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bringForward, isolateBreaker, resetBreaker } from '../../src/engine/nodes/breaker-commands.ts'
import type { BreakerPolicy } from '../../src/engine/nodes/breaker-policy.ts'
import { breakerView } from '../../src/engine/nodes/breaker-view.ts'
import {
  type Breaker,
  breakerAt,
  forcePermit,
  newBreaker,
  type Permit,
  requestPermit,
  settlePermit,
} from '../../src/engine/nodes/circuit-breaker.ts'

const policy: BreakerPolicy = {
  windowMs: 1_000,
  minRequests: 6,
  failureRatio: 0.5,
  consecutiveFailures: 3,
  cooldownMs: 100,
  cooldownMaxMs: 350,
  forgetReopeningsMs: 2_000,
  halfOpenProbes: 3,
}

const report = fc.constantFrom(
  'success' as const,
  'failure' as const,
  'half-failure' as const,
  'none' as const,
  'first-content' as const,
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('request' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('force' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('settle' as const), pick: fc.nat(), report }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bring-forward' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('isolate' as const, 'reset' as const) }) },
)
const timedStep = fc.record({
  step,
  waitMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 150, noNaN: true })),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

/** A permit as the world outside knows it. */
type Held = { readonly permit: Permit; settled: boolean; hadContent: boolean }

test('holds its promises through any sequence of requests, results and commands', () => {
  fc.assert(
    fc.property(
      fc.array(timedStep, { maxLength: 120 }),
      fc.double({ min: 0, max: 1e10, noNaN: true }),
      (steps, startMs) => {
        let breaker = newBreaker(startMs)
        let nowMs = startMs
        const held: Held[] = []
        for (const { step: event, waitMs, chance } of steps) {
          nowMs += waitMs
          const before = breakerAt(breaker, nowMs)
          switch (event.do) {
            case 'request':
            case 'force': {
              const answer = event.do === 'request' ? requestPermit(breaker, nowMs) : forcePermit(breaker, nowMs)
              checkGrant(before, answer.permit, event.do)
              breaker = answer.state
              if (answer.permit !== null) held.push({ permit: answer.permit, settled: false, hadContent: false })
              break
            }
            case 'settle': {
              const target = held[event.pick % Math.max(1, held.length)]
              if (target === undefined) break
              const after = settlePermit(policy, breaker, {
                permit: target.permit,
                report: event.report,
                nowMs,
                random: () => chance,
              })
              if (target.settled || target.permit.generation < breaker.generation) expect(after).toBe(breaker)
              checkTransition(before, after, nowMs)
              breaker = after
              if (event.report === 'first-content') target.hadContent = true
              else target.settled = true
              break
            }
            case 'bring-forward':
              breaker = bringForward(breaker, nowMs)
              expect(breaker.phase.state).toBe(before.phase.state === 'open' ? 'half-open' : before.phase.state)
              break
            case 'isolate':
              breaker = isolateBreaker(breaker)
              break
            case 'reset':
              breaker = resetBreaker(breaker, nowMs)
              break
          }
          checkAlways(breaker, held, nowMs)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

function checkGrant(before: Breaker, permit: Permit | null, how: 'request' | 'force'): void {
  if (before.isolated) expect(permit).toBeNull()
  else if (how === 'force' || before.phase.state === 'closed') expect(permit).not.toBeNull()
  else if (before.phase.state === 'open') expect(permit).toBeNull()
  else expect(permit !== null).toBe(before.phase.probeId === null)
}

function checkTransition(before: Breaker, after: Breaker, nowMs: number): void {
  const path = `${before.phase.state} -> ${breakerAt(after, nowMs).phase.state}`
  expect([
    'closed -> closed',
    'closed -> open',
    'open -> open',
    'open -> half-open',
    'half-open -> half-open',
    'half-open -> open',
    'half-open -> closed',
  ]).toContain(path)
  if (path === 'half-open -> closed') {
    expect(breakerView(policy, after, nowMs)).toMatchObject({ consecutiveFailures: 0, failureRatio: null })
  }
  if (after.phase.state === 'open' && before.phase.state !== 'open') {
    expect(after.generation).toBe(before.generation + 1)
    const openMs = after.phase.untilMs - nowMs
    const plainMs = Math.min(policy.cooldownMs * 2 ** (after.openings - 1), policy.cooldownMaxMs)
    expect(openMs).toBeGreaterThan(plainMs * 0.8 - 0.01)
    expect(openMs).toBeLessThan(plainMs * 1.2 + 0.01)
  }
  if (path === 'open -> open' && before.phase.state === 'open' && after.phase.state === 'open') {
    expect(after.phase.untilMs).toBe(before.phase.untilMs)
    expect(after.openings).toBe(before.openings)
  }
  if (path === 'closed -> open') {
    const { requests, weight } = after.window.buckets.reduce(
      (sums, bucket) => ({ requests: sums.requests + bucket.requests, weight: sums.weight + bucket.failureWeight }),
      { requests: 0, weight: 0 },
    )
    const byRate = requests >= policy.minRequests && weight / requests >= policy.failureRatio
    expect(after.streak >= policy.consecutiveFailures || byRate).toBe(true)
  }
}

function checkAlways(breaker: Breaker, held: readonly Held[], nowMs: number): void {
  const probes = held.filter(
    (lease) =>
      lease.permit.probe && !lease.settled && !lease.hadContent && lease.permit.generation === breaker.generation,
  )
  if (breakerAt(breaker, nowMs).phase.state !== 'closed') expect(probes.length).toBeLessThanOrEqual(1)
  const unsettled = held.filter((lease) => !lease.settled && lease.permit.generation === breaker.generation)
  expect(new Set(breaker.outstanding)).toEqual(new Set(unsettled.map((lease) => lease.permit.id)))
  if (breaker.phase.state === 'closed') expect(breaker.streak).toBeLessThan(policy.consecutiveFailures)
}

test('three successes close it from half-open, whatever was given back in between', () => {
  const reports = fc.array(fc.constant('none' as const), { maxLength: 3 })
  fc.assert(
    fc.property(reports, reports, reports, fc.double({ min: 120, max: 1e9, noNaN: true }), (a, b, c, laterMs) => {
      const sequence = [...a, 'success' as const, ...b, 'success' as const, ...c, 'success' as const]
      const half = failed(newBreaker(0), policy.consecutiveFailures)
      const after = sequence.reduce((breaker, kind) => one(breaker, kind, laterMs), half)
      expect(breakerView(policy, after, laterMs)).toMatchObject({
        state: 'closed',
        failureRatio: null,
        consecutiveFailures: 0,
      })
    }),
  )
})

test('does not open by rate below the fewest requests, however bad they are', () => {
  const reports = fc.array(fc.constantFrom('success' as const, 'failure' as const), {
    maxLength: policy.minRequests - 1,
  })
  fc.assert(
    fc.property(reports, (sequence) => {
      const streaks = sequence
        .map((kind) => (kind === 'failure' ? 'x' : ' '))
        .join('')
        .split(' ')
      const longest = Math.max(0, ...streaks.map((streak) => streak.length))
      fc.pre(longest < policy.consecutiveFailures)
      const after = sequence.reduce((breaker, kind) => one(breaker, kind, 0), newBreaker(0))
      expect(after.phase.state).toBe('closed')
    }),
  )
})

function one(breaker: Breaker, kind: 'success' | 'failure' | 'none', nowMs: number): Breaker {
  const { state, permit } = requestPermit(breaker, nowMs)
  return permit === null ? state : settlePermit(policy, state, { permit, report: kind, nowMs, random: () => 0.5 })
}
function failed(breaker: Breaker, count: number): Breaker {
  return Array.from({ length: count }).reduce<Breaker>((before) => one(before, 'failure', 0), breaker)
}
