// The scanner must be able to find: each form of a secret, wherever it lies.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../storage/temporary-directory.ts'
import { createSecretScanner } from './secret-scanner.ts'

const SECRET = 'sk-9fQ2"x\\w7/LpZ+4kR%vT8&nB1=mY6sD3~hJ5'
const half = SECRET.length / 2

const planted: readonly (readonly [string, (secret: string) => string | Buffer])[] = [
  ['plain', (secret) => secret],
  ['its first half', (secret) => secret.slice(0, half)],
  ['its second half', (secret) => secret.slice(half)],
  ['with its halves the other way round', (secret) => secret.slice(half) + secret.slice(0, half)],
  ['reversed', reversed],
  ['with each half reversed', (secret) => `${reversed(secret.slice(0, half))}..${reversed(secret.slice(half))}`],
  ['base64', (secret) => Buffer.from(secret).toString('base64')],
  ['base64 behind a user name', (secret) => Buffer.from(`me:${secret}`).toString('base64')],
  ['base64 behind a longer name', (secret) => Buffer.from(`user:${secret}`).toString('base64')],
  ['base64url', (secret) => Buffer.from(`Bearer ${secret}`).toString('base64url')],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['upper-case hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['URL-encoded', (secret) => encodeURIComponent(secret)],
  ['in a query', (secret) => new URLSearchParams({ key: secret }).toString()],
  ['every byte percent-encoded', (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
  ['in JSON', (secret) => JSON.stringify({ secret })],
  ['in JSON in JSON', (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
  ['in JSON that escapes slashes', (secret) => JSON.stringify(secret).replaceAll('/', '\\/')],
  ['UTF-16LE', (secret) => Buffer.from(secret, 'utf16le')],
  ['UTF-16BE', (secret) => Buffer.from(secret, 'utf16le').swap16()],
]

function reversed(text: string): string {
  return Buffer.from([...Buffer.from(text)].toReversed()).toString()
}

test.each(planted)('finds a secret %s', (_, plant) => {
  const scanner = createSecretScanner()
  scanner.add('the key', SECRET)
  const noise = randomBytes(997)
  const found = scanner.scan('there', Buffer.concat([noise, Buffer.from(plant(SECRET)), noise]))
  expect(found).toContainEqual({ where: 'there', secret: 'the key', form: expect.any(String) })
  expect(JSON.stringify(found)).not.toContain(SECRET.slice(0, 6))
})

test('finds a key of raw bytes, raw and encoded', () => {
  const key = randomBytes(32)
  const scanner = createSecretScanner()
  scanner.add('the data key', key)
  for (const shape of [key, key.toString('base64'), key.toString('base64url'), key.toString('hex')]) {
    expect(scanner.scan('there', Buffer.from(shape))).not.toEqual([])
  }
})

test('finds nothing where nothing is, nor what belongs there, nor the last four characters', () => {
  const scanner = createSecretScanner()
  scanner.add('the key', SECRET)
  expect(scanner.scan('noise', randomBytes(1_000_000))).toEqual([])
  expect(scanner.scan('list', `…${SECRET.slice(-4)}`)).toEqual([])
  expect(scanner.scan('its own place', SECRET, ['the key'])).toEqual([])
})

test('finds a secret in every file below a directory, the write-ahead log of a database included', async () => {
  const directory = await temporaryDirectory()
  const scanner = createSecretScanner()
  scanner.add('the key', SECRET)
  await mkdir(join(directory, 'logs'))
  await writeFile(join(directory, 'logs', 'old.log'), `x ${SECRET}`)
  const database = new Database(join(directory, 'a.db'))
  try {
    database.pragma('journal_mode = WAL')
    database.exec('CREATE TABLE t (v TEXT)')
    database.prepare('INSERT INTO t VALUES (?)').run(SECRET)
    const { findings, files } = await scanner.scanDirectory(directory)
    expect(files.toSorted()).toEqual(['a.db', 'a.db-shm', 'a.db-wal', 'logs/old.log'])
    expect([...new Set(findings.map(({ where }) => where))].toSorted()).toEqual(['a.db-wal', 'logs/old.log'])
    const allowed = { 'logs/old.log': ['the key'], 'a.db-wal': ['the key'] }
    expect((await scanner.scanDirectory(directory, allowed)).findings).toEqual([])
  } finally {
    database.close()
  }
})
