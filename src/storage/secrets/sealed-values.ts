// Everything that is sealed in the database, in one list, and sealing it anew.
import { setImmediate as letOthersRun } from 'node:timers/promises'
import type { SealedReplacement, Storage, StoredRegistry } from '../storage.ts'
import type { DataKey } from './data-key.ts'

/** What the vault asks of the database. */
export type VaultDatabase = Pick<Storage, 'loadRegistry' | 'loadVaultKeyId' | 'replaceSealed' | 'saveSecret'>

export type SealedStore = Pick<StoredRegistry, 'nodes' | 'keys' | 'secrets'>
export type SealedValue = { readonly owner: string; readonly sealed: Uint8Array }

export function sealedValues({ keys, secrets }: SealedStore): readonly SealedValue[] {
  return [...keys.map(({ nodeId, sealed }) => ({ owner: nodeId, sealed })), ...secrets]
}

export function opens(key: DataKey, { owner, sealed }: SealedValue): boolean {
  return key.tryOpen(sealed, owner) !== null
}

/** What `from` opens is sealed with `to`; what it does not open stays as it is. */
export async function resealed(store: SealedStore, from: DataKey, to: DataKey): Promise<SealedReplacement> {
  const anew = await eachInTurn(sealedValues(store), ({ owner, sealed }) => {
    const secret = from.tryOpen(sealed, owner)
    return secret === null ? sealed : to.seal(secret, owner)
  })
  const at = (index: number, before: Uint8Array): Uint8Array => anew[index] ?? before
  return {
    keyId: to.id,
    keys: store.keys.map(({ id, sealed }, index) => ({ id, sealed: at(index, sealed) })),
    secrets: store.secrets.map(({ owner, sealed }, index) => ({
      owner,
      sealed: at(store.keys.length + index, sealed),
    })),
  }
}

/** Nothing sealed anew; the database only learns with which key. */
export function unchanged({ keys, secrets }: SealedStore, key: DataKey): SealedReplacement {
  return { keyId: key.id, keys: keys.map(({ id, sealed }) => ({ id, sealed })), secrets }
}

/** For people: "relay-a/key-1, proxy of relay-b". At most five of them; null when all can be opened. */
export async function namesOfUnopened(store: SealedStore, key: DataKey): Promise<string | null> {
  const isOpened = await eachInTurn(sealedValues(store), (value) => opens(key, value))
  if (!isOpened.includes(false)) return null
  const nodeNames = new Map(store.nodes.map(({ id, name }) => [id, name]))
  const names = [
    ...store.keys.map(({ nodeId, label }) => `${nodeNames.get(nodeId) ?? nodeId}/${label}`),
    ...store.secrets.map(({ owner }) =>
      owner.replace(/^proxy:(.*)$/, (_, id: string) => `proxy of ${nodeNames.get(id) ?? id}`),
    ),
  ].filter((_, index) => isOpened[index] === false)
  const more = names.length - NAMES_MAX
  return [...names.slice(0, NAMES_MAX), ...(more > 0 ? [`+${more}`] : [])].join(', ')
}

const NAMES_MAX = 5

/** About a millisecond of work: requests on their way must not wait for a thousand keys. */
const VALUES_A_TURN = 50

export async function eachInTurn<Value, Result>(
  values: readonly Value[],
  act: (value: Value) => Result,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const [index, value] of values.entries()) {
    if (index > 0 && index % VALUES_A_TURN === 0) await letOthersRun()
    results.push(act(value))
  }
  return results
}
