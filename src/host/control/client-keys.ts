// Client keys: list, get, create (shown once), update, revoke.
import type { CreateClientKeyInput, UpdateClientKeyInput } from '../../shared/contract/client-keys.ts'
import { type ClientKey, type HashedClientKey, unlimitedClientKey } from '../../shared/model/client-key.ts'
import { DEFAULT_POOL } from '../../shared/model/pool.ts'
import { lastCharacters, newClientKeySecret, newId, sha256Hex } from '../ids.ts'
import { type KeyLimits, type KeyRuleContext, mergeLimits } from './client-key-rules.ts'
import { changedText, createdText } from './client-key-text.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { findByRef } from './find-by-ref.ts'

export type ClientKeyControl = {
  readonly list: () => ClientKey[]
  readonly get: (ref: string) => ClientKey
  readonly create: (input: CreateClientKeyInput) => Promise<NewClientKey>
  readonly update: (input: UpdateClientKeyInput) => Promise<ClientKey>
  readonly revoke: (ref: string) => Promise<{ readonly revoked: string }>
}
export type NewClientKey = { readonly key: string; readonly clientKey: ClientKey }

const newKeyLimits: KeyLimits = { pools: [DEFAULT_POOL], ...unlimitedClientKey, models: [], enabled: true }

export function createClientKeyControl(services: ControlServices): ClientKeyControl {
  const { storage, registry, changes, secrets, clock } = services
  const all = (): readonly HashedClientKey[] => [
    ...registry.latest().stored.clientKeys,
    ...registry.latest().demo.clientKeys,
  ]

  async function create({ name, ...input }: CreateClientKeyInput): Promise<NewClientKey> {
    const rules = ruleContext()
    const limits = mergeLimits(newKeyLimits, input, rules)
    refuseTakenName(name, null)
    const key = newClientKeySecret()
    secrets.add(key)
    const clientKey: ClientKey = {
      id: newId('client'),
      name,
      ...limits,
      last4: lastCharacters(key),
      createdAtMs: clock.wallMs(),
    }
    await storage.insertClientKey({ ...clientKey, sha256: sha256Hex(key) })
    const text = createdText(clientKey, rules.nodes)
    await changes.announce({ kind: 'client-key-created', nodeId: null, text })
    return { key, clientKey }
  }

  async function update({ ref, name, ...input }: UpdateClientKeyInput): Promise<ClientKey> {
    const before = findByRef(all(), ref, 'client-key')
    if (isSimulated(before)) throw new ControlError('REFUSED', 'client-key-simulated-fixed', { name: before.name })
    const rules = ruleContext()
    const after = { ...before, ...mergeLimits(before, input, rules), name: name ?? before.name }
    refuseTakenName(after.name, before.id)
    await storage.updateClientKey(after)
    const text = changedText(before, after, rules.nodes)
    await changes.announce({ kind: 'client-key-changed', nodeId: null, text })
    return withoutHash(after)
  }

  async function revoke(ref: string): Promise<{ readonly revoked: string }> {
    const key = findByRef(all(), ref, 'client-key')
    if (isSimulated(key)) throw new ControlError('REFUSED', 'client-key-simulated', { name: key.name })
    await storage.removeClientKey(key.id)
    const text = `The client key ${key.name} (…${key.last4}) was revoked; requests with it are refused from now on.`
    await changes.announce({ kind: 'client-key-revoked', nodeId: null, text })
    return { revoked: key.name }
  }

  function ruleContext(): KeyRuleContext {
    const { stored, demo } = registry.latest()
    return {
      pools: stored.pools.map((pool) => pool.name),
      nodes: [...stored.nodes, ...demo.nodes],
      wallMs: clock.wallMs(),
    }
  }

  function isSimulated(key: HashedClientKey): boolean {
    return registry.latest().demo.clientKeys.includes(key)
  }

  function refuseTakenName(name: string, ownId: string | null): void {
    const taken = all().find((key) => key.id !== ownId && key.name.toLowerCase() === name.toLowerCase())
    if (taken === undefined) return
    throw new ControlError('DUPLICATE_NAME', 'client-key-name-taken', { name: taken.name })
  }

  return {
    list: () => all().map(withoutHash),
    get: (ref) => withoutHash(findByRef(all(), ref, 'client-key')),
    create: (input) => changes.run(() => create(input)),
    update: (input) => changes.run(() => update(input)),
    revoke: (ref) => changes.run(() => revoke(ref)),
  }
}

function withoutHash({ sha256: _, ...key }: HashedClientKey): ClientKey {
  return key
}
