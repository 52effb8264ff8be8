// Every procedure of the control plane refuses bad input with a typed error, and nothing has happened then.
import { isContractProcedure } from '@orpc/contract'
import { ORPCError } from '@orpc/server'
import { expect, test } from 'vitest'
import { contract } from '../../src/shared/contract/contract.ts'
import { badInputEnvironment, badInputs, seedForBadInputs } from './bad-inputs.ts'
import { goodInputs } from './good-inputs.ts'
import { openTestHost, type TestHost } from './open-test-host.ts'

/** Paths of the contract whose procedures take input. */
function procedures(part: object, path = ''): readonly string[] {
  if (isContractProcedure(part)) return part['~orpc'].inputSchema === undefined ? [] : [path]
  return Object.entries(part).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? procedures(inner, path === '' ? name : `${path}.${name}`) : [],
  )
}

async function callByPath(client: unknown, path: string, input: unknown): Promise<unknown> {
  let part = client
  for (const name of path.split('.')) part = Reflect.get(Object(part), name)
  if (typeof part !== 'function') throw new Error(`no procedure ${path}`)
  return Reflect.apply(part, undefined, [input])
}

async function everything({ client }: TestHost): Promise<unknown> {
  const state = [client.nodes.list(), client.pools.list(), client.clientKeys.list(), client.settings.list()] as const
  return Promise.all([...state, client.vault.status(), client.decisions.recent({})])
}

test('the table has every procedure that takes input', () => {
  const all = procedures(contract).toSorted()
  expect([...new Set(badInputs.map(({ procedure }) => procedure))].toSorted()).toEqual(all)
  expect(Object.keys(goodInputs).toSorted()).toEqual(all)
})

test('every bad input is refused with its typed error, and changes nothing', async () => {
  const host = await openTestHost({ environment: badInputEnvironment })
  await seedForBadInputs(host.client)
  const before = await everything(host)
  const answers: string[] = []
  const expected: string[] = []
  for (const { procedure, what, input, code } of badInputs) {
    const answer = await callByPath(host.client, procedure, input).then(
      () => 'taken',
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
    )
    answers.push(`${procedure}: ${what}: ${answer}`)
    expected.push(`${procedure}: ${what}: ${code}`)
  }
  expect(answers).toEqual(expected)
  expect(await everything(host)).toEqual(before)
  expect(host.logText()).not.toContain('A control request failed')
}, 60_000)

test('what a refusal says never repeats a secret of its input', async () => {
  const host = await openTestHost()
  const secret = 'sk-secret-of-a-refused-input-1234'
  const inputs: readonly (readonly [string, unknown])[] = [
    ['nodes.create', { name: 'a', baseUrl: `https://me:${secret}@relay.example` }],
    ['nodes.create', { name: 'a b', baseUrl: 'https://a.example', keys: [{ secret }] }],
    ['nodes.create', { name: 'a', baseUrl: 'https://a.example', keys: [{ secret }, { secret }] }],
    ['nodes.create', { name: 'a', baseUrl: 'https://a.example', proxyPassword: secret }],
    ['nodes.create', { name: 'a', baseUrl: 'https://a.example', proxy: `http://me:${secret}@proxy.example` }],
    ['nodes.create', { name: 'a', baseUrl: 'https://a.example', ca: `-----BEGIN PRIVATE KEY-----${secret}` }],
    ['nodes.keys.add', { ref: 'nobody', secret }],
    ['settings.set', { values: { globalProxyUrl: `http://me:${secret}@proxy.example` } }],
    ['settings.setSecret', { name: 'another', value: secret }],
    ['vault.unlock', { passphrase: secret, more: 1 }],
  ]
  for (const [procedure, input] of inputs) {
    const error = await callByPath(host.client, procedure, input).then(
      () => {
        throw new Error(`${procedure} took it`)
      },
      (reason: unknown) => reason,
    )
    if (!(error instanceof ORPCError)) throw error
    const answered = JSON.stringify(error.toJSON())
    expect(answered).toContain('message')
    expect(answered).not.toContain(secret)
  }
  expect(host.logText()).not.toContain(secret)
})
