// Which node each pool would ask first now: what a person sees as `active`. Models are left out of it, for they differ by request.
import type { LiveNode } from '../nodes/live-node.ts'
import type { Registry } from '../registry/registry.ts'

export function activeNodes(registry: Registry, nowMs: number): ReadonlySet<LiveNode> {
  const pools = new Set(registry.all().flatMap(({ node }) => node.pools))
  return new Set(
    [...pools].flatMap(
      (pool) =>
        registry
          .nodesOf(pool)
          .filter((node) => isReady(node, nowMs))
          .toSorted(byOrder)[0] ?? [],
    ),
  )
}

function isReady(node: LiveNode, nowMs: number): boolean {
  if (!node.node.enabled || node.isolated || node.breakerStanding(nowMs).state !== 'closed') return false
  return (
    node.parked(nowMs) === null &&
    node.cooling(nowMs) === null &&
    node.allKeysAside(nowMs) === null &&
    !node.keysWithheld
  )
}

function byOrder(a: LiveNode, b: LiveNode): number {
  const answering = Number(a.unansweredConnects > 0) - Number(b.unansweredConnects > 0)
  return answering || a.node.priority - b.node.priority || a.node.createdAtMs - b.node.createdAtMs
}
