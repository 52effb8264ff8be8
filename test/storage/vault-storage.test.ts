// Sealing everything anew in the database: all of it or nothing.
import { expect, onTestFinished, test } from 'vitest'
import { openOnOneThread } from './one-thread-storage.ts'
import { sampleKey, sampleNode } from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function open() {
  const storage = await openOnOneThread(await temporaryDirectory())
  onTestFinished(() => storage.close())
  await storage.insertNode(sampleNode(), [sampleKey({ id: 'key-1' }), sampleKey({ id: 'key-2', label: 'second' })])
  await storage.saveSecret('proxy:node-1', Uint8Array.of(7))
  return storage
}

const keyId = 'a'.repeat(32)
const sealed = Uint8Array.of(9, 9)
const key = (id: string) => ({ id, sealed })
const secret = (owner: string) => ({ owner, sealed })

test('everything is replaced, with the id of its data key', async () => {
  const storage = await open()
  expect(await storage.loadVaultKeyId()).toBeNull()
  await storage.replaceSealed({ keyId, keys: [key('key-1'), key('key-2')], secrets: [secret('proxy:node-1')] })
  const { keys, secrets } = await storage.loadRegistry()
  expect([...keys, ...secrets].map((one) => Array.from(one.sealed))).toEqual([
    [9, 9],
    [9, 9],
    [9, 9],
  ])
  expect(await storage.loadVaultKeyId()).toBe(keyId)
  await storage.replaceSealed({ keyId: 'b'.repeat(32), keys: [key('key-1'), key('key-2')], secrets })
  expect(await storage.loadVaultKeyId()).toBe('b'.repeat(32))
})

test.each([
  ['a key is left out', [key('key-1')], [secret('proxy:node-1')]],
  ['a secret is left out', [key('key-1'), key('key-2')], []],
  ['a key is gone', [key('key-1'), key('key-2'), key('key-3')], [secret('proxy:node-1')]],
  ['a secret is gone', [key('key-1'), key('key-2')], [secret('proxy:node-1'), secret('proxy:node-2')]],
  ['one is gone and another is new', [key('key-1'), key('key-3')], [secret('proxy:node-1')]],
])('nothing is replaced when %s', async (_name, keys, secrets) => {
  const storage = await open()
  const before = await storage.loadRegistry()
  await expect(storage.replaceSealed({ keyId, keys, secrets })).rejects.toMatchObject({ code: 'failed' })
  expect(await storage.loadRegistry()).toEqual(before)
  expect(await storage.loadVaultKeyId()).toBeNull()
})
