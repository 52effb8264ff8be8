// The database as the engine's registry sees it: stored nodes with their keys opened, plus the simulated ones.
import type { KeyedNode, OpenKey, RegistrySnapshot, RegistrySource } from '../engine/ports.ts'
import type { Node } from '../shared/model/node.ts'
import type { Redactor } from '../shared/redact.ts'
import type { Vault } from '../storage/secrets/vault.ts'
import {
  globalProxySecretOwner,
  proxySecretOwner,
  type SealedKey,
  type SealedSecret,
  type Storage,
  type StoredRegistry,
} from '../storage/storage.ts'
import type { DemoOverlay, DemoPresence } from './demo/demo-overlay.ts'
import { messageOf } from './host-error.ts'
import type { HostLog } from './logs/create-log.ts'

export type HostRegistry = RegistrySource & {
  /** As last loaded; what the control plane shows, also while the database is away. */
  readonly latest: () => LoadedRegistry
  /** One node with its keys, as last loaded; also a simulated one. Undefined: no such node. */
  readonly keyed: (nodeId: string) => KeyedNode | undefined
  /** Of that proxy for all nodes, as last loaded; null: none, or the vault is closed. */
  readonly globalProxyPassword: (proxy: Parameters<typeof globalProxySecretOwner>[0]) => string | null
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
  readonly vault: Pick<Vault, 'open' | 'standing' | 'renewIfUnused'>
  readonly demo: DemoOverlay
  readonly secrets: Pick<Redactor, 'add'>
  readonly log: HostLog
}

export function createRegistrySource({ storage, vault, demo, secrets, log }: RegistrySourceOptions): HostRegistry {
  let latest: LoadedRegistry = {
    stored: { nodes: [], keys: [], secrets: [], pools: [], clientKeys: [] },
    demo: { nodes: [], pools: [], clientKeys: [] },
    unreadableKeys: new Map(),
    failure: null,
  }

  const toldSecrets = new Set<string>()
  const isOpen = (): boolean => vault.standing().state === 'open'
  let byId: ReadonlyMap<string, KeyedNode> = new Map()
  let proxyPasswords: ReadonlyMap<string, string | null> = new Map()

  async function load(): Promise<RegistrySnapshot> {
    const stored = await storage.loadRegistry().catch((error: unknown) => {
      latest = { ...latest, failure: messageOf(error) }
      throw error
    })
    // Whoever removed every node that a lost data key had sealed adds the first one anew with a new data key.
    if (stored.keys.length + stored.secrets.length === 0) await vault.renewIfUnused()
    const presence = await demo.reconcile(stored)
    const opened = openAll(stored)
    proxyPasswords = opened.passwords
    latest = { stored, demo: presence, unreadableKeys: opened.unreadable, failure: null }
    const nodes = [...opened.nodes, ...presence.nodes.map(keyless)]
    byId = new Map(nodes.map((keyed) => [keyed.node.id, keyed]))
    return {
      nodes,
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

  function openAll({ nodes, keys, secrets: sealed }: Pick<StoredRegistry, 'nodes' | 'keys' | 'secrets'>): OpenedNodes {
    const unreadable = new Map<string, string>()
    const keysOf = Map.groupBy(keys, (key) => key.nodeId)
    const passwords = new Map(sealed.map((secret) => [secret.owner, openSecret(secret)]))
    const keyed = nodes.map((node): KeyedNode => {
      const own = keysOf.get(node.id) ?? []
      const opened = own.flatMap((key) => {
        if (!key.enabled) return []
        const one = openKey(node, key)
        if (one.ok) return [one.key]
        unreadable.set(key.id, one.message)
        return []
      })
      return {
        node,
        keys: opened,
        keysWithheld: own.length > 0 && opened.length === 0,
        proxyPassword: passwords.get(proxySecretOwner(node.id)) ?? null,
      }
    })
    return { nodes: keyed, unreadable, passwords }
  }

  /** One key that cannot be opened must not take its node, or the others, away. */
  function openKey(node: Node, key: SealedKey): OpenedKey {
    try {
      const secret = vault.open(key.sealed, node.id)
      secrets.add(secret)
      return { ok: true, key: { id: key.id, label: key.label, secret } }
    } catch (error) {
      const reason = messageOf(error)
      // Registry loads repeat every minute; the first one says it. A closed vault was said to be closed, once for all.
      if (isOpen() && latest.unreadableKeys.get(key.id) !== reason) {
        log('error', 'vault', `The key "${key.label}" of node "${node.name}" is left out. ${reason}`, {
          nodeId: node.id,
          keyId: key.id,
        })
      }
      return { ok: false, message: reason }
    }
  }

  /** A proxy password that cannot be opened: the proxy will say that it is missing. */
  function openSecret({ owner, sealed }: SealedSecret): string | null {
    try {
      const secret = vault.open(sealed, owner)
      secrets.add(secret)
      return secret
    } catch (error) {
      if (isOpen() && !toldSecrets.has(owner)) {
        toldSecrets.add(owner)
        log('error', 'vault', `The password of a proxy (${owner}) is left out. ${messageOf(error)}`)
      }
      return null
    }
  }

  return {
    load,
    loadPool,
    latest: () => latest,
    keyed: (nodeId) => byId.get(nodeId),
    globalProxyPassword: (proxy) => proxyPasswords.get(globalProxySecretOwner(proxy)) ?? null,
  }
}

type OpenedKey = { readonly ok: true; readonly key: OpenKey } | { readonly ok: false; readonly message: string }
type OpenedNodes = {
  readonly nodes: readonly KeyedNode[]
  readonly unreadable: ReadonlyMap<string, string>
  /** By owner; null: it cannot be opened. */
  readonly passwords: ReadonlyMap<string, string | null>
}

function keyless(node: Node): KeyedNode {
  return { node, keys: [], keysWithheld: false, proxyPassword: null }
}
