// New keys of a node: labelled, checked against each other and the ones that are there, sealed.
import { NODE_KEYS_MAX } from '../../shared/contract/nodes.ts'
import type { SealedKey } from '../../storage/storage.ts'
import { lastCharacters, newId } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'

export type KeyInput = { readonly label?: string | undefined; readonly secret: string }
export type KeyServices = Pick<ControlServices, 'vault' | 'secrets'>

/** What the new ones must differ from. */
export type KeysThere = { readonly nodeId: string; readonly keys: readonly SealedKey[] }

/** Labels left out become key-1, key-2, … whichever is free. Throws when the vault is locked or a key cannot be taken. */
export function sealKeys(inputs: readonly KeyInput[], there: KeysThere, services: KeyServices): SealedKey[] {
  if (there.keys.length + inputs.length > NODE_KEYS_MAX) {
    throw new ControlError('REFUSED', 'node-keys-full', { most: NODE_KEYS_MAX })
  }
  // Before anything is checked: what is refused must not be shown either.
  for (const { secret } of inputs) services.secrets.add(secret)
  refuseTwice(inputs, there, services)
  const labels = labelsOf(inputs, there)
  return inputs.map(({ secret }, index) => ({
    id: newId('key'),
    nodeId: there.nodeId,
    label: labels[index] ?? '',
    last4: lastCharacters(secret),
    enabled: true,
    sealed: services.vault.seal(secret, there.nodeId),
  }))
}

export function refuseTakenLabel(label: string, keys: readonly Pick<SealedKey, 'label'>[]): void {
  const taken = keys.find((key) => key.label.toLowerCase() === label.toLowerCase())
  if (taken !== undefined) throw new ControlError('DUPLICATE_NAME', 'node-key-label-taken', { label: taken.label })
}

function labelsOf(inputs: readonly KeyInput[], there: KeysThere): readonly string[] {
  const taken = there.keys.map(({ label }) => ({ label }))
  for (const { label } of inputs) {
    if (label === undefined) continue
    refuseTakenLabel(label, taken)
    taken.push({ label })
  }
  return inputs.map(({ label }, index) => {
    if (label !== undefined) return label
    const free = freeLabel(taken, there.keys.length + index + 1)
    taken.push({ label: free })
    return free
  })
}

function freeLabel(taken: readonly { readonly label: string }[], from: number): string {
  const labels = new Set(taken.map(({ label }) => label.toLowerCase()))
  let number = from
  while (labels.has(`key-${number}`)) number += 1
  return `key-${number}`
}

/** The same key under two labels would be tried twice and throttled twice. */
function refuseTwice(inputs: readonly KeyInput[], { nodeId, keys }: KeysThere, { vault }: KeyServices): void {
  const labelOf = new Map<string, string>()
  for (const key of keys) {
    const secret = opened(() => vault.open(key.sealed, nodeId))
    if (secret !== null) labelOf.set(secret, key.label)
  }
  for (const { secret, label } of inputs) {
    const first = labelOf.get(secret)
    if (first !== undefined) throw new ControlError('REFUSED', 'node-key-twice', { label: first })
    labelOf.set(secret, label ?? `…${lastCharacters(secret)}`)
  }
}

/** Null: it cannot be opened, and what it is cannot be compared. Sealing the new one says so if that matters. */
function opened(open: () => string): string | null {
  try {
    return open()
  } catch {
    return null
  }
}
