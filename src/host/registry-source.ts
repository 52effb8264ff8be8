// The database as the engine's registry sees it: stored nodes with their keys opened, plus the simulated ones.
import type { KeyedNode, OpenKey, RegistrySnapshot, RegistrySource } from '../engine/ports.ts'
import type { Node } from '../shared/model/node.ts'
import type { Redactor } from '../shared/redact.ts'
import type { Vault } from '../storage/secrets/vault.ts'
import type { SealedKey, Storage, StoredRegistry } from '../storage/storage.ts'
import type { DemoOverlay, DemoPresence } from './demo/demo-overlay.ts'
import { messageOf } from './host-error.ts'
import type { HostLog } from './logs/create-log.ts'

export type HostRegistry = RegistrySource & {
  /** As last loaded; what the control plane shows, also while the database is away. */
  readonly latest: () => LoadedRegistry
}

export type LoadedRegistry = {
  readonly stored: StoredRegistry
  readonly demo: DemoPresence
  /** Keys that cannot be opened, by key id, with what to do about it. */
  readonly unreadableKeys: ReadonlyMap<string, string>
  /** Why the last load failed; null when it did not. */
  readonly failure: string | null
}

export type RegistrySourceOptions = {
  readonly storage: Pick<Storage, 'loadRegistry' | 'loadPool'>
  readonly vault: Pick<Vault, 'open'>
  readonly demo: DemoOverlay
  readonly secrets: Pick<Redactor, 'add'>
  readonly log: HostLog
}

export function createRegistrySource({ storage, vault, demo, secrets, log }: RegistrySourceOptions): HostRegistry {
  let latest: LoadedRegistry = {
    stored: { nodes: [], keys: [], pools: [], clientKeys: [] },
    demo: { nodes: [], pools: [], clientKeys: [] },
    unreadableKeys: new Map(),
    failure: null,
  }

  async function load(): Promise<RegistrySnapshot> {
    const stored = await storage.loadRegistry().catch((error: unknown) => {
      latest = { ...latest, failure: messageOf(error) }
      throw error
    })
    const presence = await demo.reconcile(stored)
    const opened = openAll(stored)
    latest = { stored, demo: presence, unreadableKeys: opened.unreadable, failure: null }
    return {
      nodes: [...opened.nodes, ...presence.nodes.map(keyless)],
      pools: [...stored.pools, ...presence.pools],
      clientKeys: [...stored.clientKeys, ...presence.clientKeys],
    }
  }

  async function loadPool(pool: string): Promise<readonly KeyedNode[]> {
    const opened = openAll(await storage.loadPool(pool))
    // A pool that has a real node is not served by simulated ones, whatever the last full load knew.
    if (opened.nodes.length > 0) return opened.nodes
    return latest.demo.nodes.filter((node) => node.pools.includes(pool)).map(keyless)
  }

  function openAll({ nodes, keys }: Pick<StoredRegistry, 'nodes' | 'keys'>): OpenedNodes {
    const unreadable = new Map<string, string>()
    const keyed = nodes.map((node) => ({
      node,
      keys: keys
        .filter((key) => key.nodeId === node.id && key.enabled)
        .flatMap((key) => {
          const opened = openKey(node, key)
          if (opened.ok) return [opened.key]
          unreadable.set(key.id, opened.message)
          return []
        }),
    }))
    return { nodes: keyed, unreadable }
  }

  /** One key that cannot be opened must not take its node, or the others, away. */
  function openKey(node: Node, key: SealedKey): OpenedKey {
    try {
      const secret = vault.open(key.sealed, node.id)
      secrets.add(secret)
      return { ok: true, key: { id: key.id, label: key.label, secret } }
    } catch (error) {
      const reason = messageOf(error)
      // Registry loads repeat every minute; the first one says it.
      if (!latest.unreadableKeys.has(key.id)) {
        log('error', 'vault', `The key "${key.label}" of node "${node.name}" is left out. ${reason}`, {
          nodeId: node.id,
          keyId: key.id,
        })
      }
      return { ok: false, message: reason }
    }
  }

  return { load, loadPool, latest: () => latest }
}

type OpenedKey = { readonly ok: true; readonly key: OpenKey } | { readonly ok: false; readonly message: string }
type OpenedNodes = { readonly nodes: readonly KeyedNode[]; readonly unreadable: ReadonlyMap<string, string> }

function keyless(node: Node): KeyedNode {
  return { node, keys: [] }
}
