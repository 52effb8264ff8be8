// A node as the control plane shows it: what is stored, what the engine knows now, and never a secret.
import type { LiveNode } from '../../engine/engine-door.ts'
import type { Node } from '../../shared/model/node.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import type { SealedKey } from '../../storage/storage.ts'
import type { LoadedRegistry } from '../registry-source.ts'

/** Stored nodes in their order, then the simulated ones. */
export function nodeViews(loaded: LoadedRegistry, live: readonly LiveNode[]): NodeView[] {
  const byId = new Map(live.map((node) => [node.nodeId, node]))
  return [...loaded.stored.nodes, ...loaded.demo.nodes].map((node) =>
    nodeView({ node, loaded, live: byId.get(node.id) ?? unknownNode(node) }),
  )
}

type ViewParts = { readonly node: Node; readonly loaded: LoadedRegistry; readonly live: LiveNode }

function nodeView({ node, loaded, live }: ViewParts): NodeView {
  const { status, breaker, unavailableUntilMs, unavailableReason, inFlight } = live
  const keys = loaded.stored.keys
    .filter((key) => key.nodeId === node.id)
    .map((key) => {
      const liveKey = live.keys.find((candidate) => candidate.id === key.id)
      return Object.assign(withoutSecret(key), {
        asideUntilMs: liveKey?.asideUntilMs ?? null,
        asideReason: loaded.unreadableKeys.get(key.id) ?? liveKey?.asideReason ?? null,
      })
    })
  return { ...node, status, breaker, unavailableUntilMs, unavailableReason, inFlight, keys }
}

function withoutSecret({ id, nodeId, label, last4, enabled }: SealedKey): Omit<SealedKey, 'sealed'> {
  return { id, nodeId, label, last4, enabled }
}

/** For the moment between a change in the database and the engine's next look at it. */
function unknownNode(node: Node): LiveNode {
  return {
    nodeId: node.id,
    status: node.enabled ? 'standby' : 'disabled',
    breaker: { state: 'closed', openUntilMs: null, consecutiveFailures: 0, failureRatio: null },
    unavailableUntilMs: null,
    unavailableReason: null,
    inFlight: 0,
    keys: [],
  }
}
