// Opening: pragmas, modes, and what is refused. Each error names the file and says what to do.
import { chmod, copyFile, mkdir, open as openFile, readdir, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { isOlder, openReader, openWriter } from '../../src/storage/sqlite/open-database.ts'
import { toStorageError } from '../../src/storage/sqlite/sqlite-error.ts'
import { StorageError } from '../../src/storage/storage.ts'
import { containing, matching } from './containing.ts'
import { openOnOneThread } from './one-thread-storage.ts'
import { runUnprivileged } from './run-unprivileged.ts'
import { sampleBreaker, sampleExchange, sampleKey, sampleNode } from './samples.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function databaseFile(): Promise<string> {
  return join(await temporaryDirectory(), 'switchyard.db')
}

function openClosing(open: typeof openWriter, file: string): Database.Database {
  const connection = open({ file, busyTimeoutMs: 20 })
  onTestFinished(() => {
    connection.close()
  })
  return connection
}

/** What `act` throws, as a value. */
function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

test('both connections run with the pragmas of policies §9', async () => {
  const file = await databaseFile()
  const writer = openClosing(openWriter, file)
  const reader = openClosing(openReader, file)
  for (const connection of [writer, reader]) {
    const values = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'temp_store'].map((name) =>
      connection.pragma(name, { simple: true }),
    )
    expect(values).toEqual(['wal', 2, 20, 1, 2])
    expect(connection.pragma('cache_size', { simple: true })).toBe(-40_000)
    expect(connection.pragma('mmap_size', { simple: true })).toBe(0)
    expect(connection.pragma('trusted_schema', { simple: true })).toBe(0)
    expect(connection.pragma('wal_autocheckpoint', { simple: true })).toBe(1000)
  }
  expect(writer.pragma('journal_size_limit', { simple: true })).toBe(64 * 1024 * 1024)
})

test('the reader cannot write', async () => {
  const file = await databaseFile()
  openClosing(openWriter, file)
  const reader = openClosing(openReader, file)
  const error = thrownBy(() => reader.exec('DELETE FROM nodes'))
  expect(toStorageError(error, file)).toMatchObject({ code: 'read-only' })
})

test('the database and the files SQLite keeps beside it are 0600, also when an earlier umask left them wider', async () => {
  const file = await databaseFile()
  openWriter({ file, busyTimeoutMs: 20 }).close()
  await chmod(file, 0o644)
  openClosing(openWriter, file).exec("INSERT INTO settings VALUES ('a', '1')")
  for (const path of [file, `${file}-wal`, `${file}-shm`]) expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('SQLite versions are compared number by number', () => {
  expect(isOlder('3.51.3', [3, 51, 3])).toBe(false)
  expect(isOlder('3.54.1', [3, 51, 3])).toBe(false)
  expect(isOlder('4.0.0', [3, 51, 3])).toBe(false)
  expect(isOlder('3.51.2', [3, 51, 3])).toBe(true)
  expect(isOlder('3.9.99', [3, 51, 3])).toBe(true)
  expect(isOlder('3.51', [3, 51, 3])).toBe(true)
})

test('a file that is no database is refused as corrupt and left as it was', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'switchyard.db')
  await writeFile(file, 'this is a letter to my grandmother, not a database. '.repeat(100))
  const before = await stat(file)
  await expect(openOnOneThread(directory)).rejects.toMatchObject({
    name: 'StorageError',
    code: 'corrupt',
    message: containing(`${file} is damaged or not a database`),
  })
  await expect(openOnOneThread(directory)).rejects.toMatchObject({
    message: containing('There is no backup: move the file away'),
  })
  const after = await stat(file)
  expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs])
})

test('a database with overwritten pages is refused as corrupt when they are read', async () => {
  const directory = await temporaryDirectory()
  const whole = await openOnOneThread(directory)
  await whole.writeLedger({
    exchanges: Array.from({ length: 200 }, (_, n) => sampleExchange({ id: `e${n}` })),
    decisions: [],
  })
  await whole.close()
  const file = join(directory, 'switchyard.db')
  const { size } = await stat(file)
  const handle = await openFile(file, 'r+')
  // The first page, with the schema, stays whole: the damage shows only where the ledger is read.
  await handle.write(Buffer.alloc(size - 30 * 4096, 0xa5), 0, size - 30 * 4096, 30 * 4096)
  await handle.close()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close().catch(() => undefined))
  await mkdir(join(directory, 'backups'))
  await writeFile(join(directory, 'backups', 'switchyard-v1-20260101T000000000Z.db'), 'x')
  await expect(storage.recentExchanges(1000)).rejects.toMatchObject({
    code: 'corrupt',
    message: containing(join(directory, 'backups')),
  })
})

test('a truncated database is refused as corrupt', async () => {
  const directory = await temporaryDirectory()
  await (await openOnOneThread(directory)).close()
  await truncate(join(directory, 'switchyard.db'), 5000)
  await expect(openOnOneThread(directory)).rejects.toMatchObject({ code: 'corrupt' })
})

test('a row that does not fit its model is corrupt, says which field, and shows no value', async () => {
  const directory = await temporaryDirectory()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close())
  await storage.insertNode(sampleNode(), [sampleKey()])
  await storage.writeLedger({ exchanges: [sampleExchange()], decisions: [] })
  const file = join(directory, 'switchyard.db')
  const vandal = new Database(file)
  onTestFinished(() => {
    vandal.close()
  })

  async function damaged(sql: string, read: () => Promise<unknown>): Promise<unknown> {
    vandal.exec(`SAVEPOINT before; ${sql}; RELEASE before`)
    return read().catch((error: unknown) => error)
  }
  const inNode = await damaged("UPDATE nodes SET protocol = 'gopher-7'", storage.loadRegistry)
  expect(inNode).toMatchObject({ code: 'corrupt', message: containing('A node in the database') })
  expect(inNode).toMatchObject({ message: matching(/protocol: (?!.*gopher-7)/) })
  expect(
    await damaged("UPDATE nodes SET protocol = 'anthropic', models = '[oops'", storage.loadRegistry),
  ).toMatchObject({
    code: 'corrupt',
    message: containing('models'),
  })
  expect(
    await damaged("UPDATE nodes SET models = '[]'; UPDATE node_keys SET enabled = 3", () => storage.loadPool('team')),
  ).toMatchObject({ code: 'corrupt', message: containing('A node key') })
  expect(await damaged('UPDATE exchanges SET usage_output = NULL', () => storage.recentExchanges(1))).toMatchObject({
    code: 'corrupt',
    message: containing('usage.output'),
  })
})

test('a damaged setting or breaker does not keep the others from being read', async () => {
  const directory = await temporaryDirectory()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close())
  await storage.saveSettings({ debug: true })
  await storage.insertNode(sampleNode({ id: 'node-1', name: 'one' }), [])
  await storage.insertNode(sampleNode({ id: 'node-2', name: 'two' }), [])
  await storage.saveBreakers([sampleBreaker({ nodeId: 'node-1' }), sampleBreaker({ nodeId: 'node-2' })])
  const vandal = new Database(join(directory, 'switchyard.db'))
  vandal.exec(`INSERT INTO settings VALUES ('parkMs', '[oops');
    UPDATE breakers SET state = 'ajar' WHERE node_id = 'node-1'`)
  vandal.close()
  // Named all the same, so that the start can say which setting is bad.
  expect(await storage.loadSettings()).toStrictEqual({ debug: true, parkMs: undefined })
  expect(await storage.loadBreakers()).toEqual([sampleBreaker({ nodeId: 'node-2' })])
})

test('a database of a newer Switchyard is refused with both versions and what to do, and is not touched', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'switchyard.db')
  const newer = new Database(file)
  newer.exec('CREATE TABLE from_the_future (x); PRAGMA user_version = 999')
  newer.close()
  const before = await stat(file)
  const error = await openOnOneThread(directory).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StorageError)
  expect(error).toMatchObject({
    code: 'newer',
    message: `The database ${file} has format 999, this Switchyard knows formats up to 2; install the newer Switchyard again, or restore a backup from ${join(directory, 'backups')}.`,
  })
  expect((await stat(file)).mtimeMs).toBe(before.mtimeMs)
  expect(await readdir(directory)).toEqual(['switchyard.db'])
})

test('while another program holds the write lock, writes are busy and reads go on; afterwards writes work again', async () => {
  const directory = await temporaryDirectory()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close())
  await storage.insertNode(sampleNode(), [])
  const other = new Database(join(directory, 'switchyard.db'))
  onTestFinished(() => {
    other.close()
  })
  other.exec('BEGIN IMMEDIATE')
  const batch = { exchanges: [sampleExchange()], decisions: [] }
  await expect(storage.writeLedger(batch)).rejects.toMatchObject({
    code: 'busy',
    message: containing('locked by another program'),
  })
  await expect(storage.removeNode('node-1')).rejects.toMatchObject({ code: 'busy' })
  expect((await storage.loadRegistry()).nodes).toHaveLength(1)
  other.exec('ROLLBACK')
  await storage.writeLedger(batch)
  expect(await storage.recentExchanges(1)).toHaveLength(1)
})

test('a full disk is an error of its own, and the refused write leaves nothing behind', async () => {
  const file = await databaseFile()
  const writer = openClosing(openWriter, file)
  // The same code as a full disk (sqlite.org/pragma.html#pragma_max_page_count).
  writer.pragma(`max_page_count = ${String(writer.pragma('page_count', { simple: true }))}`)
  const error = thrownBy(() => writer.prepare('INSERT INTO settings VALUES (?, ?)').run('big', 'x'.repeat(100_000)))
  expect(toStorageError(error, file)).toMatchObject({
    code: 'full',
    message: containing('free some disk space'),
  })
  expect(writer.prepare('SELECT count(*) FROM settings').pluck().get()).toBe(0)
})

test('a database the user may not write is read-only', async () => {
  const directory = await temporaryDirectory()
  await (await openOnOneThread(directory)).close()
  const printed = await runUnprivileged(directory, 'open-read-only.ts')
  expect(JSON.parse(printed)).toMatchObject({
    code: 'read-only',
    message: containing('make the file and its directory writable for your user'),
  })
})

test('what is not an ordinary file is refused before SQLite touches it', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'switchyard.db'))
  await expect(openOnOneThread(directory)).rejects.toMatchObject({ code: 'failed' })
  const linked = await temporaryDirectory()
  await writeFile(join(linked, 'elsewhere'), '')
  await symlink(join(linked, 'elsewhere'), join(linked, 'switchyard.db'))
  await expect(openOnOneThread(linked)).rejects.toMatchObject({
    code: 'failed',
    message: containing('not an ordinary file'),
  })
})

test('a missing directory fails with its path', async () => {
  const directory = join(await temporaryDirectory(), 'nowhere')
  await expect(openOnOneThread(directory)).rejects.toMatchObject({
    code: 'failed',
    message: containing(directory),
  })
})

test('a reader without a database fails instead of making one', async () => {
  const file = await databaseFile()
  expect(thrownBy(() => openReader({ file, busyTimeoutMs: 20 }))).toMatchObject({
    code: 'failed',
    message: containing('SQLITE_CANTOPEN'),
  })
})

test('a copy of the files taken in the middle of a run opens with everything that was acknowledged', async () => {
  const directory = await temporaryDirectory()
  const storage = await openOnOneThread(directory)
  onTestFinished(() => storage.close())
  await storage.writeLedger({ exchanges: [sampleExchange()], decisions: [] })
  const copied = await temporaryDirectory()
  for (const name of ['switchyard.db', 'switchyard.db-wal']) await copyFile(join(directory, name), join(copied, name))
  const other = await openOnOneThread(copied)
  onTestFinished(() => other.close())
  expect(await other.recentExchanges(1)).toEqual([sampleExchange()])
})
