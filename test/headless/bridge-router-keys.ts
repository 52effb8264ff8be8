// Client keys of the test router.
import { implement } from '@orpc/server'
import { contract } from '../../src/shared/contract/contract.ts'
import type { ClientKey } from '../../src/shared/model/client-key.ts'
import type { NodeView } from '../../src/shared/model/node-status.ts'
import { notFound } from './bridge-router-parts.ts'

export function clientKey(fields: Partial<ClientKey> & { readonly name: string }): ClientKey {
  return {
    id: `client-${fields.name}`,
    pools: ['default'],
    models: [],
    pinned: null,
    expiresAtMs: null,
    last4: '4242',
    enabled: true,
    createdAtMs: Date.UTC(2026, 4, 4),
    ...fields,
  }
}

export function clientKeyProcedures(keys: ClientKey[], findNode: (ref: string) => NodeView) {
  const os = implement(contract)
  const findKey = (ref: string): ClientKey => {
    const key = keys.find((candidate) => candidate.name === ref || candidate.id === ref)
    if (key === undefined) throw notFound(`client key ${ref}`)
    return key
  }
  const pinnedTo = (pinned: { node: string; strict: boolean } | null | undefined): ClientKey['pinned'] =>
    pinned === null || pinned === undefined ? null : { nodeId: findNode(pinned.node).id, strict: pinned.strict }
  return {
    list: os.clientKeys.list.handler(() => keys),
    get: os.clientKeys.get.handler(({ input }) => findKey(input.ref)),
    create: os.clientKeys.create.handler(({ input }) => {
      const { name, pinned, ...limits } = input
      const created = clientKey({ name, ...definedLimits(limits), pinned: pinnedTo(pinned) })
      keys.push(created)
      return { key: 'sy-test-key-000000004242', clientKey: created }
    }),
    update: os.clientKeys.update.handler(({ input }) => {
      const { ref, name, pinned, ...limits } = input
      const before = findKey(ref)
      const after: ClientKey = {
        ...before,
        ...definedLimits(limits),
        name: name ?? before.name,
        pinned: pinned === undefined ? before.pinned : pinnedTo(pinned),
      }
      keys.splice(keys.indexOf(before), 1, after)
      return after
    }),
    revoke: os.clientKeys.revoke.handler(({ input }) => {
      const key = findKey(input.ref)
      keys.splice(keys.indexOf(key), 1)
      return { revoked: key.id }
    }),
  }
}

type Limits = Pick<ClientKey, 'pools' | 'models' | 'expiresAtMs' | 'enabled'>
function definedLimits(limits: Partial<{ [K in keyof Limits]: Limits[K] | undefined }>): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}
