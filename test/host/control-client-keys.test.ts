// Client keys through the control plane: shown once, kept as a hash, refused with a reason.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { openTestHost, rejection } from './open-test-host.ts'

test('a new key is shown once and kept as its hash', async () => {
  const { client, engine } = await openTestHost()
  const { key, clientKey } = await client.clientKeys.create({ name: 'laptop' })
  expect(key).toMatch(/^sy-[A-Za-z0-9_-]{32}$/)
  expect(clientKey).toMatchObject({ name: 'laptop', pool: 'default', last4: key.slice(-4), enabled: true })
  expect(engine.snapshot().clientKeys).toEqual([
    { ...clientKey, sha256: createHash('sha256').update(key).digest('hex') },
  ])
  const listed = await client.clientKeys.list()
  expect(listed).toEqual([clientKey])
  expect(JSON.stringify(listed)).not.toContain(key)
})

test('two keys are never the same', async () => {
  const { client } = await openTestHost()
  const first = await client.clientKeys.create({ name: 'a' })
  const second = await client.clientKeys.create({ name: 'b' })
  expect(first.key).not.toBe(second.key)
})

test('a pool that does not exist is refused with those that do', async () => {
  const { client } = await openTestHost()
  expect(await rejection(client.clientKeys.create({ name: 'laptop', pool: 'team' }))).toEqual({
    code: 'REFUSED',
    status: 422,
    message: 'There is no pool "team". Pools: default. A pool comes with the first node that is put into it.',
  })
})

test('the pool of a node can be used by a key', async () => {
  const { client } = await openTestHost()
  await client.nodes.create({ name: 'relay', baseUrl: 'https://relay.example', pools: ['team'] })
  const { clientKey } = await client.clientKeys.create({ name: 'laptop', pool: 'team' })
  expect(clientKey.pool).toBe('team')
})

test('the pool of the simulated nodes takes no stored key', async () => {
  const { client } = await openTestHost({ demo: 'always' })
  const error = await rejection(client.clientKeys.create({ name: 'laptop', pool: 'demo' }))
  expect(error).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('simulated nodes') })
})

test('a name is taken once', async () => {
  const { client } = await openTestHost()
  await client.clientKeys.create({ name: 'laptop' })
  expect(await rejection(client.clientKeys.create({ name: 'Laptop' }))).toEqual({
    code: 'DUPLICATE_NAME',
    status: 409,
    message: 'There is already a client key named "laptop". Choose another name.',
  })
})

test('a revoked key is gone from the engine', async () => {
  const { client, engine } = await openTestHost()
  const { clientKey } = await client.clientKeys.create({ name: 'laptop' })
  expect(await client.clientKeys.revoke({ ref: clientKey.id })).toEqual({ revoked: 'laptop' })
  expect(engine.snapshot().clientKeys).toEqual([])
  expect((await rejection(client.clientKeys.revoke({ ref: 'laptop' }))).code).toBe('NOT_FOUND')
})

test('the demo key is listed and cannot be revoked', async () => {
  const { client, host } = await openTestHost({ demo: 'always' })
  expect(await client.clientKeys.list()).toEqual([host.demoKey?.clientKey])
  expect((await rejection(client.clientKeys.revoke({ ref: 'demo' }))).code).toBe('REFUSED')
})

test('a database that is away is answered with its sentence', async () => {
  const { client, storage } = await openTestHost()
  storage.fail('full', ['insertClientKey'])
  const error = await rejection(client.clientKeys.create({ name: 'laptop' }))
  expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'The database is full.' })
})
