// What people see of a node's live state.
import { assertNever } from '../../shared/assert-never.ts'
import type { NodeStatus } from '../../shared/model/node-status.ts'
import type { LiveNode as LiveNodeView } from '../engine-door.ts'
import type { Clock } from '../ports.ts'
import type { Aside } from './lease.ts'
import type { LiveNode } from './live-node.ts'

/** `active`: the node that a request of its pool would go to now. */
export function liveView(node: LiveNode, active: boolean, clock: Clock): LiveNodeView {
  const nowMs = clock.monotonicMs()
  const wall = (monotonicMs: number) => Math.round(clock.wallMs() + monotonicMs - nowMs)
  const breaker = node.breakerView(nowMs)
  const parked = node.parked(nowMs)
  const cooling = node.cooling(nowMs) ?? node.allKeysAside(nowMs)
  const away: Aside | null = parked ?? cooling
  return {
    nodeId: node.node.id,
    status: statusOf(node, { parked: parked !== null, cooling: cooling !== null, active, breaker: breaker.state }),
    breaker: {
      state: breaker.state,
      openUntilMs: breaker.openUntilMs === null ? null : wall(breaker.openUntilMs),
      consecutiveFailures: breaker.consecutiveFailures,
      failureRatio: breaker.failureRatio,
    },
    unavailableUntilMs: away === null ? null : wall(away.untilMs),
    unavailableReason: away?.reason ?? null,
    inFlight: node.inFlight,
    keys: node.usableAndAsideKeys().map((key) => {
      const aside = node.keyAside(key.id, nowMs)
      return {
        id: key.id,
        asideUntilMs: aside === null ? null : wall(aside.untilMs),
        asideReason: aside?.reason ?? null,
        asideAs: aside?.as ?? null,
      }
    }),
  }
}

type Facts = { parked: boolean; cooling: boolean; active: boolean; breaker: 'closed' | 'open' | 'half_open' }

function statusOf({ node, isolated }: LiveNode, { parked, cooling, active, breaker }: Facts): NodeStatus {
  if (!node.enabled) return 'disabled'
  if (isolated) return 'isolated'
  if (parked) return 'parked'
  if (cooling) return 'cooling'
  switch (breaker) {
    case 'open':
      return 'circuit_breaker_open'
    case 'half_open':
      return 'circuit_breaker_half_open'
    case 'closed':
      return active ? 'active' : 'standby'
    default:
      return assertNever(breaker)
  }
}
