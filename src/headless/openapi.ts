// The OpenAPI 3.1 document of the control API, made from the contract. Loaded only when somebody asks for it.
import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { z } from 'zod'
import { poolViewSchema } from '../shared/contract/pools.ts'
import { pushSchema } from '../shared/contract/push.ts'
import { httpContract } from '../shared/contract/session.ts'
import { settingViewSchema } from '../shared/contract/settings.ts'
import { clientKeySchema } from '../shared/model/client-key.ts'
import { decisionSchema } from '../shared/model/decision.ts'
import { exchangeRecordSchema } from '../shared/model/exchange.ts'
import { nodeViewSchema } from '../shared/model/node-status.ts'
import { nodeTestSchema } from '../shared/model/node-test.ts'
import { vaultStatusSchema } from '../shared/model/vault.ts'
import { spokenSchema } from '../shared/text/spoken.ts'

export type OpenApiOptions = {
  readonly version: string
  /** With the prefix of the API. */
  readonly url: string
}

export async function openApiDocument({ version, url }: OpenApiOptions): Promise<OpenApiDocument> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const generated = await generator.generate(httpContract, {
    info: { title: 'Switchyard control API', version, license: { name: 'MIT', identifier: 'MIT' }, description },
    servers: [{ url }],
    security: [{ token: [] }],
    tags: tags.map(([name, text]) => ({ name, description: text })),
    components: { securitySchemes: { token: securityScheme }, responses: refusals },
    commonSchemas,
  })
  // There and back: what the generator leaves undefined is not there at all in JSON.
  const document = documentSchema.parse(JSON.parse(JSON.stringify(generated)))
  const paths = Object.entries(document.paths).map(([path, item]) => [path, completePath(path, item)] as const)
  return { ...document, paths: { ...Object.fromEntries(paths), '/openapi.json': { get: ownOperation } } }
}

const operationSchema = z.looseObject({
  responses: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  parameters: z.array(z.unknown()).optional(),
})
const pathSchema = z.record(z.string(), operationSchema)
/** As far as it is looked into here. */
const documentSchema = z.looseObject({ paths: z.record(z.string(), pathSchema) })
export type OpenApiDocument = z.infer<typeof documentSchema>

const description =
  'The control plane of a running Switchyard, on loopback only. Every request needs a Host of the control port and a bearer token; requests of foreign web pages are refused. A request that changes something needs a JSON body of at most 1 MiB. Errors have a stable code, and a sentence for people.'

const tags = [
  ['Nodes', 'Upstream endpoints, their keys, and what may be done to a running one.'],
  ['Pools', 'Named sets of nodes that serve clients.'],
  ['Client keys', 'Local access tokens of tools.'],
  ['Settings', 'What can be changed while the daemon runs.'],
  ['Vault', 'What protects the secrets on disk.'],
  ['Ledger', 'What happened, and what would happen now.'],
  ['Daemon', 'The daemon itself, and what it tells live.'],
  ['Session', 'Signing in from a browser. Over HTTP only.'],
] as const

const securityScheme = {
  type: 'http',
  scheme: 'bearer',
  description: 'The content of the file control-token in the data directory, new at every start, or a session token.',
} as const

/** Those that differ between what is sent and what is answered (defaults) are described as answered. */
const commonSchemas = {
  NodeView: { schema: nodeViewSchema, strategy: 'output' },
  NodeTest: { schema: nodeTestSchema, strategy: 'output' },
  PoolView: { schema: poolViewSchema, strategy: 'output' },
  ClientKey: { schema: clientKeySchema, strategy: 'output' },
  SettingView: { schema: settingViewSchema, strategy: 'output' },
  VaultStatus: { schema: vaultStatusSchema, strategy: 'output' },
  ExchangeRecord: { schema: exchangeRecordSchema, strategy: 'output' },
  Decision: { schema: decisionSchema, strategy: 'output' },
  Push: { schema: pushSchema, strategy: 'output' },
  Sentence: { schema: spokenSchema, strategy: 'output' },
  Error: { error: 'UndefinedError' },
} as const

function refusal(text: string) {
  return { description: text, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}

/** What the port says before a procedure is asked. */
const refusals = {
  BadRequest: refusal(
    'The target, the body or a field of it is not what the operation takes; `data.issues` says which.',
  ),
  Unauthorized: refusal('There is no token, or not the right one. A client key is none.'),
  Forbidden: refusal('A web page of another origin made the request.'),
  MisdirectedRequest: refusal('The Host header is missing, doubled, or not one of this port.'),
  TooLarge: refusal('The body is larger than 1 MiB.'),
  NotJson: refusal('The request changes something and does not say that it is JSON.'),
}

/** Descriptions of the contract's own errors; the generator knows only their numbers. */
const errorTexts: Readonly<Record<string, string>> = {
  404: 'There is no such thing.',
  409: 'The name is taken.',
  422: 'The input has the right shape and is refused all the same; the message says why.',
  423: 'The vault is locked, and the operation needs it.',
  503: 'The database cannot take it now.',
}

function completePath(path: string, item: z.infer<typeof pathSchema>): z.infer<typeof pathSchema> {
  const operations = Object.entries(item).map(([method, operation]) => {
    const own = Object.entries(operation.responses).map(([status, response]) => {
      return [status, { ...response, description: errorTexts[status] ?? response.description }] as const
    })
    const completed = {
      ...operation,
      responses: { ...Object.fromEntries(own), ...refusalsOf(method) },
      ...(path === '/events' ? { parameters: [lastEventId] } : {}),
      // Whoever signs in has no token yet.
      ...(path === '/session' && method === 'post' ? { security: [] } : {}),
    }
    return [method, completed] as const
  })
  return Object.fromEntries(operations)
}

function refusalsOf(method: string) {
  const of = (name: keyof typeof refusals) => ({ $ref: `#/components/responses/${name}` })
  const always = { 400: of('BadRequest'), 401: of('Unauthorized'), 403: of('Forbidden'), 421: of('MisdirectedRequest') }
  return method === 'get' ? always : { ...always, 413: of('TooLarge'), 415: of('NotJson') }
}

const lastEventId = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The `id` of the last push this follower has, to go on behind it.',
  schema: { type: 'string' },
}

const ownOperation = {
  operationId: 'openapi',
  summary: 'This document.',
  tags: ['Daemon'],
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: { type: 'object' } } } },
    ...refusalsOf('get'),
  },
}
