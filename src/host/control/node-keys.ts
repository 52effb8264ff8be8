// The keys of one node: add, rename, enable, reorder, remove. A key keeps its id, and with it what the engine knows of it.
import type { Node } from '../../shared/model/node.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import type { SealedKey } from '../../storage/storage.ts'
import type { ControlServices } from './control-services.ts'
import { notFound } from './find-by-ref.ts'
import { findStored, keysOf, viewOf } from './nodes.ts'
import { type KeyInput, refuseTakenLabel, sealKeys } from './seal-keys.ts'

type KeyRef = { readonly ref: string; readonly key: string }
type NewKey = KeyInput & { readonly ref: string }
type ChangedKey = KeyRef & {
  readonly label?: string | undefined
  readonly enabled?: boolean | undefined
  /** 1 for the first. */
  readonly position?: number | undefined
}

export type NodeKeyControl = {
  readonly add: (input: NewKey) => Promise<NodeView>
  readonly update: (input: ChangedKey) => Promise<NodeView>
  readonly remove: (input: KeyRef) => Promise<NodeView>
}

export function createNodeKeyControl(services: ControlServices): NodeKeyControl {
  const { storage, changes } = services

  async function add({ ref, label, secret }: NewKey): Promise<NodeView> {
    const node = findStored(ref, services)
    const keys = keysOf(node, services)
    const added = sealKeys([{ label, secret }], { nodeId: node.id, keys }, services)
    const named = added.map(nameOf).join(', ')
    return store(node, [...keys, ...added], `The key ${named} was added to the node ${node.name}.`)
  }

  async function update(input: ChangedKey): Promise<NodeView> {
    const node = findStored(input.ref, services)
    const keys = keysOf(node, services)
    const key = findKey(keys, input.key)
    const others = keys.filter((other) => other !== key)
    if (input.label !== undefined) refuseTakenLabel(input.label, others)
    const changed = { ...key, label: input.label ?? key.label, enabled: input.enabled ?? key.enabled }
    const before = keys.indexOf(key)
    const position = Math.min(input.position ?? before + 1, keys.length)
    const what = changesOf({ key, position: before + 1 }, { key: changed, position })
    const text = `The key ${nameOf(key)} of the node ${node.name} was changed: ${what}.`
    return store(node, others.toSpliced(position - 1, 0, changed), text)
  }

  async function remove(input: KeyRef): Promise<NodeView> {
    const node = findStored(input.ref, services)
    const keys = keysOf(node, services)
    const key = findKey(keys, input.key)
    const last = keys.length === 1 ? ' It was the last one: requests go there without a key.' : ''
    const text = `The key ${nameOf(key)} of the node ${node.name} was removed.${last}`
    return store(
      node,
      keys.filter((other) => other !== key),
      text,
    )
  }

  async function store(node: Node, keys: readonly SealedKey[], text: string): Promise<NodeView> {
    await storage.updateNode(node, keys)
    await changes.announce({ kind: 'node-changed', nodeId: node.id, text })
    return viewOf(node.id, services)
  }

  return {
    add: (input) => changes.run(() => add(input)),
    update: (input) => changes.run(() => update(input)),
    remove: (input) => changes.run(() => remove(input)),
  }
}

function findKey(keys: readonly SealedKey[], ref: string): SealedKey {
  const lower = ref.toLowerCase()
  const found = keys.find(({ id }) => id === ref) ?? keys.find(({ label }) => label.toLowerCase() === lower)
  if (found !== undefined) return found
  throw notFound(
    'node-key',
    ref,
    keys.map(({ label }) => label),
  )
}

type Placed = { readonly key: SealedKey; readonly position: number }

function changesOf(old: Placed, now: Placed): string {
  const parts = [
    old.key.label === now.key.label ? [] : [`label ${old.key.label} → ${now.key.label}`],
    old.key.enabled === now.key.enabled ? [] : [now.key.enabled ? 'enabled' : 'disabled'],
    old.position === now.position ? [] : [`position ${old.position} → ${now.position}`],
  ].flat()
  return parts.length === 0 ? 'nothing differs' : parts.join(', ')
}

function nameOf({ label, last4 }: SealedKey): string {
  return last4 === '' ? label : `${label} (…${last4})`
}
