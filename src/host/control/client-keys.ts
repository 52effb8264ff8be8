// Client keys: list, create (shown once), revoke.
import type { ClientKey, HashedClientKey } from '../../shared/model/client-key.ts'
import { DEFAULT_POOL, DEMO_POOL } from '../../shared/model/pool.ts'
import { lastCharacters, newClientKeySecret, newId, sha256Hex } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { findByRef } from './find-by-ref.ts'

export type ClientKeyControl = {
  readonly list: () => ClientKey[]
  readonly create: (input: { name: string; pool?: string | undefined }) => Promise<NewClientKey>
  readonly revoke: (ref: string) => Promise<{ readonly revoked: string }>
}
export type NewClientKey = { readonly key: string; readonly clientKey: ClientKey }

export function createClientKeyControl(services: ControlServices): ClientKeyControl {
  const { storage, registry, changes, secrets, clock } = services
  const all = (): readonly HashedClientKey[] => [
    ...registry.latest().stored.clientKeys,
    ...registry.latest().demo.clientKeys,
  ]

  async function create(input: { name: string; pool?: string | undefined }): Promise<NewClientKey> {
    const pool = input.pool ?? DEFAULT_POOL
    refusePool(pool)
    refuseTakenName(input.name)
    const key = newClientKeySecret()
    secrets.add(key)
    const clientKey: ClientKey = {
      id: newId('client'),
      name: input.name,
      pool,
      last4: lastCharacters(key),
      enabled: true,
      createdAtMs: clock.wallMs(),
    }
    await storage.insertClientKey({ ...clientKey, sha256: sha256Hex(key) })
    const text = `The client key ${clientKey.name} was created for the pool ${pool}.`
    await changes.announce({ kind: 'client-key-created', nodeId: null, text })
    return { key, clientKey }
  }

  async function revoke(ref: string): Promise<{ readonly revoked: string }> {
    const key = findByRef(all(), ref, 'client key')
    if (registry.latest().demo.clientKeys.includes(key)) {
      throw new ControlError(
        'REFUSED',
        `The client key "${key.name}" belongs to the simulated nodes and goes with them.`,
      )
    }
    await storage.removeClientKey(key.id)
    const text = `The client key ${key.name} (…${key.last4}) was revoked; requests with it are refused from now on.`
    await changes.announce({ kind: 'client-key-revoked', nodeId: null, text })
    return { revoked: key.name }
  }

  function refusePool(pool: string): void {
    const names = registry.latest().stored.pools.map((stored) => stored.name)
    if (names.includes(pool)) return
    const why =
      pool === DEMO_POOL
        ? `The pool "${DEMO_POOL}" belongs to the simulated nodes; while you have no node of your own, they answer the keys of every pool.`
        : `There is no pool "${pool}".`
    throw new ControlError(
      'REFUSED',
      `${why} Pools: ${names.join(', ')}. A pool comes with the first node that is put into it.`,
    )
  }

  function refuseTakenName(name: string): void {
    const taken = all().find((key) => key.name.toLowerCase() === name.toLowerCase())
    if (taken === undefined) return
    throw new ControlError(
      'DUPLICATE_NAME',
      `There is already a client key named "${taken.name}". Choose another name.`,
    )
  }

  return {
    list: () => all().map(withoutHash),
    create: (input) => changes.run(() => create(input)),
    revoke: (ref) => changes.run(() => revoke(ref)),
  }
}

function withoutHash({ id, name, pool, last4, enabled, createdAtMs }: HashedClientKey): ClientKey {
  return { id, name, pool, last4, enabled, createdAtMs }
}
