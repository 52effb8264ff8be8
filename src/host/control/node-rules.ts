// What a node must be beyond the shape of its fields; each refusal says what to do.
import { parseBaseUrl } from '../../engine/upstream/base-url.ts'
import { type NodeFields, nodeFieldsSchema } from '../../shared/model/node.ts'
import { DEMO_POOL } from '../../shared/model/pool.ts'
import type { SealedKey } from '../../storage/storage.ts'
import { lastCharacters, newId } from '../ids.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'

export type KeyInput = { readonly label?: string | undefined; readonly secret: string }

/** Returns the base URL as it is stored. */
export function checkBaseUrl(
  fields: Pick<NodeFields, 'baseUrl' | 'allowPlainHttp'>,
  ownPorts: readonly number[],
): { readonly baseUrl: string; readonly origin: string } {
  const parsed = parseBaseUrl(fields.baseUrl, { allowPlainHttp: fields.allowPlainHttp })
  if (!parsed.ok) throw new ControlError('REFUSED', parsed.message)
  const port = portOf(parsed.origin)
  if (parsed.loopback && ownPorts.includes(port)) {
    throw new ControlError(
      'REFUSED',
      `The base URL ${parsed.baseUrl} is Switchyard itself (port ${port}): requests would go round in circles. Give the address of the node.`,
    )
  }
  return { baseUrl: parsed.baseUrl, origin: parsed.origin }
}

export function checkPools(pools: readonly string[]): void {
  if (!pools.includes(DEMO_POOL)) return
  throw new ControlError(
    'REFUSED',
    `The pool "${DEMO_POOL}" belongs to the simulated nodes. Give the node another pool, or leave it out for the default one.`,
  )
}

/** Seals each key for its node. Labels left out become key-1, key-2, … */
export function sealKeys(inputs: readonly KeyInput[], nodeId: string, services: KeyServices): SealedKey[] {
  const labels = inputs.map((input, index) => input.label ?? `key-${index + 1}`)
  const twice = labels.find((label, index) => labels.indexOf(label) !== index)
  if (twice !== undefined) {
    throw new ControlError('REFUSED', `Two keys of the node have the label "${twice}". Give each its own.`)
  }
  return inputs.map(({ secret }, index) => {
    services.secrets.add(secret)
    return {
      id: newId('key'),
      nodeId,
      label: labels[index] ?? `key-${index + 1}`,
      last4: lastCharacters(secret),
      enabled: true,
      sealed: services.vault.seal(secret, nodeId),
    }
  })
}
export type KeyServices = Pick<ControlServices, 'vault' | 'secrets'>

/** The fields among `input` that were given, over `base`. */
export function mergeFields(base: NodeFields, input: Readonly<Record<string, unknown>>): NodeFields {
  const given = Object.entries(input).filter(([name, value]) => name in nodeFieldsSchema.shape && value !== undefined)
  return nodeFieldsSchema.parse({ ...base, ...Object.fromEntries(given) })
}

function portOf(origin: string): number {
  const url = new URL(origin)
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}
