// Every bad input of the table, over both bridges, past any client of ours: refused with the same typed error.
import type { MessagePort } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { routesOf } from '../../src/headless/control-routes.ts'
import { openHttpBridge } from '../../src/headless/http-bridge.ts'
import { contract } from '../../src/shared/contract/contract.ts'
import { openMessagePortBridge } from '../harness/message-port-bridge.ts'
import { type BadInput, badInputEnvironment, badInputs, seedForBadInputs } from '../host/bad-inputs.ts'
import { openTestHost } from '../host/open-test-host.ts'

const errorSchema = z.object({
  defined: z.boolean(),
  code: z.string(),
  status: z.number(),
  message: z.string(),
  data: z.unknown(),
})
type Reply = z.infer<typeof errorSchema> | 'taken'
const taken = (name: string, reply: Reply) => `${name}: ${reply === 'taken' ? reply : reply.code}`

test('bad inputs are refused over both bridges alike, and change nothing', async () => {
  const { host, client } = await openTestHost({ environment: badInputEnvironment })
  await seedForBadInputs(client)
  const { router, status, controlToken: token } = host
  const http = await openHttpBridge({ router, status, token, port: 0, onError: (error) => expect.fail(String(error)) })
  onTestFinished(() => http.close())
  const port = openMessagePortBridge(router)
  onTestFinished(port.close)
  const before = await client.decisions.recent({ limit: 1000 })
  const ask = callOverPort(port.port)

  const wanted: string[] = []
  const overPort: string[] = []
  const overHttp: string[] = []
  const unlike: unknown[] = []
  for (const row of badInputs) {
    const name = `${row.procedure}: ${row.what}`
    const reply = await ask(row)
    wanted.push(`${name}: ${row.code}`)
    overPort.push(taken(name, reply))
    // What is no object, a path and a query cannot say.
    const replied = row.inProcessOnly === true ? reply : await callOverHttp(`${http.url}/admin/api`, token, row)
    overHttp.push(taken(name, replied))
    if (!isAlike(reply, replied)) unlike.push({ name, reply, replied })
  }
  expect(overPort).toEqual(wanted)
  expect(overHttp).toEqual(wanted)
  expect(unlike).toEqual([])
  expect(port.refused()).toBe(0)
  expect(await client.decisions.recent({ limit: 1000 })).toEqual(before)
}, 120_000)

/** HTTP refuses a prototype before the router sees it. */
function isAlike(a: Reply, b: Reply): boolean {
  if (a === 'taken' || b === 'taken') return a === b
  const isProto = JSON.stringify(b.data ?? null).includes('control-bad-json')
  return isProto ? a.code === b.code && a.status === b.status : JSON.stringify(a) === JSON.stringify(b)
}

function callOverPort(port: MessagePort) {
  let count = 0
  const waiting = new Map<string, (message: unknown) => void>()
  port.on('message', (text: unknown) => {
    const message: unknown = JSON.parse(String(text))
    const { i } = z.object({ i: z.string() }).parse(message)
    waiting.get(i)?.(message)
  })
  return async ({ procedure, input }: BadInput): Promise<Reply> => {
    const i = `bad-${(count += 1)}`
    const answer = new Promise<unknown>((resolve) => {
      waiting.set(i, resolve)
    })
    port.postMessage(JSON.stringify({ i, p: { u: `/${procedure.replaceAll('.', '/')}`, b: { json: input } } }))
    const { p } = z
      .object({ p: z.object({ s: z.number().optional(), b: z.object({ json: z.unknown() }) }) })
      .parse(await answer)
    return p.s === undefined ? 'taken' : errorSchema.parse(p.b.json)
  }
}

async function callOverHttp(api: string, token: string, { procedure, input }: BadInput): Promise<Reply> {
  const route = routesOf(contract).find(({ name }) => name === procedure)
  if (route === undefined) throw new Error(`no procedure ${procedure}`)
  const rest = new Map(Object.entries(z.record(z.string(), z.unknown()).parse(input)))
  // A record leaves it out; as an own key it is what this is about.
  const proto: unknown = Object.getOwnPropertyDescriptor(Object(input), '__proto__')?.value
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = rest.get(name)
    rest.delete(name)
    return encodeURIComponent(String(value))
  })
  const isChange = route.method !== 'GET'
  const body = JSON.stringify(Object.fromEntries(rest)).replace(
    /^\{/,
    proto === undefined ? '{' : `{"__proto__":${JSON.stringify(proto)},`,
  )
  const answer = await fetch(api + path + (isChange ? '' : queryOf(rest, proto)), {
    method: route.method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(isChange ? { body: body.replace(',}', '}') } : {}),
  })
  const text = await answer.text()
  return answer.ok ? 'taken' : errorSchema.parse(JSON.parse(text))
}

function queryOf(fields: ReadonlyMap<string, unknown>, proto: unknown): string {
  const parts = [...fields]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  if (proto !== undefined) parts.push('__proto__[admin]=true')
  return `?${parts.join('&')}`
}
