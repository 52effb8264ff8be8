// A node: one upstream endpoint with its keys, its place in the order and the models it serves.
import { z } from 'zod'
import { nameSchema } from './name.ts'
import { nodeProxySchema } from './outbound-proxy.ts'
import { DEFAULT_POOL } from './pool.ts'
import { type Protocol, protocolSchema } from './protocol.ts'

/** How a node wants its key: `Authorization: Bearer`, or a header of that name. */
export const authFormSchema = z.enum(['bearer', 'x-api-key', 'x-goog-api-key'])
export type AuthForm = z.infer<typeof authFormSchema>

/** `from` is a model name, exact or with `*`; a lone `*` is the default. The first exact match wins, then the longest glob. */
export const modelMappingSchema = z.strictObject({
  from: z.string().min(1).max(200),
  to: z.string().min(1).max(200),
})

const CA_CHARACTERS_MAX = 64 * 1024

/** What a user may set on a node. */
export const nodeFieldsSchema = z.strictObject({
  name: nameSchema,
  /** Parsed and refused by `parseBaseUrl`; stored without a trailing slash. */
  baseUrl: z.string().min(1).max(2048),
  protocol: protocolSchema,
  auth: authFormSchema,
  /** 1 is tried first. */
  priority: z.int().min(1).max(100),
  /** A larger weight takes a larger share inside one priority; 0 drains the node. */
  weight: z.int().min(0).max(100),
  /** Models the node serves, exact or with `*`; empty means any. */
  models: z.array(z.string().min(1).max(200)).max(1000),
  modelMap: z.array(modelMappingSchema).max(1000),
  /** Most requests at once; null means no limit. */
  maxConcurrent: z.int().min(1).max(100_000).nullable(),
  pools: z.array(nameSchema).min(1).max(100),
  enabled: z.boolean(),
  /** Explicit opt-in to `http:` beyond loopback. */
  allowPlainHttp: z.boolean(),
  proxy: nodeProxySchema,
  /** User name at the node's own proxy; its password is sealed apart and never shown. */
  proxyUser: z.string().min(1).max(255).nullable(),
  /** Certificates (PEM) this node's TLS may end in, beside the well-known ones; null: those only. */
  ca: z.string().min(1).max(CA_CHARACTERS_MAX).nullable(),
})
export type NodeFields = Readonly<z.infer<typeof nodeFieldsSchema>>

export const nodeSchema = z.strictObject({
  ...nodeFieldsSchema.shape,
  id: z.string(),
  /** Answers are made up by Switchyard itself; lives in memory, in the pool `demo` only. */
  simulated: z.boolean(),
  createdAtMs: z.int(),
})
export type Node = Readonly<z.infer<typeof nodeSchema>>

/** Records carry only a node's id: by this prefix they still tell a simulated node from a stored one. */
const SIMULATED_ID_PREFIX = 'simulated_'

export function simulatedNodeId(name: string): string {
  return SIMULATED_ID_PREFIX + name
}

export function isSimulatedNodeId(id: string): boolean {
  return id.startsWith(SIMULATED_ID_PREFIX)
}

/** A credential of a node, without the credential: lists show `…last4`. */
export const nodeKeySchema = z.strictObject({
  id: z.string(),
  nodeId: z.string(),
  label: nameSchema,
  /** The last four characters of the secret, or fewer when it is short. */
  last4: z.string(),
  enabled: z.boolean(),
})
export type NodeKey = Readonly<z.infer<typeof nodeKeySchema>>

/**
 * The defaults of a new node. `auth` follows client-contract: `x-api-key` for api.anthropic.com, `x-goog-api-key` for
 * Google's own Gemini API (which takes bearer for the protocols of OpenAI), else bearer.
 */
export function defaultNodeFields(baseUrl: string, protocol: Protocol = 'anthropic'): Omit<NodeFields, 'name'> {
  return {
    baseUrl,
    protocol,
    auth: defaultAuth(baseUrl, protocol),
    priority: 50,
    weight: 50,
    models: [],
    modelMap: [],
    maxConcurrent: null,
    pools: [DEFAULT_POOL],
    enabled: true,
    allowPlainHttp: false,
    proxy: 'global',
    proxyUser: null,
    ca: null,
  }
}

function defaultAuth(baseUrl: string, protocol: Protocol): AuthForm {
  if (/^https:\/\/api\.anthropic\.com(?:[:/]|$)/i.test(baseUrl)) return 'x-api-key'
  const ofGoogle = /^https:\/\/generativelanguage\.googleapis\.com(?:[:/]|$)/i.test(baseUrl)
  return ofGoogle && protocol === 'gemini' ? 'x-goog-api-key' : 'bearer'
}
