// Which lists of the control plane a change makes stale.
import type { ChangedList } from '../../shared/contract/push.ts'
import type { DecisionKind } from '../../shared/model/decision.ts'

export function changedLists(kind: DecisionKind): readonly ChangedList[] {
  switch (kind) {
    case 'node-added':
    case 'node-changed':
    case 'node-removed':
    case 'node-isolated':
    case 'node-reset':
      return ['nodes', 'pools']
    case 'client-key-created':
    case 'client-key-changed':
    case 'client-key-revoked':
      // A pool names the keys that use it.
      return ['client-keys', 'pools']
    case 'pool-created':
    case 'pool-removed':
      return ['pools']
    case 'setting-changed':
      return ['settings']
    case 'vault-changed':
      // With the vault the keys of nodes become readable or not.
      return ['vault', 'nodes']
    case 'failed-over':
    case 'breaker-opened':
    case 'breaker-half-opened':
    case 'breaker-closed':
    case 'node-cooled':
    case 'node-parked':
    case 'key-set-aside':
    case 'model-gap':
    case 'signature-rectified':
      // The engine's own: the node's view says it.
      return []
  }
}
