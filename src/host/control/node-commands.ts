// What a user does to a running node: isolate, reset, test. The first two are in force at once and outlive a restart.

import type { KeyedNode } from '../../engine/ports.ts'
import type { CreateNodeInput } from '../../shared/contract/nodes.ts'
import type { Node } from '../../shared/model/node.ts'
import type { NodeView } from '../../shared/model/node-status.ts'
import type { NodeTest } from '../../shared/model/node-test.ts'
import { newId } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { fieldsOfNew, findNode, viewOf } from './nodes.ts'
import { refuseProxyPassword } from './proxy-password.ts'

export type TestRequest = {
  readonly generate: boolean
  readonly model?: string | undefined
  /** Ends the test when nobody waits for it any more. */
  readonly signal: AbortSignal | undefined
}

export type NodeCommands = {
  readonly isolate: (ref: string) => Promise<NodeView>
  readonly reset: (ref: string) => Promise<NodeView>
  readonly test: (ref: string, request: TestRequest) => Promise<NodeTest>
  /** Stores nothing. */
  readonly testDraft: (node: CreateNodeInput, request: TestRequest) => Promise<NodeTest>
}

export function createNodeCommands(services: ControlServices): NodeCommands {
  const { engine, registry, changes, ledger, secrets } = services

  async function isolate(ref: string): Promise<NodeView> {
    const node = findNode(ref, services)
    const before = viewOf(node.id, services)
    if (before.status === 'isolated') return before
    if (!engine.isolateNode(node.id)) throw gone(node)
    const running = before.inFlight === 0 ? '' : ` Its ${before.inFlight} running requests may end.`
    const text = `The node ${node.name} was isolated: it takes no more requests until it is reset.${running}`
    return recorded({ kind: 'node-isolated', nodeId: node.id, text })
  }

  async function reset(ref: string): Promise<NodeView> {
    const node = findNode(ref, services)
    if (!engine.resetNode(node.id)) throw gone(node)
    const text = `The node ${node.name} was reset: its breaker is closed, and its isolation, cooldowns, refused keys and model gaps are forgotten.`
    return recorded({ kind: 'node-reset', nodeId: node.id, text })
  }

  async function recorded(decision: RecordedCommand): Promise<NodeView> {
    changes.record(decision)
    // The breaker goes to the database with the records; answered is what outlives a crash.
    await ledger.flush()
    return viewOf(decision.nodeId, services)
  }

  async function test(ref: string, request: TestRequest): Promise<NodeTest> {
    const node = findNode(ref, services)
    const keyed = registry.keyed(node.id)
    if (keyed === undefined) throw gone(node)
    return engine.testNode(keyed, optionsOf(request))
  }

  async function testDraft(input: CreateNodeInput, request: TestRequest): Promise<NodeTest> {
    return engine.testNode(draftOf(input), optionsOf(request))
  }

  function draftOf(input: CreateNodeInput): KeyedNode {
    const fields = fieldsOfNew(input, services)
    for (const { secret } of input.keys) secrets.add(secret)
    const node = { ...fields, id: newId('draft'), simulated: false, createdAtMs: services.clock.wallMs() }
    const proxyPassword = input.proxyPassword ?? null
    if (proxyPassword !== null) {
      secrets.add(proxyPassword)
      refuseProxyPassword(proxyPassword, node)
    }
    const keys = input.keys.map(({ label, secret }, index) => ({
      id: newId('key'),
      label: label ?? `key-${index + 1}`,
      secret,
    }))
    return { node, keys, keysWithheld: false, proxyPassword }
  }

  return {
    isolate: (ref) => changes.run(() => isolate(ref)),
    reset: (ref) => changes.run(() => reset(ref)),
    test,
    testDraft,
  }
}

type RecordedCommand = { readonly kind: 'node-isolated' | 'node-reset'; readonly nodeId: string; readonly text: string }

function gone({ name }: Node): ControlError {
  return new ControlError('NOT_FOUND', 'node-gone', { name })
}

function optionsOf({ generate, model, signal }: TestRequest): {
  generate: boolean
  model: string | null
  signal: AbortSignal
} {
  return { generate, model: model ?? null, signal: signal ?? new AbortController().signal }
}
