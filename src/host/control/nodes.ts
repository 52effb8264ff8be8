// Nodes: list, get, create, update, remove.
import type { CreateNodeInput, UpdateNodeInput } from '../../shared/contract/contract.ts'
import { defaultNodeFields, type Node, type NodeFields } from '../../shared/model/node.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import { newId } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { findByRef } from './find-by-ref.ts'
import { checkBaseUrl, checkPools, mergeFields, sealKeys } from './node-rules.ts'
import { nodeViews } from './node-views.ts'

export type NodeControl = {
  readonly list: () => NodeView[]
  readonly get: (ref: string) => NodeView
  readonly create: (input: CreateNodeInput) => Promise<NodeView>
  readonly update: (input: UpdateNodeInput) => Promise<NodeView>
  readonly remove: (ref: string) => Promise<{ readonly removed: string }>
}

export function createNodeControl(services: ControlServices): NodeControl {
  const { storage, registry, changes, engine } = services
  const views = (): NodeView[] => nodeViews(registry.latest(), engine.liveNodes())
  const view = (ref: string): NodeView => findByRef(views(), ref, 'node')

  async function create(input: CreateNodeInput): Promise<NodeView> {
    const base = { ...defaultNodeFields(input.baseUrl), name: input.name }
    const fields = checked(mergeFields(base, input))
    refuseTakenName(fields.name, null)
    const node: Node = { ...fields, id: newId('node'), simulated: false, createdAtMs: services.clock.wallMs() }
    const keys = sealKeys(input.keys, node.id, services)
    await storage.insertNode(node, keys)
    const place = `${node.baseUrl}, pool ${node.pools.join(', ')}, priority ${node.priority}, ${keyCount(keys.length)}`
    await changes.announce({ kind: 'node-added', nodeId: node.id, text: `The node ${node.name} was added: ${place}.` })
    return view(node.id)
  }

  async function update(input: UpdateNodeInput): Promise<NodeView> {
    const before = findStored(input.ref)
    const { id, simulated, createdAtMs, ...oldFields } = before
    const fields = checked(mergeFields(oldFields, input))
    refuseTakenName(fields.name, id)
    const node: Node = { ...fields, id, simulated, createdAtMs }
    const moved = originOf(before) !== originOf(node)
    // A key typed for one host must never be sent to another because a URL was edited (security.md).
    const newKeys = input.keys ?? (moved ? [] : null)
    await storage.updateNode(node, newKeys === null ? null : sealKeys(newKeys, id, services))
    const text = changeText({ before, node, moved, newKeys: newKeys?.length ?? null })
    await changes.announce({ kind: 'node-changed', nodeId: id, text })
    return view(id)
  }

  async function remove(ref: string): Promise<{ readonly removed: string }> {
    const node = findStored(ref)
    await storage.removeNode(node.id)
    const text = `The node ${node.name} (${node.baseUrl}) was removed with its keys.`
    await changes.announce({ kind: 'node-removed', nodeId: node.id, text })
    return { removed: node.name }
  }

  function checked(fields: NodeFields): NodeFields {
    checkPools(fields.pools)
    return { ...fields, baseUrl: checkBaseUrl(fields, services.ownPorts()).baseUrl }
  }

  function refuseTakenName(name: string, ownId: string | null): void {
    const { stored, demo } = registry.latest()
    const taken = [...stored.nodes, ...demo.nodes].find(
      (node) => node.id !== ownId && node.name.toLowerCase() === name.toLowerCase(),
    )
    if (taken === undefined) return
    const what = taken.simulated ? 'a simulated node' : 'a node'
    throw new ControlError('DUPLICATE_NAME', `There is already ${what} named "${taken.name}". Choose another name.`)
  }

  function findStored(ref: string): Node {
    const { stored, demo } = registry.latest()
    const node = findByRef([...stored.nodes, ...demo.nodes], ref, 'node')
    if (!node.simulated) return node
    throw new ControlError(
      'REFUSED',
      `The node "${node.name}" is simulated and cannot be changed. Start Switchyard without --demo to be rid of it; with --demo-if-empty it goes when you add a node of your own.`,
    )
  }

  return {
    list: views,
    get: view,
    create: (input) => changes.run(() => create(input)),
    update: (input) => changes.run(() => update(input)),
    remove: (ref) => changes.run(() => remove(ref)),
  }
}

function originOf(node: Node): string {
  return new URL(node.baseUrl).origin
}

type Change = {
  readonly before: Node
  readonly node: Node
  readonly moved: boolean
  /** Null when the keys stay. */
  readonly newKeys: number | null
}

function changeText({ before, node, moved, newKeys }: Change): string {
  const names = changedFields(before, node)
  const parts = names.length === 0 ? [] : [names.join(', ')]
  if (newKeys !== null && newKeys > 0) parts.push(`keys replaced (${keyCount(newKeys)})`)
  const what = parts.length === 0 ? 'nothing differs' : parts.join('; ')
  const dropped =
    moved && newKeys === 0
      ? ` Its keys were dropped because it now points at another origin (${originOf(before)} → ${originOf(node)}); enter the keys for it.`
      : ''
  return `The node ${node.name} was changed: ${what}.${dropped}`
}

/** By name, old and new value where they are short. */
function changedFields(before: Node, node: Node): readonly string[] {
  const old: Readonly<Record<string, unknown>> = before
  return Object.entries(node).flatMap(([name, value]) => {
    if (JSON.stringify(old[name]) === JSON.stringify(value)) return []
    return typeof value === 'object' && value !== null ? [name] : [`${name} ${String(old[name])} → ${String(value)}`]
  })
}

function keyCount(count: number): string {
  if (count === 0) return 'no key'
  return count === 1 ? '1 key' : `${count} keys`
}
