// A node as the control plane shows it: what is stored, what the engine knows now, and never a secret.
import type { LiveNode } from '../../engine/engine-door.ts'
import type { Node } from '../../shared/model/node.ts'
import type { KeyStanding, NodeView } from '../../shared/model/node-status.ts'
import type { SealedKey } from '../../storage/storage.ts'
import type { LoadedRegistry } from '../registry-source.ts'

/** Stored nodes in their order, then the simulated ones. */
export function nodeViews(loaded: LoadedRegistry, live: readonly LiveNode[]): NodeView[] {
  const byId = new Map(live.map((node) => [node.nodeId, node]))
  const keysOf = Map.groupBy(loaded.stored.keys, (key) => key.nodeId)
  return [...loaded.stored.nodes, ...loaded.demo.nodes].map((node) =>
    nodeView(node, {
      keys: keysOf.get(node.id) ?? [],
      unreadable: loaded.unreadableKeys,
      live: byId.get(node.id) ?? unknownNode(node),
    }),
  )
}

type ViewParts = {
  readonly keys: readonly SealedKey[]
  readonly unreadable: LoadedRegistry['unreadableKeys']
  readonly live: LiveNode
}

function nodeView(node: Node, { keys: own, unreadable, live }: ViewParts): NodeView {
  const { status, breaker, unavailableUntilMs, unavailableReason, inFlight } = live
  const keys = own.map((key) => {
    const liveKey = live.keys.find((candidate) => candidate.id === key.id)
    const why = unreadable.get(key.id)
    return Object.assign(withoutSecret(key), {
      standing: standingOf(key, { unreadable: why !== undefined, aside: liveKey?.asideAs ?? null }),
      asideUntilMs: liveKey?.asideUntilMs ?? null,
      asideReason: why ?? liveKey?.asideReason ?? null,
    })
  })
  return { ...node, status, breaker, unavailableUntilMs, unavailableReason, inFlight, keys }
}

function withoutSecret({ id, nodeId, label, last4, enabled }: SealedKey): Omit<SealedKey, 'sealed'> {
  return { id, nodeId, label, last4, enabled }
}

function standingOf(
  key: SealedKey,
  { unreadable, aside }: { readonly unreadable: boolean; readonly aside: 'throttled' | 'refused' | null },
): KeyStanding {
  if (!key.enabled) return 'disabled'
  return unreadable ? 'unreadable' : (aside ?? 'usable')
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
