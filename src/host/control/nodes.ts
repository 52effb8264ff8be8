// Nodes: list, get, create, update, remove.
import type { CreateNodeInput, UpdateNodeInput } from '../../shared/contract/nodes.ts'
import { defaultNodeFields, type Node, type NodeFields } from '../../shared/model/node.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import { proxySecretOwner, type SealedKey } from '../../storage/storage.ts'
import { newId } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { findByRef } from './find-by-ref.ts'
import { addedText, changedText, movedOrigin, type NodeChange } from './node-change-text.ts'
import { checkBaseUrl, checkFields, mergeFields } from './node-rules.ts'
import { nodeViews } from './node-views.ts'
import { sealProxyPassword } from './proxy-password.ts'
import { sealKeys } from './seal-keys.ts'

export type NodeControl = {
  readonly list: () => NodeView[]
  readonly get: (ref: string) => NodeView
  readonly create: (input: CreateNodeInput) => Promise<NodeView>
  readonly update: (input: UpdateNodeInput) => Promise<NodeView>
  readonly remove: (ref: string) => Promise<{ readonly removed: string }>
}

export function createNodeControl(services: ControlServices): NodeControl {
  const { storage, changes } = services

  async function create(input: CreateNodeInput): Promise<NodeView> {
    const fields = fieldsOfNew(input, services)
    refuseTakenName(fields.name, null)
    const node: Node = { ...fields, id: newId('node'), simulated: false, createdAtMs: services.clock.wallMs() }
    const password = sealProxyPassword(input.proxyPassword, { before: null, node }, services)
    const keys = sealKeys(input.keys, { nodeId: node.id, keys: [] }, services)
    await storage.insertNode(node, keys, password)
    await changes.announce({ kind: 'node-added', nodeId: node.id, text: addedText(node, keys.length) })
    return viewOf(node.id, services)
  }

  async function update(input: UpdateNodeInput): Promise<NodeView> {
    const before = findStored(input.ref, services)
    const { id, simulated, createdAtMs, ...oldFields } = before
    const fields = checkFields(mergeFields(oldFields, input), ruleContext(services))
    refuseTakenName(fields.name, id)
    const node: Node = { ...fields, id, simulated, createdAtMs }
    const hadPassword = services.registry.latest().stored.secrets.some(({ owner }) => owner === proxySecretOwner(id))
    const password = sealProxyPassword(input.proxyPassword, { before, node }, services)
    // A key typed for one host must never be sent to another because a URL was edited (security.md).
    const newKeys = input.keys ?? (movedOrigin(before, node) ? [] : null)
    const keys = newKeys === null ? null : sealKeys(newKeys, { nodeId: id, keys: [] }, services)
    await storage.updateNode(node, keys, password)
    const isRemoved = password === null && hadPassword
    const passwordChange: NodeChange['passwordChange'] = password ? 'set' : isRemoved ? 'removed' : null
    const text = changedText({ before, node, newKeys: newKeys?.length ?? null, passwordChange })
    await changes.announce({ kind: 'node-changed', nodeId: id, text })
    return viewOf(id, services)
  }

  async function remove(ref: string): Promise<{ readonly removed: string }> {
    const node = findStored(ref, services)
    await storage.removeNode(node.id)
    const text = `The node ${node.name} (${node.baseUrl}) was removed with its keys.`
    await changes.announce({ kind: 'node-removed', nodeId: node.id, text })
    return { removed: node.name }
  }

  function refuseTakenName(name: string, ownId: string | null): void {
    const taken = allNodes(services).find((node) => node.id !== ownId && node.name.toLowerCase() === name.toLowerCase())
    if (taken === undefined) return
    const sentence = taken.simulated ? 'simulated-node-name-taken' : 'node-name-taken'
    throw new ControlError('DUPLICATE_NAME', sentence, { name: taken.name })
  }

  return {
    list: () => nodeViews(services.registry.latest(), services.engine.liveNodes()),
    get: (ref) => viewOf(ref, services),
    create: (input) => changes.run(() => create(input)),
    update: (input) => changes.run(() => update(input)),
    remove: (ref) => changes.run(() => remove(ref)),
  }
}

type NodeServices = Pick<ControlServices, 'registry' | 'engine' | 'ownPorts'>

export function viewOf(ref: string, { registry, engine }: NodeServices): NodeView {
  return findByRef(nodeViews(registry.latest(), engine.liveNodes()), ref, 'node')
}

/** Also a simulated one. */
export function findNode(ref: string, services: NodeServices): Node {
  return findByRef(allNodes(services), ref, 'node')
}

export function findStored(ref: string, services: NodeServices): Node {
  const node = findNode(ref, services)
  if (!node.simulated) return node
  throw new ControlError('REFUSED', 'node-simulated', { name: node.name })
}

export function keysOf(node: Node, { registry }: NodeServices): readonly SealedKey[] {
  return registry.latest().stored.keys.filter((key) => key.nodeId === node.id)
}

/** The defaults of its protocol and place, and over them what was given. */
export function fieldsOfNew(input: CreateNodeInput, services: NodeServices): NodeFields {
  const context = ruleContext(services)
  // Written down first, for the defaults go by the host.
  const { baseUrl } = checkBaseUrl(
    { baseUrl: input.baseUrl, allowPlainHttp: input.allowPlainHttp ?? false },
    context.ownPorts,
  )
  const base = { ...defaultNodeFields(baseUrl, input.protocol), name: input.name }
  return checkFields(mergeFields(base, input), context)
}

function allNodes({ registry }: NodeServices): readonly Node[] {
  const { stored, demo } = registry.latest()
  return [...stored.nodes, ...demo.nodes]
}

function ruleContext({ registry, ownPorts }: NodeServices): { ownPorts: readonly number[]; pools: string[] } {
  return { ownPorts: ownPorts(), pools: registry.latest().stored.pools.map(({ name }) => name) }
}
