// The OpenAPI document: valid, complete, and true to what the control port does.
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { routesOf } from '../../src/headless/control-routes.ts'
import { type HttpBridge, openHttpBridge } from '../../src/headless/http-bridge.ts'
import { httpContract } from '../../src/shared/contract/session.ts'
import { createTestRouter } from './bridge-router.ts'

const TOKEN = 'control-token-of-this-test'
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  responses: z.record(z.string(), z.looseObject({})),
  security: z.array(z.unknown()).optional(),
})
const documentSchema = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ version: z.string() }),
  servers: z.array(z.looseObject({ url: z.string() })),
  security: z.array(z.unknown()),
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ securitySchemes: z.unknown(), schemas: z.record(z.string(), z.unknown()) }),
})
let bridge: HttpBridge
let text: string
let document: z.infer<typeof documentSchema>

beforeAll(async () => {
  bridge = await openHttpBridge({
    ...createTestRouter(),
    token: TOKEN,
    port: 0,
    onError: (error) => expect.fail(String(error)),
  })
  const answer = await fetch(`${bridge.url}/admin/api/openapi.json`, { headers: { authorization: `Bearer ${TOKEN}` } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json')
  text = await answer.text()
  document = documentSchema.parse(JSON.parse(text))
})
afterAll(() => bridge.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => Object.assign({ path, method }, operation)),
  )

test('is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  const result = await new Validator().validate(z.record(z.string(), z.unknown()).parse(JSON.parse(text)))
  expect(result.errors).toBeUndefined()
  expect(result.valid).toBe(true)
})

test('every $ref leads somewhere', () => {
  const refs = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? ''))
  expect(refs.size).toBeGreaterThan(5)
  for (const ref of refs) {
    const found = ref.split('/').reduce<unknown>((at, name) => {
      return typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined
    }, document)
    expect(found, ref).toBeDefined()
  }
})

describe('completeness', () => {
  test('has every procedure of the contract at its path, and signing in, and itself; nothing else', () => {
    const wanted = [
      ...routesOf(httpContract).map(({ name, method, path }) => `${method.toLowerCase()} ${path} ${name}`),
      'get /openapi.json openapi',
    ]
    const listed = operations().map(({ method, path, operationId }) => `${method} ${path} ${operationId}`)
    expect(listed.toSorted()).toEqual(wanted.toSorted())
  })

  test('every operation has a summary that is a sentence, and a tag that is described', () => {
    const tags = document.tags.map(({ name }) => name)
    for (const { operationId, summary, tags: own } of operations()) {
      expect(summary, operationId).toMatch(/^[A-Z].*\.$/)
      for (const tag of own) expect(tags, operationId).toContain(tag)
    }
    expect(new Set(operations().map(({ summary }) => summary)).size).toBe(operations().length)
  })

  test('every operation says how it is refused', () => {
    for (const { operationId, method, responses } of operations()) {
      const expected = ['400', '401', '403', '421', ...(method === 'get' ? [] : ['413', '415'])]
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(expected))
      const success = Object.keys(responses).filter((status) => status.startsWith('2'))
      expect(success, operationId).toHaveLength(1)
    }
    expect(document.paths['/nodes']?.post?.responses).toHaveProperty('201')
    expect(Object.keys(document.paths['/nodes/{ref}']?.get?.responses ?? {})).toEqual(
      expect.arrayContaining(['404', '409', '422', '423', '503']),
    )
  })

  test('every operation but signing in needs the bearer token', () => {
    expect(document.security).toEqual([{ token: [] }])
    expect(document.components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } })
    const open = operations().filter(({ security }) => security !== undefined)
    expect(open.map(({ operationId }) => operationId)).toEqual(['session.signIn'])
    expect(open[0]?.security).toEqual([])
  })

  test('the events are a stream that can be gone on with', () => {
    const events = document.paths['/events']?.get
    expect(events).toMatchObject({
      parameters: [{ name: 'Last-Event-ID', in: 'header' }],
      responses: { 200: { content: { 'text/event-stream': { schema: expect.anything() } } } },
    })
  })
})

test('names this server, and gives no secret away', () => {
  expect(document.servers).toEqual([{ url: `${bridge.url}/admin/api` }])
  expect(document.info.version).toBe('0.1.0')
  expect(text).not.toContain(TOKEN)
})

test('is made once', async () => {
  const again = await fetch(`${bridge.url}/admin/api/openapi.json`, { headers: { authorization: `Bearer ${TOKEN}` } })
  expect(await again.text()).toBe(text)
})
