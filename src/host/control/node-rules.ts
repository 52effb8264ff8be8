// What a node must be beyond the shape of its fields, and how they are written down; each refusal says what to do.
import { parseBaseUrl } from '../../engine/upstream/base-url.ts'
import { parseCertificates } from '../../engine/upstream/certificates.ts'
import { parseProxyUrl } from '../../engine/upstream/proxy-url.ts'
import { type NodeFields, nodeFieldsSchema } from '../../shared/model/node.ts'
import { DEMO_POOL } from '../../shared/model/pool.ts'
import { ControlError } from './control-error.ts'

export type RuleContext = {
  readonly ownPorts: readonly number[]
  /** Names of the pools there are. */
  readonly pools: readonly string[]
}

/** The fields as they are stored. Throws a ControlError for the first that cannot be. */
export function checkFields(fields: NodeFields, { ownPorts, pools }: RuleContext): NodeFields {
  refuseTwiceMapped(fields.modelMap)
  const proxy = checkProxy(fields.proxy, ownPorts)
  if (!hasOwnProxy({ proxy }) && fields.proxyUser !== null) throw new ControlError('REFUSED', 'node-proxy-user-alone')
  return {
    ...fields,
    baseUrl: checkBaseUrl(fields, ownPorts).baseUrl,
    pools: checkPools(fields.pools, pools),
    models: [...new Set(fields.models)],
    proxy,
    ca: fields.ca === null ? null : checkCertificates(fields.ca),
  }
}

/** Returns the base URL as it is stored. */
export function checkBaseUrl(
  fields: Pick<NodeFields, 'baseUrl' | 'allowPlainHttp'>,
  ownPorts: readonly number[],
): { readonly baseUrl: string; readonly origin: string } {
  const parsed = parseBaseUrl(fields.baseUrl, { allowPlainHttp: fields.allowPlainHttp })
  if (!parsed.ok) throw new ControlError('REFUSED', parsed.refusal)
  const port = portOf(parsed.origin)
  if (parsed.loopback && ownPorts.includes(port)) {
    throw new ControlError('REFUSED', 'base-url-own-port', { baseUrl: parsed.baseUrl, port })
  }
  return { baseUrl: parsed.baseUrl, origin: parsed.origin }
}

export function hasOwnProxy({ proxy }: Pick<NodeFields, 'proxy'>): boolean {
  return proxy !== 'global' && proxy !== 'none'
}

/** The fields among `input` that were given, over `base`. */
export function mergeFields(base: NodeFields, input: Readonly<Record<string, unknown>>): NodeFields {
  const given = Object.entries(input).filter(([name, value]) => name in nodeFieldsSchema.shape && value !== undefined)
  const merged = nodeFieldsSchema.parse({ ...base, ...Object.fromEntries(given) })
  // The user at a proxy goes with it, unless somebody asks for one without a proxy and must be told.
  return hasOwnProxy(merged) || typeof input.proxyUser === 'string' ? merged : { ...merged, proxyUser: null }
}

function checkProxy(proxy: string, ownPorts: readonly number[]): string {
  if (!hasOwnProxy({ proxy })) return proxy
  const parsed = parseProxyUrl(proxy, { ownPorts })
  if (!parsed.ok) throw new ControlError('REFUSED', parsed.refusal)
  return parsed.url
}

function checkCertificates(ca: string): string {
  const parsed = parseCertificates(ca)
  if (!parsed.ok) throw new ControlError('REFUSED', parsed.refusal)
  return parsed.pem
}

/** Each once, and as it is written where it exists: "Team" beside "team" would be a second pool that nobody meant. */
function checkPools(pools: readonly string[], known: readonly string[]): string[] {
  const spelled = new Map(known.map((name) => [name.toLowerCase(), name]))
  for (const pool of pools) {
    const lower = pool.toLowerCase()
    if (lower === DEMO_POOL) throw new ControlError('REFUSED', 'node-pool-demo', { pool: DEMO_POOL })
    if (!spelled.has(lower)) spelled.set(lower, pool)
  }
  return [...new Set(pools.map((pool) => spelled.get(pool.toLowerCase()) ?? pool))]
}

function refuseTwiceMapped(modelMap: NodeFields['modelMap']): void {
  const seen = new Set<string>()
  for (const { from } of modelMap) {
    if (seen.has(from)) throw new ControlError('REFUSED', 'node-model-mapped-twice', { model: from })
    seen.add(from)
  }
}

function portOf(origin: string): number {
  const url = new URL(origin)
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}
